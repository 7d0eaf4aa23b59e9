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
  void *x, *dy, *y;
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

static void run_columns(const setting *s, kernel k, size_t rows, size_t width) {
  const norm_kernels *n = s->kernels;
  size_t stride = width + 3;  // a strip of a wider tensor
  fill(s, rows, stride, 1);
  double a[128], b[128], c[128], factors[5][128];
  char f[5][128 * sizeof(double)];
  for (size_t i = 0; i < width; i++) {
    const double *kind = kinds[(i + rows) % COUNT(kinds)];
    factors[0][i] = kind[0], factors[1][i] = kind[1] > 1e-10 ? 1 / kind[1] : 1;
    for (size_t j = 2; j < 5; j++) factors[j][i] = uniform();
  }
  for (size_t j = 0; j < 5; j++) n->narrow(factors[j], width, f[j]);
  memset(s->y, 0, rows * stride * s->size);
  switch (k) {
    case moments:
      n->moments_columns(s->x, rows, width, stride, a, b, c);
      add_doubles(a, width), add_doubles(b, width), add_doubles(c, width);
      break;
    case sums:
      n->sums_columns(s->x, s->dy, rows, width, stride, f[0], f[1], a, b);
      add_doubles(a, width), add_doubles(b, width);
      break;
    case normalize:
      n->normalize_columns(s->x, s->y, rows, width, stride, f[0], f[1], f[2]);
      add_elements(s, s->y, rows * stride);
      break;
    default:
      n->gradient_columns(s->x, s->dy, s->y, rows, width, stride, f[0], f[1], f[2], f[3], f[4]);
      add_elements(s, s->y, rows * stride);
  }
}

static void run_runs(const setting *s, kernel k, way w, size_t rows, size_t inner) {
  const norm_kernels *n = s->kernels;
  const size_t channels = COUNT(kinds), stride = channels * inner;
  if (rows * stride > capacity) return;
  fill(s, rows, channels, inner);
  memset(s->y, 0, rows * stride * s->size);
  for (size_t channel = 0; channel < channels; channel++) {
    const char *x = (char *)s->x + channel * inner * s->size;
    const char *dy = (char *)s->dy + channel * inner * s->size;
    char *y = (char *)s->y + channel * inner * s->size;
    const double *kind = kinds[(channel + rows) % channels];
    double center = (float)kind[0], inverse = kind[1] > 1e-10 ? (float)(1 / kind[1]) : 1;
    double factor = (float)uniform(), slope = (float)uniform(), offset = (float)uniform();
    double a = 0, b = 0, c = 0;
    switch (k) {
      case moments: (w == wide ? n->wide_moments : n->moments_runs)(x, rows, inner, stride, &a, &b, &c); break;
      case sums:
        if (w == wide) n->wide_sums(x, dy, rows, inner, stride, center, 0x1p-60, inverse, &a, &b);
        else n->sums_runs(x, dy, rows, inner, stride, center, inverse, &a, &b);
        break;
      case normalize:
        if (w == wide) n->wide_normalize(x, y, rows, inner, stride, center, 0x1p-60, inverse, offset);
        else n->normalize_runs(x, y, rows, inner, stride, center, inverse, offset);
        break;
      default:
        if (w == wide)
          n->wide_gradient(x, dy, y, rows, inner, stride, center, 0x1p-60, inverse, factor, slope, offset);
        else
          n->gradient_runs(x, dy, y, rows, inner, stride, center, inverse, factor, slope, offset);
    }
    add_doubles(&a, 1), add_doubles(&b, 1), add_doubles(&c, 1);
  }
  if (k == normalize || k == gradient) add_elements(s, s->y, rows * stride);
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

static void run_all(const char *type, const setting *s) {
  for (kernel k = moments; k < conversions; k++)
    for (way w = columns; w < way_count; w++) {
      begin();
      for (size_t r = 0; r < COUNT(row_counts); r++)
        if (w == columns)
          for (size_t i = 0; i < COUNT(widths); i++) run_columns(s, k, row_counts[r], widths[i]);
        else
          for (size_t i = 0; i < COUNT(inners); i++) {
            // Rows as blocks have them: sixteen additions a partial sum at most.
            size_t slots = (inners[i] + 15) / 16;
            size_t most = slots > 4 ? 16 / ((slots + 7) / 8) : 16 * (8 / slots);
            if (row_counts[r] <= most) run_runs(s, k, w, row_counts[r], inners[i]);
          }
      end(type, kernel_names[k], way_names[w]);
    }
  begin();
  run_conversions(s);
  end(type, kernel_names[conversions], "copy");
}

// The parts in Float64 that every instruction set shares but every processor compiles anew.
static void run_shared(void) {
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
    norm_join_moments(width, 0.3, 19.2, p[0], p[1], p[2], p[3], p[4], p[5]);
    norm_join_sums(width, p[6], p[7]);
    memcpy(p[8], p[2], width * sizeof(double));
    norm_finish_moments(width, 77, round % 2 ? 1e-5 : 0, p[8], p[9]);
    for (int single = 0; single < 2; single++) {
      size_t n = norm_normalize_factors(width, single, p[0], p[1], p[9], p[3], p[4], p[5], p[10], p[11],
                                        wide_channels);
      add_bits(n);
      for (int j = 0; j < 12; j++) add_doubles(p[j], width);
      n = norm_sums_factors(width, single, p[0], p[9], p[3], p[5], wide_channels);
      add_bits(n);
      norm_gradient_factors(width, 77, p[0], p[1], p[5], p[9], p[3], wide_channels, p[6], p[7], p[8],
                            p[10], p[11]);
      for (int j = 0; j < 12; j++) add_doubles(p[j], width);
    }
  }
  end("f64", "factors", "shared");
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
               .scratch = malloc(capacity * 8)};
  if (!s.x || !s.dy || !s.y || !s.scratch) return 71;
  s.kernels = norm_kernels_f32(isa), s.size = 4;
  run_all("f32", &s);
  s.kernels = norm_kernels_f64(isa), s.size = 8;
  run_all("f64", &s);
  run_shared();
  free(s.x), free(s.dy), free(s.y), free(s.scratch);
  return 0;
}
