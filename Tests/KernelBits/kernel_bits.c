// Prints a hash of the results of every kernel, to compare instruction sets and processors.
//
//     kernel_bits portable|avx2|avx512|neon
//
// One line per element type and kernel: 64 bits of FNV-1a over the bits of all results. The data come from
// integers alone, without the math library. Exit status 3: this processor lacks the instruction set.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "normalization_kernels.h"

#pragma clang fp contract(off)  // or the data would differ where multiply and add fuse

// Blocks of columns have up to 64 rows; those of runs up to 128 vectors of sixteen.
static const size_t row_counts[] = {1, 2, 3, 4, 5, 31, 63, 64};
static const size_t widths[] = {1, 2, 3, 7, 15, 16, 17, 31, 33, 48, 49, 100};
static const size_t inners[] = {2,  3,   7,   15,  16,  17,  31,  33,   48,   49,  64,
                                65, 127, 128, 129, 196, 784, 2047, 2048};
#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { capacity = 1 << 18 };

static uint64_t state;

static uint64_t next(void) {  // SplitMix64
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

static double uniform(void) { return (double)((int64_t)next() >> 40) * 0x1p-23; }  // -1 ..< 1

static uint64_t hash;

static void add_bits(uint64_t bits) {
  for (int i = 0; i < 8; i++) hash = (hash ^ (bits >> 8 * i & 255)) * 0x100000001B3u;
}

static void add_doubles(const double *x, size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint64_t bits;
    memcpy(&bits, x + i, 8);
    add_bits(x[i] != x[i] ? UINT64_MAX : bits);  // which nan is no part of the promise
  }
}

// What a channel holds: plain numbers, a huge mean, a constant, what Float32 can hardly carry.
static const double kinds[][2] = {{0, 1},  {1e5, 1},     {0.1, 0},   {-3, 1e-4}, {1e32, 3e31},
                                  {0, 1e-30}, {0, 3e38}, {7, 0.3}, {-1e4, 2},  {0, 1e-43}};

typedef struct {
  const norm_kernels *kernels;
  size_t size;  // of an element
  void *x, *dy, *y, *addend_gradient;
  uint16_t *mask;
  double *scratch;
} setting;

static void write_element(const setting *s, void *tensor, size_t at, double value) {
  s->kernels->narrow(&value, 1, (char *)tensor + at * s->size);
}

static void add_elements(const setting *s, const void *x, size_t count) {
  s->kernels->widen(x, count, s->scratch);
  add_doubles(s->scratch, count);
}

// Fills x and dy: `rows` rows of `channels` times `inner`.
static void fill(const setting *s, size_t rows, size_t channels, size_t inner) {
  for (size_t i = 0; i < rows * channels * inner; i++) {
    const double *kind = kinds[(i / inner % channels + rows) % COUNT(kinds)];
    write_element(s, s->x, i, kind[0] + kind[1] * uniform());
    write_element(s, s->dy, i, uniform() * (next() % 16 == 0 ? 1e-42 : 1));
  }
}

typedef enum { moments, sums, normalize, gradient, conversions, kernel_count } kernel;
typedef enum { columns, runs, wide, way_count } way;
static const char *const kernel_names[] = {"moments", "sums", "normalize", "gradient", "widen"};
static const char *const way_names[] = {"columns", "runs", "wide"};

// What a pass does besides: every form that the kernels have loops for.
typedef struct {
  bool add, relu, constant, stream;
  norm_gate gate;
} form;
static const form forms[] = {
    {.add = false},
    {.relu = true, .gate = norm_gate_output},
    {.add = true, .constant = true},
    {.add = true, .relu = true, .gate = norm_gate_mask, .stream = true},
    {.stream = true},
    {.relu = true, .gate = norm_gate_output, .constant = true, .stream = true},
    {.add = true, .stream = true, .constant = true},
};

enum { factor_count = 7, most_channels = 128 };

