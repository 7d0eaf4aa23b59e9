// Weighted statistics, and passes that leave out positions of weight 0, whose elements enter no result: rows of
// columns are skipped, lanes of runs are cut off after the arithmetic. In Float64 throughout, so that no magnitude
// needs loops of its own, without fused operations.
//
//   W = sum(w)   center = x0 + sum(w * (x - x0))/W, x0 the first element of positive weight
//   d = x - center   s1 = sum(w*d), s2 = sum(w*d*d)     mean = center + s1/W     m2 = s2 - s1*s1/W
//   n = (x - mean) * inverse     output = (x - mean) * output_factor + shift
//   dx = factor * dy + w * (slope * n + offset), or factor * dy where mean and variance are constants

INLINE D VEC(splat_wide)(double s) {
  return (D){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s};
}
INLINE D VEC(load_wide)(const S *p, size_t n) { return VEC(widen)(VEC(load_n)(p, n, VEC(splat)(0))); }
INLINE D VEC(keep)(VEC(B) condition, D d) { return (D)(condition & (VEC(B))d); }
INLINE D VEC(load_factor)(const double *p) {
  D d;
  __builtin_memcpy(&d, p, sizeof d);
  return d;
}
INLINE void VEC(store_factor)(double *p, D d) { __builtin_memcpy(p, &d, sizeof d); }
INLINE void VEC(store_narrow)(S *p, size_t n, D d, bool stream) {
  VEC(store_n)(p, n, __builtin_convertvector(d, V), stream);
}

// The sum of weights, the sum of the products of any two, and how many are positive. Sixteen lanes, joined halves
// first: pairs = pairs_a + pairs_b + total_a * total_b.
static size_t VEC(weigh)(const void *weights, size_t count, double *total, double *pairs) {
  const S *w = weights;
  D sums = VEC(splat_wide)(0), products = sums;
  size_t positive = 0;
  for (size_t i = 0; i < count; i += 16) {
    const size_t n = count - i < 16 ? count - i : 16;
    const V v = VEC(load_n)(w + i, n, VEC(splat)(0));
    const D d = VEC(widen)(v);
    products += d * sums;
    sums += d;
    positive += (size_t)__builtin_popcount(VEC(bits)(v > 0));
  }
  double t[16], p[16];
  __builtin_memcpy(t, &sums, sizeof t);
  __builtin_memcpy(p, &products, sizeof p);
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t i = 0; i < half; i++) {
      p[i] = (p[i] + p[i + half]) + t[i] * t[i + half];
      t[i] += t[i + half];
    }
  *total = t[0];
  *pairs = p[0];
  return positive;
}

// The first weight that is neither 0 nor in low...high, or count.
static size_t VEC(find_weight_outside)(const void *weights, size_t count, double low, double high) {
  const S *w = weights;
  for (size_t i = 0; i < count; i++) {
    const double d = (double)w[i];
    if (!((d == 0) | ((d >= low) & (d <= high)))) return i;
  }
  return count;
}

// Writes the moments of lanes whose sums are around `center`.
INLINE void VEC(weighted_finish)(D center, D s1, D s2, double total, D *high, D *low, D *m2) {
  const D step = s1 / total, mean = center + step, part = mean - center;
  const D squares = s2 - s1 * step;
  *high = mean;
  *low = (center - (mean - part)) + (step - part);
  *m2 = VEC(keep)(~(squares < 0), squares);  // rounding below 0; nan stays
}

// Sums over columns, in whole vectors of them or for a few. `tile(n)` adds those of n columns from c on and of the rows
// r_ ..< end to what is kept for sixteen columns: eight rows at a time, so that memory is read in its order.
#define NORM_FOR_WEIGHTED_COLUMNS(b, tile)                                                         \
  for (size_t r_ = 0; r_ < (b)->rows; r_ += NORM_ROWS) {                                           \
    const size_t end = (b)->rows - r_ < NORM_ROWS ? (b)->rows : r_ + NORM_ROWS;                    \
    if ((b)->length < 16) {                                                                        \
      const size_t c = 0;                                                                          \
      tile((b)->length)                                                                            \
    } else {                                                                                       \
      for (size_t c = 0; c < (b)->length; c += 16) tile(16)                                        \
    }                                                                                              \
  }
#define NORM_FOR_WEIGHTED_ROWS for (size_t r = r_; r < end; r++)

// A block's columns in whole vectors (part 0) or those left over (part 1); false where there are none.
INLINE bool VEC(weighted_part)(const norm_block *b, int part, norm_block *w, size_t *column) {
  const size_t whole = b->length / 16 * 16;
  *w = *b;
  *column = part ? whole : 0;
  w->length = part ? b->length - whole : whole;
  w->x = (const S *)b->x + *column;
  if (b->dy) w->dy = (const S *)b->dy + *column;
  return w->length > 0;
}

