// Moments of a block, in one pass around a number near its mean.
//
//   x0 = its first element           center = x0 + average(x - x0) over the first eighth of the block
//   d  = x - center                  s1 = sum(d), s2 = sum(d*d)
//   mean = center + s1/n             m2 = s2 - s1*s1/n
//
// What center misses of the mean, s1 brings back; it only must not be far from it, or s2 - s1*s1/n would
// cancel. Where it is (s1*s1/n above 0.6 s2: the eighth was no fair sample), the block is done again around
// center + s1/n. Starting from x0 makes a constant block exact (every difference is 0) and keeps large means
// from costing digits: x - x0 and x - center are exact where the spread is small beside the mean (Sterbenz).

#define NORM_SAMPLE 8
#define NORM_UNFAIR 0.6

// Float32 could not carry sums that are not finite (overflow; or an element is not finite, and then Float64
// says so too), and sums of squares so small that squares may have vanished.
#define NORM_TINY_SQUARES 0x1p-80

INLINE bool VEC(suspect)(double s1, double s2) {
#if NORM_S_IS_FLOAT
  return !(s2 >= NORM_TINY_SQUARES && s2 <= 0x1.fffffep127 &&
           __builtin_fabs(s1) <= 0x1.fffffep127);
#else
  (void)s1, (void)s2;
  return false;
#endif
}

static bool VEC(is_constant)(const S *x, size_t rows, size_t inner, size_t stride) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < inner; i++)
      if (!(x[r * stride + i] == x[0])) return false;
  return true;
}

// Rows of columns: NORM_TILE vectors side by side, so that a row's cache lines are read together. Partial
// sums take eight rows before they join those of the rows before: no chain of additions exceeds eight.
#define NORM_ROWS 8
#define NORM_TILE (NORM_S_IS_FLOAT ? 4 : 2)

// Sums around `center` of `vectors` vectors of columns; of a single one, perhaps only its first n.
INLINE void VEC(deviations)(const S *x, size_t rows, size_t stride, size_t vectors, size_t n,
                            const V *center, V *s1, V *s2) {
  V zero = VEC(splat)(0);
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) s1[v] = s2[v] = zero;
  for (size_t r = 0; r < rows;) {
    size_t end = rows - r < NORM_ROWS ? rows : r + NORM_ROWS;
    V a[4] = {zero, zero, zero, zero}, b[4] = {zero, zero, zero, zero};
    for (; r < end; r++) {
      const S *p = x + r * stride;
      NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
        V d = (n == 16 ? VEC(load)(p + v * 16) : VEC(load_part)(p, n, center[0])) - center[v];
        a[v] += d;
        b[v] = __builtin_elementwise_fma(d, d, b[v]);
      }
    }
    NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
      s1[v] += a[v];
      s2[v] += b[v];
    }
  }
}

INLINE void VEC(moments_tile)(const S *x, size_t rows, size_t stride, size_t vectors, size_t n,
                              double *high, double *low, double *m2) {
  V zero = VEC(splat)(0), center[4], s1[4], s2[4];
  const size_t sample = (rows + NORM_SAMPLE - 1) / NORM_SAMPLE;
  const V share = VEC(splat)((S)(1.0 / (double)sample));
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    V first = n == 16 ? VEC(load)(x + v * 16) : VEC(load_part)(x, n, zero), sum = zero;
    for (size_t r = 1; r < sample; r++) {
      const S *p = x + r * stride + v * 16;
      sum += (n == 16 ? VEC(load)(p) : VEC(load_part)(p, n, first)) - first;
    }
    center[v] = first + sum * share;
  }
  VEC(deviations)(x, rows, stride, vectors, n, center, s1, s2);

  const double inverse_count = 1.0 / (double)rows;
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    D a = VEC(widen)(s1[v]), b = VEC(widen)(s2[v]), step = a * inverse_count;
    VEC(B) unfair = a * step > NORM_UNFAIR * b;  // false in lanes from n on: all 0 there
    bool suspect = NORM_S_IS_FLOAT &&
                   __builtin_reduce_or(~((b >= NORM_TINY_SQUARES) & (b <= 0x1.fffffep127))) != 0;
    if (__builtin_expect(__builtin_reduce_or(unfair) != 0, 0)) {
      V moved = center[v];
      NORM_ROLLED for (size_t i = 0; i < n; i++)
        if (unfair[i]) moved[i] = center[v][i] + (S)step[i];
      center[v] = moved;
      VEC(deviations)(x + v * 16, rows, stride, 1, n, &moved, &s1[v], &s2[v]);
      a = VEC(widen)(s1[v]), b = VEC(widen)(s2[v]), step = a * inverse_count;
      suspect = true;
    }
    // mean = center + step as high + low (Knuth's two-sum)
    D c = VEC(widen)(center[v]), mean = c + step, part = mean - c, squares = b - a * step;
    D rest = (c - (mean - part)) + (step - part);
    squares = (D)(~(squares < 0) & (VEC(B))squares);  // rounding below 0; nan stays
    __builtin_memcpy(high + v * 16, &mean, n * sizeof(double));
    __builtin_memcpy(low + v * 16, &rest, n * sizeof(double));
    __builtin_memcpy(m2 + v * 16, &squares, n * sizeof(double));
    if (__builtin_expect(suspect, 0))
      NORM_ROLLED for (size_t i = 0; i < n; i++) {
        const S *column = x + v * 16 + i;
        if (VEC(suspect)(a[i], b[i]) && !VEC(is_constant)(column, rows, 1, stride))
          NORM_WIDE(moments)(column, rows, 1, stride, high + v * 16 + i, low + v * 16 + i,
                             m2 + v * 16 + i);
      }
  }
}