// A block of the tensors with a form, and factors for its channels.
static norm_block make_block(const setting *s, form f, size_t rows, size_t stride) {
  norm_block b = {.x = s->x, .dy = s->dy, .y = s->y, .rows = rows, .stride = stride};
  b.relu = f.relu, b.constant = f.constant, b.stream = f.stream, b.gate = f.gate;
  if (f.add) b.addend = s->dy;
  if (f.gate == norm_gate_mask) b.mask = s->mask, b.addend_gradient = s->addend_gradient;
  return b;
}

static void make_factors(const setting *s, size_t rows, size_t channels, double values[][most_channels],
                         char rounded[][most_channels * sizeof(double)]) {
  for (size_t i = 0; i < channels; i++) {
    const double *kind = kinds[(i + rows) % COUNT(kinds)];
    values[0][i] = kind[0], values[1][i] = kind[1] > 1e-10 ? 1 / kind[1] : 1;
    for (size_t j = 2; j < factor_count; j++) values[j][i] = uniform();
  }
  for (size_t j = 0; j < factor_count; j++) s->kernels->narrow(values[j], channels, rounded[j]);
}

static void run_block(const setting *s, kernel k, way w, const norm_block *b, size_t channels, size_t size) {
  const norm_kernels *n = s->kernels;
  double a[most_channels] = {0}, c[most_channels] = {0}, d[most_channels] = {0};
  double values[factor_count][most_channels];
  char rounded[factor_count][most_channels * sizeof(double)];
  make_factors(s, b->rows, channels, values, rounded);
  const norm_factors f = {rounded[0], rounded[1], rounded[2], rounded[3],
                          rounded[4], rounded[5], rounded[6]};
  memset(s->y, 0, size * s->size);
  memset(s->addend_gradient, 0, size * s->size);
  // A mask to read, of bits at random; or one to write.
  for (size_t i = 0; i < size; i++) s->mask[i] = k == normalize ? 0 : (uint16_t)next();
  norm_block gradient_block = *b;  // behind a mask the sums have gated the gradient already
  if (b->gate == norm_gate_mask) gradient_block.gate = norm_gate_open;
  for (size_t i = 0; w == wide && i < channels; i++) {
    norm_block run = k == gradient ? gradient_block : *b;
    const size_t at = i * b->pitch * s->size;
    run.x = (char *)b->x + at, run.dy = (char *)b->dy + at, run.y = (char *)b->y + at;
    if (b->addend) run.addend = (char *)b->addend + at;
    if (b->mask) run.mask = b->mask + i * b->mask_pitch;
    if (b->addend_gradient) run.addend_gradient = (char *)b->addend_gradient + at;
    const norm_wide_factors g = {values[0][i], 0x1p-60, values[1][i], values[2][i],
                                 values[3][i], values[4][i], values[5][i], values[6][i]};
    switch (k) {
      case moments: n->wide_moments(&run, 0, b->length, a + i, c + i, d + i); break;
      case sums: n->wide_sums(&run, 0, b->length, &g, a + i, c + i); break;
      case normalize: n->wide_normalize(&run, 0, b->length, &g); break;
      default: n->wide_gradient(&run, 0, b->length, &g);
    }
  }
  const bool is_columns = w == columns;
  if (w != wide) switch (k) {
      case moments: (is_columns ? n->moments_columns : n->moments_runs)(b, a, c, d); break;
      case sums: (is_columns ? n->sums_columns : n->sums_runs)(b, &f, a, c); break;
      case normalize: (is_columns ? n->normalize_columns : n->normalize_runs)(b, &f); break;
      default: (is_columns ? n->gradient_columns : n->gradient_runs)(&gradient_block, &f);
    }
  add_doubles(a, channels), add_doubles(c, channels), add_doubles(d, channels);
  if (k == normalize || k == gradient) add_elements(s, s->y, size);
  if (k == sums && b->addend_gradient) add_elements(s, s->addend_gradient, size);
  if (k == normalize && b->mask)
    for (size_t i = 0; i < size; i++) add_bits(s->mask[i]);
}