INLINE void VEC(add)(double *sums, D d) { VEC(store_factor)(sums, VEC(load_factor)(sums) + d); }

// Sums around center[c] of w*d, and of w*d*d if asked.
INLINE void VEC(weighted_deviations)(const norm_block *given, bool squares, const double *center,
                                     double *s1, double *s2) {
  NORM_LOCAL_BLOCK
  const S *x = b->x, *w = b->weights;
  for (size_t c = 0; c < b->length; c++) s1[c] = s2[c] = 0;
#define TILE(n)                                                                                    \
  {                                                                                                \
    const D middle = VEC(load_factor)(center + c);                                                 \
    D p = VEC(splat_wide)(0), q = p;                                                               \
    NORM_FOR_WEIGHTED_ROWS {                                                                       \
      const S *const p_ = x + r * b->stride + c;                                                   \
      VEC(prefetch)(p_ + NORM_ROWS * b->stride);                                                   \
      if (!(w[r] > 0)) continue;                                                                   \
      const D d = VEC(load_wide)(p_, n) - middle, wd = d * (double)w[r];                           \
      p += wd;                                                                                     \
      if (squares) q += wd * d;                                                                    \
    }                                                                                              \
    VEC(add)(s1 + c, p);                                                                           \
    if (squares) VEC(add)(s2 + c, q);                                                              \
  }
  NORM_FOR_WEIGHTED_COLUMNS(b, TILE)
#undef TILE
}

// Of columns whose numbers have room for whole vectors; `first` is the first row of positive weight.
INLINE void VEC(weighted_moments_part)(const norm_block *b, size_t first, double total, double *high,
                                       double *low, double *m2) {
  const S *x = b->x;
  for (size_t c = 0; c < b->length; c++) high[c] = (double)x[first * b->stride + c];
  VEC(weighted_deviations)(b, false, high, low, m2);
  for (size_t c = 0; c < b->length; c++) high[c] += low[c] / total;
  VEC(weighted_deviations)(b, true, high, low, m2);
  for (size_t c = 0; c < b->length; c += 16) {
    D h, l, m;
    VEC(weighted_finish)(VEC(load_factor)(high + c), VEC(load_factor)(low + c),
                         VEC(load_factor)(m2 + c), total, &h, &l, &m);
    VEC(store_factor)(high + c, h);
    VEC(store_factor)(low + c, l);
    VEC(store_factor)(m2 + c, m);
  }
}

static void VEC(weighted_moments_columns)(const norm_block *b, double total, double *high,
                                          double *low, double *m2) {
  const S *w = b->weights;
  size_t first = 0, column;
  while (first < b->rows && !(w[first] > 0)) first++;
  if (first == b->rows) {
    for (size_t c = 0; c < b->length; c++) high[c] = low[c] = m2[c] = 0;
    return;
  }
  norm_block part;
  if (VEC(weighted_part)(b, 0, &part, &column))
    VEC(weighted_moments_part)(&part, first, total, high, low, m2);
  if (VEC(weighted_part)(b, 1, &part, &column)) {
    double h[16] = {0}, l[16] = {0}, m[16] = {0};
    VEC(weighted_moments_part)(&part, first, total, h, l, m);
    __builtin_memcpy(high + column, h, part.length * sizeof(double));
    __builtin_memcpy(low + column, l, part.length * sizeof(double));
    __builtin_memcpy(m2 + column, m, part.length * sizeof(double));
  }
}

// Does something for every vector of a run: n elements of it from place `at` on, whose weights are w.
#define NORM_FOR_WEIGHTED(b, ...)                                                                  \
  for (size_t r = 0; r < (b)->rows; r++)                                                           \
    for (size_t i = 0; i < (b)->length; i += 16) {                                                 \
      const size_t n = (b)->length - i < 16 ? (b)->length - i : 16, at = r * (b)->stride + i;      \
      const D w = VEC(load_wide)((const S *)(b)->weights + r * (b)->pitch + i, n);                 \
      __VA_ARGS__                                                                                  \
    }

INLINE void VEC(weighted_run_deviations)(const norm_block *b, double center, double *s1, double *s2) {
  const S *x = b->x;
  D a = VEC(splat_wide)(0), c = a;
  NORM_FOR_WEIGHTED(b, {
    const D d = VEC(keep)(w > 0, VEC(load_wide)(x + at, n) - center), wd = d * w;
    a += wd;
    c += wd * d;
  })
  *s1 = VEC(total)(a);
  *s2 = VEC(total)(c);
}