static void VEC(moments_columns)(const void *x_, size_t rows, size_t width, size_t stride,
                                 double *high, double *low, double *m2) {
  const S *x = x_;
  size_t c = 0;
  for (; c + NORM_TILE * 16 <= width; c += NORM_TILE * 16)
    VEC(moments_tile)(x + c, rows, stride, NORM_TILE, 16, high + c, low + c, m2 + c);
  for (; c + 16 <= width; c += 16)
    VEC(moments_tile)(x + c, rows, stride, 1, 16, high + c, low + c, m2 + c);
  if (c < width) VEC(moments_tile)(x + c, rows, stride, 1, width - c, high + c, low + c, m2 + c);
}

// Runs: eight partial sums, see slots.h.
INLINE void VEC(deviations_slots)(const S *x, size_t rows, size_t inner, size_t stride,
                                  size_t slots, S center, double *s1, double *s2) {
  V zero = VEC(splat)(0), c = VEC(splat)(center);
  V a[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
  V b[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
#define PASS(v, k, at, n)                                                                          \
  {                                                                                                \
    V d = (v) - c;                                                                                 \
    a[k] += d;                                                                                     \
    b[k] = __builtin_elementwise_fma(d, d, b[k]);                                                  \
  }
  NORM_FOR_SLOTS(c, PASS)
#undef PASS
  *s1 = VEC(total)(VEC(widen)(VEC(join8)(a)));
  *s2 = VEC(total)(VEC(widen)(VEC(join8)(b)));
}

// center = x0 + average(x - x0) over about an eighth of the block: whole rows, or vectors of the first.
INLINE S VEC(sample_center)(const S *x, size_t rows, size_t inner, size_t stride, size_t slots) {
  size_t count = (rows * slots + NORM_SAMPLE - 1) / NORM_SAMPLE;
  size_t sampled = (count + slots - 1) / slots, length = inner;
  if (count < slots) length = count * 16 < inner ? count * 16 : inner;
  V first = VEC(splat)(x[0]), sum = VEC(splat)(0);
  for (size_t r = 0; r < sampled; r++) {
    const S *p = x + r * stride;
    size_t i = 0;
    for (; i + 16 <= length; i += 16) sum += VEC(load)(p + i) - first;
    if (i < length) sum += VEC(load_part)(p + i, length - i, first) - first;
  }
  return x[0] + (S)(VEC(total)(VEC(widen)(sum)) / (double)(sampled * length));
}

INLINE void VEC(moments_slots)(const S *x, size_t rows, size_t inner, size_t stride, size_t slots,
                               double *high, double *low, double *m2) {
  const double count = (double)(rows * inner);
  S center = VEC(sample_center)(x, rows, inner, stride, slots);
  double s1, s2;
  VEC(deviations_slots)(x, rows, inner, stride, slots, center, &s1, &s2);
  if (__builtin_expect(s1 * (s1 / count) > NORM_UNFAIR * s2, 0)) {
    center += (S)(s1 / count);
    VEC(deviations_slots)(x, rows, inner, stride, slots, center, &s1, &s2);
  }
  if (__builtin_expect(VEC(suspect)(s1, s2), 0) && !VEC(is_constant)(x, rows, inner, stride)) {
    NORM_WIDE(moments)(x, rows, inner, stride, high, low, m2);
    return;
  }
  double step = s1 / count, c = (double)center, mean = c + step, part = mean - c;
  double squares = s2 - s1 * step;
  *high = mean;
  *low = (c - (mean - part)) + (step - part);
  *m2 = squares < 0 ? 0 : squares;
}

static void VEC(moments_runs)(const void *x_, size_t rows, size_t inner, size_t stride,
                              double *high, double *low, double *m2) {
  const S *x = x_;
  size_t slots = (inner + 15) / 16;
  switch (slots) {  // a constant count lets the partial sums live in registers
    case 1: VEC(moments_slots)(x, rows, inner, stride, 1, high, low, m2); break;
    case 2: VEC(moments_slots)(x, rows, inner, stride, 2, high, low, m2); break;
    case 3: VEC(moments_slots)(x, rows, inner, stride, 3, high, low, m2); break;
    case 4: VEC(moments_slots)(x, rows, inner, stride, 4, high, low, m2); break;
    default:
      __builtin_assume(slots > 4);
      VEC(moments_slots)(x, rows, inner, stride, slots, high, low, m2);
  }
}