static void run_columns(const setting *s, kernel k, form f, size_t rows, size_t width, size_t margin) {
  const size_t stride = width + margin;  // a strip of a wider tensor, or dense
  // Dense columns of fewer than sixteen channels lie side by side, and blocks have as many more rows.
  if (margin == 0) rows = rows * norm_rows_abreast(width) - (rows > 3 ? rows % 3 : 0);
  fill(s, rows, stride, 1);
  norm_block b = make_block(s, f, rows, stride);
  b.length = b.channels = width, b.pitch = 1;
  b.mask_stride = margin == 0 && norm_rows_abreast(width) > 1 ? 0 : (width + 15) / 16;
  run_block(s, k, columns, &b, width, rows * stride);
}

static void run_runs(const setting *s, kernel k, form f, way w, size_t rows, size_t inner) {
  const size_t channels = COUNT(kinds), stride = channels * inner;
  if (rows * stride > capacity) return;
  fill(s, rows, channels, inner);
  norm_block b = make_block(s, f, rows, stride);
  b.length = b.pitch = inner, b.channels = channels;
  b.mask_pitch = (inner + 15) / 16, b.mask_stride = channels * b.mask_pitch;
  run_block(s, k, w, &b, channels, rows * stride);
}

// Conversions, and the copy past the caches from and to unaligned addresses.
static void run_conversions(const setting *s) {
  for (size_t count = 1; count < 200; count += 7) {
    fill(s, 1, count + 1, 1);
    add_elements(s, (char *)s->x + s->size, count);
    s->kernels->copy_nontemporal((char *)s->x + s->size, s->y, count);
    add_elements(s, s->y, count);
    s->kernels->copy_nontemporal(s->x, (char *)s->y + s->size, count);
    add_elements(s, (char *)s->y + s->size, count);
  }
}

static void begin(void) { state = 20150211, hash = 0xCBF29CE484222325u; }
static void end(const char *type, const char *kernel, const char *way) {
  printf("%s %s %s %016llx\n", type, kernel, way, (unsigned long long)hash);
}

static void run_weighted(const char *type, const setting *s);
static void run_sets(const char *type, const setting *s);

static void run_all(const char *type, const setting *s) {
  for (kernel k = moments; k < conversions; k++)
    for (way w = columns; w < way_count; w++) {
      begin();
      for (size_t r = 0; r < COUNT(row_counts); r++)
        for (size_t j = 0; j < (k == moments ? 1 : COUNT(forms)); j++)
          if (w == columns)
            for (size_t i = 0; i < COUNT(widths); i++)
              for (size_t margin = 0; margin < 4; margin += 3)
                run_columns(s, k, forms[j], row_counts[r], widths[i], margin);
          else
            for (size_t i = 0; i < COUNT(inners); i++) {
              // Rows as blocks have them: sixteen additions a partial sum at most.
              size_t slots = (inners[i] + 15) / 16;
              size_t most = slots > 4 ? 16 / ((slots + 7) / 8) : 16 * (8 / slots);
              if (row_counts[r] <= most) run_runs(s, k, forms[j], w, row_counts[r], inners[i]);
            }
      end(type, kernel_names[k], way_names[w]);
    }
  begin();
  run_conversions(s);
  end(type, kernel_names[conversions], "copy");
  run_weighted(type, s);
  run_sets(type, s);
}

