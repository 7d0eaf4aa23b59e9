// Moments of a block, in two passes over the block while it is in the first-level cache.
//
//   x0 = its first element           pass 1: center = x0 + sum(x - x0)/n
//   d  = x - center                  pass 2: s1 = sum(d), s2 = sum(d*d)
//   mean = center + s1/n             m2 = s2 - s1*s1/n
//
// The center is only near the mean; what it misses, s1 brings back. Starting from x0 makes a constant
// block exact (every difference is 0) and keeps large means from costing digits: x - x0 and x - center
// are exact where the spread is small beside the mean (Sterbenz).

// Adds in Float64 what Float32 could not carry: sums that are not finite (overflow; or an element is not
// finite, and then Float64 says so too), and sums of squares so small that squares may have vanished.
#define NORM_TINY_SQUARES 0x1p-80

INLINE bool VEC(suspect)(double s1, double s2) {
#if NORM_S_IS_FLOAT
  return !(s2 >= NORM_TINY_SQUARES && s2 <= 0x1.fffffep127 && __builtin_fabs(s1) <= 0x1.fffffep127);
#else
  (void)s1, (void)s2;
  return false;
#endif
}

INLINE bool VEC(is_constant)(const S *x, size_t rows, size_t inner, size_t stride) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < inner; i++)
      if (!(x[r * stride + i] == x[0])) return false;
  return true;
}

// mean = center + s1/n as high + low (Knuth's two-sum), m2 = s2 - s1^2/n.
INLINE void VEC(finish_lanes)(D center, D s1, D s2, double inverse_count, D *high, D *low, D *m2) {
  D step = s1 * inverse_count;
  D sum = center + step;
  D part = sum - center;
  *high = sum;
  *low = (center - (sum - part)) + (step - part);
  D squares = s2 - s1 * step;
  *m2 = (D)(~(squares < 0) & (VEC(B))squares);  // rounding below 0; nan stays
}

// Sixteen columns, or the first n of them.
INLINE void VEC(moments_lanes)(const S *x, size_t rows, size_t stride, size_t n, double *high,
                               double *low, double *m2) {
  V zero = VEC(splat)(0), first = n == 16 ? VEC(load)(x) : VEC(load_part)(x, n, zero);
#define ROW(r) (n == 16 ? VEC(load)(x + (r) * stride) : VEC(load_part)(x + (r) * stride, n, first))
  V a[4] = {zero, zero, zero, zero};
  size_t r = 0;
  for (; r + 4 <= rows; r += 4)
    NORM_UNROLL for (size_t k = 0; k < 4; k++) a[k] += ROW(r + k) - first;
  for (; r < rows; r++) a[0] += ROW(r) - first;
  V center = first + ((a[0] + a[1]) + (a[2] + a[3])) * VEC(splat)((S)(1.0 / (double)rows));

  V s1[4] = {zero, zero, zero, zero}, s2[4] = {zero, zero, zero, zero};
#define ADD(k)                                                                                     \
  {                                                                                                \
    V d = ROW(r + k) - center;                                                                     \
    s1[k] += d;                                                                                    \
    s2[k] = __builtin_elementwise_fma(d, d, s2[k]);                                                \
  }
  for (r = 0; r + 4 <= rows; r += 4) NORM_UNROLL for (size_t k = 0; k < 4; k++) ADD(k)
  NORM_UNROLL for (size_t k = 0; k < 3; k++) if (r + k < rows) ADD(k)
#undef ADD
#undef ROW
  D t1 = VEC(widen)((s1[0] + s1[1]) + (s1[2] + s1[3]));
  D t2 = VEC(widen)((s2[0] + s2[1]) + (s2[2] + s2[3]));
  D h, l, m;
  VEC(finish_lanes)(VEC(widen)(center), t1, t2, 1.0 / (double)rows, &h, &l, &m);
  __builtin_memcpy(high, &h, n * sizeof(double));
  __builtin_memcpy(low, &l, n * sizeof(double));
  __builtin_memcpy(m2, &m, n * sizeof(double));
#if NORM_S_IS_FLOAT
  bool any = false;
  for (size_t i = 0; i < n; i++) any |= VEC(suspect)(t1[i], t2[i]);
  if (__builtin_expect(any, 0))
    for (size_t i = 0; i < n; i++)
      if (VEC(suspect)(t1[i], t2[i]) && !VEC(is_constant)(x + i, rows, 1, stride))
        NORM_WIDE(moments)(x + i, rows, 1, stride, high + i, low + i, m2 + i);
#endif
}

static void VEC(moments_columns)(const void *x_, size_t rows, size_t width, size_t stride, double *high,
                                 double *low, double *m2) {
  const S *x = x_;
  size_t c = 0;
  for (; c + 16 <= width; c += 16)
    VEC(moments_lanes)(x + c, rows, stride, 16, high + c, low + c, m2 + c);
  if (c < width) VEC(moments_lanes)(x + c, rows, stride, width - c, high + c, low + c, m2 + c);
}

INLINE void VEC(moments_slots)(const S *x, size_t rows, size_t inner, size_t stride, size_t slots,
                               double *high, double *low, double *m2) {
  V zero = VEC(splat)(0), first = VEC(splat)(x[0]);
  double count = (double)(rows * inner);
  V a[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
#define PASS1(v, k, at, n) { a[k] += (v) - first; }
  NORM_FOR_SLOTS(first, PASS1)
#undef PASS1
  S center = x[0] + (S)(VEC(total)(VEC(widen)(VEC(join8)(a))) / count);

  V c = VEC(splat)(center);
  V s1[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
  V s2[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
#define PASS2(v, k, at, n)                                                                         \
  {                                                                                                \
    V d = (v) - c;                                                                                 \
    s1[k] += d;                                                                                    \
    s2[k] = __builtin_elementwise_fma(d, d, s2[k]);                                                \
  }
  NORM_FOR_SLOTS(c, PASS2)
#undef PASS2
  double t1 = VEC(total)(VEC(widen)(VEC(join8)(s1)));
  double t2 = VEC(total)(VEC(widen)(VEC(join8)(s2)));
  if (__builtin_expect(VEC(suspect)(t1, t2), 0) && !VEC(is_constant)(x, rows, inner, stride)) {
    NORM_WIDE(moments)(x, rows, inner, stride, high, low, m2);
    return;
  }
  double step = t1 / count, sum = (double)center + step, part = sum - (double)center;
  double squares = t2 - t1 * step;
  *high = sum;
  *low = ((double)center - (sum - part)) + (step - part);
  *m2 = squares < 0 ? 0 : squares;
}

static void VEC(moments_runs)(const void *x_, size_t rows, size_t inner, size_t stride, double *high,
                              double *low, double *m2) {
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