static void VEC(weighted_moments_runs)(const norm_block *b, double total, double *high, double *low,
                                       double *m2) {
  const S *w = b->weights;
  size_t row = 0, place = 0;
  while (row < b->rows && !(w[row * b->pitch + place] > 0))
    if (++place == b->length) place = 0, row++;
  for (size_t c = 0; c < b->channels; c++) {
    high[c] = low[c] = m2[c] = 0;
    if (row == b->rows) continue;
    const norm_block run = VEC(run)(b, c);
    double center = (double)((const S *)run.x)[row * b->stride + place], s1, s2;
    VEC(weighted_run_deviations)(&run, center, &s1, &s2);
    center += s1 / total;
    VEC(weighted_run_deviations)(&run, center, &s1, &s2);
    D h, l, m;
    VEC(weighted_finish)(VEC(splat_wide)(center), VEC(splat_wide)(s1), VEC(splat_wide)(s2), total, &h,
                         &l, &m);
    high[c] = h[0], low[c] = l[0], m2[c] = m[0];
  }
}

// Factors of the channels from c on, or of one in all lanes.
typedef struct {
  D high, low, inverse, output_factor, shift, factor, slope, offset;
} VEC(weighted_factors);

INLINE VEC(weighted_factors) VEC(weighted_of_columns)(const norm_weighted_factors *f, size_t c) {
#define FACTOR(name) VEC(load_factor)(f->name + c)
  return (VEC(weighted_factors)){FACTOR(high),  FACTOR(low),    FACTOR(inverse), FACTOR(output_factor),
                                 FACTOR(shift), FACTOR(factor), FACTOR(slope),   FACTOR(offset)};
#undef FACTOR
}

INLINE VEC(weighted_factors) VEC(weighted_of_run)(const norm_weighted_factors *f, size_t c) {
#define FACTOR(name) VEC(splat_wide)(f->name[c])
  return (VEC(weighted_factors)){FACTOR(high),  FACTOR(low),    FACTOR(inverse), FACTOR(output_factor),
                                 FACTOR(shift), FACTOR(factor), FACTOR(slope),   FACTOR(offset)};
#undef FACTOR
}

INLINE D VEC(weighted_deviation)(const S *x, size_t n, const VEC(weighted_factors) *f) {
  return (VEC(load_wide)(x, n) - f->high) - f->low;
}

// What a pass over elements does besides.
typedef struct {
  bool stream, constant;
} VEC(weighted_form);

static void VEC(weighted_normalize_columns)(const norm_block *given,
                                            const norm_weighted_factors *factors) {
  NORM_LOCAL_BLOCK
  const S *x = b->x, *w = b->weights;
  S *y = b->y;
  const VEC(weighted_form) form = {.stream = b->stream && VEC(rows_aligned)(y, b->stride)};
#define ROWS(n, count)                                                                             \
  {                                                                                                \
    const VEC(weighted_factors) f = VEC(weighted_of_columns)(factors, c);                          \
    for (size_t k = r; k < r + (count); k++) {                                                     \
      const size_t at = k * b->stride + c;                                                         \
      D v = VEC(splat_wide)(0);                                                                    \
      if (form.stream) VEC(prefetch)(x + at + b->ahead);                                           \
      if (w[k] > 0) v = VEC(weighted_deviation)(x + at, n, &f) * f.output_factor + f.shift;        \
      VEC(store_narrow)(y + at, n, v, form.stream);                                                \
    }                                                                                              \
  }
  NORM_FOR_ROWS(b, form, ROWS)
#undef ROWS
  VEC(end_stream)(form.stream);
}

static void VEC(weighted_normalize_runs)(const norm_block *b, const norm_weighted_factors *factors) {
  for (size_t c = 0; c < b->channels; c++) {
    const VEC(weighted_factors) f = VEC(weighted_of_run)(factors, c);
    const S *x = (const S *)b->x + c * b->pitch;
    S *y = (S *)b->y + c * b->pitch;
    NORM_FOR_WEIGHTED(b, {
      const D v = VEC(weighted_deviation)(x + at, n, &f) * f.output_factor + f.shift;
      VEC(store_narrow)(y + at, n, VEC(keep)(w > 0, v), false);
    })
  }
}