// All weighted kernels over one block, a third of whose weights are 0.
static void run_weighted_block(const setting *s, norm_block *b, bool is_columns, size_t channels,
                               size_t positions, size_t size) {
  const norm_kernels *n = s->kernels;
  for (size_t i = 0; i < positions; i++)
    write_element(s, s->addend_gradient, i, next() % 3 ? 1 + uniform() : 0);
  b->weights = s->addend_gradient;
  double total, pairs, a[most_channels] = {0}, c[most_channels] = {0}, d[most_channels] = {0};
  double values[factor_count + 1][most_channels + 16] = {{0}};
  for (size_t i = 0; i < channels; i++) {
    const double *kind = kinds[(i + b->rows) % COUNT(kinds)];
    values[0][i] = kind[0], values[2][i] = kind[1] > 1e-10 ? 1 / kind[1] : 1;
    for (size_t j = 3; j <= factor_count; j++) values[j][i] = uniform();
  }
  const norm_weighted_factors f = {values[0], values[1], values[2], values[3],
                                   values[4], values[5], values[6], values[7]};
  add_bits(n->weigh(b->weights, positions, &total, &pairs));
  add_bits(n->find_weight_outside(b->weights, positions, 0, 1.5));
  add_doubles(&total, 1), add_doubles(&pairs, 1);
  (is_columns ? n->weighted_moments_columns : n->weighted_moments_runs)(b, total, a, c, d);
  add_doubles(a, channels), add_doubles(c, channels), add_doubles(d, channels);
  (is_columns ? n->weighted_sums_columns : n->weighted_sums_runs)(b, &f, a, c);
  add_doubles(a, channels), add_doubles(c, channels);
  (is_columns ? n->weighted_normalize_columns : n->weighted_normalize_runs)(b, &f);
  add_elements(s, s->y, size);
  for (int constant = 0; constant < 2; constant++) {
    b->constant = constant;
    (is_columns ? n->weighted_gradient_columns : n->weighted_gradient_runs)(b, &f);
    add_elements(s, s->y, size);
  }
}

static void run_weighted(const char *type, const setting *s) {
  begin();
  for (size_t r = 0; r < COUNT(row_counts); r++)
    for (size_t i = 0; i < COUNT(widths); i++)
      for (int stream = 0; stream < 2; stream++) {
        const size_t rows = row_counts[r], width = widths[i];
        fill(s, rows, width, 1);
        norm_block b = {.x = s->x, .dy = s->dy, .y = s->y, .rows = rows, .stride = width,
                        .length = width, .channels = width, .pitch = 1, .stream = stream};
        run_weighted_block(s, &b, true, width, rows, rows * width);
      }
  end(type, "weighted", "columns");
  begin();
  for (size_t r = 0; r < COUNT(row_counts); r++)
    for (size_t i = 0; i < COUNT(inners); i++) {
      const size_t rows = row_counts[r], inner = inners[i], channels = COUNT(kinds);
      if (rows * inner > 2048) continue;
      fill(s, rows, channels, inner);
      norm_block b = {.x = s->x, .dy = s->dy, .y = s->y, .rows = rows, .stride = channels * inner,
                      .length = inner, .channels = channels, .pitch = inner};
      run_weighted_block(s, &b, false, channels, rows * inner, rows * channels * inner);
    }
  end(type, "weighted", "runs");
}

// Sets with a scale and a shift for each element: some sets in a block, in one turn or in three.
static void run_sets_block(const setting *s, size_t sets, size_t length, size_t turns, bool stream) {
  const norm_kernels *n = s->kernels;
  double values[factor_count][most_channels];
  char rounded[factor_count][most_channels * sizeof(double)];
  fill(s, 1, sets, length);
  make_factors(s, 1, sets, values, rounded);
  const norm_factors f = {rounded[0], rounded[1], rounded[2], rounded[3],
                          rounded[4], rounded[5], rounded[6]};
  for (size_t i = 0; i < 2 * turns * length; i++) write_element(s, s->addend_gradient, i, uniform());
  norm_block b = {.x = s->x, .dy = s->dy, .y = s->y, .element_scale = s->addend_gradient,
                  .turns = turns, .rows = 1, .stride = sets * length, .length = length,
                  .channels = sets, .pitch = length, .gate = norm_gate_scale, .stream = stream};
  double *sum = s->scratch + capacity / 2, *product = sum + turns * length;
  for (int has_shift = 0; has_shift < 2; has_shift++) {
    if (has_shift) b.element_shift = (char *)s->addend_gradient + turns * length * s->size;
    n->normalize_runs(&b, &f);
    add_elements(s, s->y, sets * length);
  }
  double a[most_channels] = {0}, c[most_channels] = {0};
  n->sums_runs(&b, &f, a, c);
  add_doubles(a, sets), add_doubles(c, sets);
  memset(sum, 0, 2 * turns * length * sizeof *sum);
  n->gradient_sets(&b, &f, sum, product);
  add_doubles(sum, 2 * turns * length);
  add_bits(n->next_suspect(sum, product, 0, turns * length));
  add_elements(s, s->y, sets * length);
  n->wide_sums_of_sets(&b, values[0], values[3], values[1], sum, product);
  add_doubles(sum, 2 * turns * length);
}