// Of columns whose sums have room for whole vectors; their factors begin at `column`.
INLINE void VEC(weighted_sums_part)(const norm_block *given, const norm_weighted_factors *factors,
                                    size_t column, double *sum, double *product) {
  NORM_LOCAL_BLOCK
  const S *x = b->x, *dy = b->dy, *w = b->weights;
  for (size_t c = 0; c < b->length; c++) sum[c] = product[c] = 0;
#define TILE(n)                                                                                    \
  {                                                                                                \
    const VEC(weighted_factors) f = VEC(weighted_of_columns)(factors, column + c);                 \
    D p = VEC(splat_wide)(0), q = p;                                                               \
    NORM_FOR_WEIGHTED_ROWS {                                                                       \
      const size_t at = r * b->stride + c;                                                         \
      VEC(prefetch)(x + at + NORM_ROWS * b->stride);                                               \
      VEC(prefetch)(dy + at + NORM_ROWS * b->stride);                                              \
      if (!(w[r] > 0)) continue;                                                                   \
      const D g = VEC(load_wide)(dy + at, n);                                                      \
      p += g;                                                                                      \
      q += g * (VEC(weighted_deviation)(x + at, n, &f) * f.inverse);                               \
    }                                                                                              \
    VEC(add)(sum + c, p);                                                                          \
    VEC(add)(product + c, q);                                                                      \
  }
  NORM_FOR_WEIGHTED_COLUMNS(b, TILE)
#undef TILE
}

static void VEC(weighted_sums_columns)(const norm_block *b, const norm_weighted_factors *factors,
                                       double *sum, double *product) {
  norm_block part;
  size_t column;
  if (VEC(weighted_part)(b, 0, &part, &column))
    VEC(weighted_sums_part)(&part, factors, 0, sum, product);
  if (VEC(weighted_part)(b, 1, &part, &column)) {
    double s[16] = {0}, t[16] = {0};
    VEC(weighted_sums_part)(&part, factors, column, s, t);
    __builtin_memcpy(sum + column, s, part.length * sizeof(double));
    __builtin_memcpy(product + column, t, part.length * sizeof(double));
  }
}

static void VEC(weighted_sums_runs)(const norm_block *b, const norm_weighted_factors *factors,
                                    double *sum, double *product) {
  for (size_t c = 0; c < b->channels; c++) {
    const VEC(weighted_factors) f = VEC(weighted_of_run)(factors, c);
    const S *x = (const S *)b->x + c * b->pitch, *dy = (const S *)b->dy + c * b->pitch;
    D s = VEC(splat_wide)(0), t = s;
    NORM_FOR_WEIGHTED(b, {
      const D g = VEC(load_wide)(dy + at, n);
      s += VEC(keep)(w > 0, g);
      t += VEC(keep)(w > 0, g * (VEC(weighted_deviation)(x + at, n, &f) * f.inverse));
    })
    sum[c] = VEC(total)(s);
    product[c] = VEC(total)(t);
  }
}

INLINE D VEC(weighted_dx)(const S *x, const S *dy, size_t n, D w, bool constant,
                          const VEC(weighted_factors) *f) {
  const D g = f->factor * VEC(load_wide)(dy, n);
  if (constant) return g;
  return g + w * (f->slope * (VEC(weighted_deviation)(x, n, f) * f->inverse) + f->offset);
}

static void VEC(weighted_gradient_columns)(const norm_block *given,
                                           const norm_weighted_factors *factors) {
  NORM_LOCAL_BLOCK
  const S *x = b->x, *dy = b->dy, *w = b->weights;
  S *dx = b->y;
  const VEC(weighted_form) form = {.stream = b->stream && VEC(rows_aligned)(dx, b->stride),
                                   .constant = b->constant};
#define ROWS(n, count)                                                                             \
  {                                                                                                \
    const VEC(weighted_factors) f = VEC(weighted_of_columns)(factors, c);                          \
    for (size_t k = r; k < r + (count); k++) {                                                     \
      const size_t at = k * b->stride + c;                                                         \
      D v = VEC(splat_wide)(0);                                                                    \
      if (form.stream) VEC(prefetch)(x + at + b->ahead), VEC(prefetch)(dy + at + b->ahead);        \
      if (w[k] > 0)                                                                                \
        v = VEC(weighted_dx)(x + at, dy + at, n, VEC(splat_wide)((double)w[k]), form.constant, &f); \
      VEC(store_narrow)(dx + at, n, v, form.stream);                                               \
    }                                                                                              \
  }
  NORM_FOR_ROWS(b, form, ROWS)
#undef ROWS
  VEC(end_stream)(form.stream);
}

static void VEC(weighted_gradient_runs)(const norm_block *b, const norm_weighted_factors *factors) {
  for (size_t c = 0; c < b->channels; c++) {
    const VEC(weighted_factors) f = VEC(weighted_of_run)(factors, c);
    const S *x = (const S *)b->x + c * b->pitch, *dy = (const S *)b->dy + c * b->pitch;
    S *dx = (S *)b->y + c * b->pitch;
    NORM_FOR_WEIGHTED(b, {
      const D v = VEC(weighted_dx)(x + at, dy + at, n, w, b->constant, &f);
      VEC(store_narrow)(dx + at, n, VEC(keep)(w > 0, v), false);
    })
  }
}
#undef NORM_FOR_WEIGHTED
#undef NORM_FOR_WEIGHTED_COLUMNS
#undef NORM_FOR_WEIGHTED_ROWS