static void run_sets(const char *type, const setting *s) {
  static const size_t set_counts[] = {1, 2, 5, 8, 9, 24, 33};
  begin();
  for (size_t r = 0; r < COUNT(set_counts); r++)
    for (size_t i = 0; i < COUNT(inners); i++)
      for (size_t turns = 1; turns < 4; turns += 2) {
        const size_t sets = set_counts[r] * turns;
        if (sets > most_channels || sets * inners[i] > capacity / 4) continue;
        run_sets_block(s, sets, inners[i], turns, r % 2);
      }
  end(type, "sets", "runs");
}

// Arithmetic per channel.
static void run_channels(const norm_kernels *n) {
  begin();
  enum { width = 37 };
  double p[12][width];
  unsigned char wide_channels[width];
  for (int round = 0; round < 50; round++) {
    for (int j = 0; j < 12; j++)
      for (int i = 0; i < width; i++) {
        const double *kind = kinds[(i + j) % COUNT(kinds)];
        p[j][i] = kind[0] + kind[1] * uniform();
      }
    for (int i = 0; i < width; i++) p[2][i] = p[2][i] < 0 ? -p[2][i] : p[2][i];
    n->join_moments(width, 0.3, 19.2, p[0], p[1], p[2], p[3], p[4], p[5]);
    n->join_sums(width, p[6], p[7]);
    memcpy(p[8], p[2], width * sizeof(double));
    n->finish_moments(width, 77, round % 2 ? 1e-5 : 0, p[8], p[9]);
    for (int single = 0; single < 2; single++) {
      n->normalize_factors(width, single, p[0], p[1], p[9], p[3], p[4], p[5], p[10], p[11],
                             wide_channels);
      for (int i = 0; i < width; i++) add_bits(wide_channels[i]);
      for (int j = 0; j < 12; j++) add_doubles(p[j], width);
      n->gradient_factors(width, 77, p[0], p[1], p[5], p[9], p[3], wide_channels, p[6], p[7], p[8],
                            p[10], p[11]);
      for (int j = 0; j < 12; j++) add_doubles(p[j], width);
      n->group_factors(width, p[0], p[1], p[5], p[9], wide_channels, p[6], p[7], p[10], p[11]);
      add_doubles(p[10], width), add_doubles(p[11], width);
    }
    n->finish_squares(width, 77, 1e-5, p[0], p[1], p[2], p[9]);
    add_doubles(p[2], width), add_doubles(p[9], width);
  }
  end("f64", "factors", "channels");
}

int main(int count, char **arguments) {
  static const char *const names[] = {"portable", "avx2", "avx512", "neon"};
  norm_isa isa = norm_isa_portable;
  bool found = false;
  for (size_t i = 0; i < COUNT(names); i++)
    if (count == 2 && strcmp(arguments[1], names[i]) == 0) isa = (norm_isa)i, found = true;
  if (!found) {
    fprintf(stderr, "usage: kernel_bits portable|avx2|avx512|neon\n");
    return 64;
  }
  if (!norm_isa_available(isa)) return 3;
  setting s = {.x = malloc(capacity * 8), .dy = malloc(capacity * 8), .y = malloc(capacity * 8),
               .addend_gradient = malloc(capacity * 8), .mask = malloc(capacity * 2),
               .scratch = malloc(capacity * 8)};
  if (!s.x || !s.dy || !s.y || !s.addend_gradient || !s.mask || !s.scratch) return 71;
  s.kernels = norm_kernels_f32(isa), s.size = 4;
  run_all("f32", &s);
  s.kernels = norm_kernels_f64(isa), s.size = 8;
  run_all("f64", &s);
  run_channels(s.kernels);
  free(s.x), free(s.dy), free(s.y), free(s.addend_gradient), free(s.mask), free(s.scratch);
  return 0;
}
