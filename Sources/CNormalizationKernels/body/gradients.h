// The backward pass, with n = (x - center) * inverse computed again instead of stored:
//   sums      sum(dy), sum(dy * n) of a block
//   gradient  dx = factor * dy + slope * n + offset
// What center misses of the mean is brought back by the caller, in Float64.

INLINE bool VEC(finite)(double a, double b) {
  return __builtin_isfinite(a) && __builtin_isfinite(b);
}

INLINE void VEC(sums_lanes)(const S *x, const S *dy, size_t rows, size_t stride, size_t n,
                            const S *center, const S *inverse, double *sum, double *product) {
  V zero = VEC(splat)(0), c = VEC(load_part)(center, n, zero), v = VEC(load_part)(inverse, n, zero);
#define ROW(p, r) (n == 16 ? VEC(load)((p) + (r) * stride) : VEC(load_part)((p) + (r) * stride, n, zero))
#define ADD(k)                                                                                     \
  {                                                                                                \
    V g = ROW(dy, r + k), u = (ROW(x, r + k) - c) * v;                                             \
    s[k] += g;                                                                                     \
    t[k] = __builtin_elementwise_fma(g, u, t[k]);                                                  \
  }
  V s[4] = {zero, zero, zero, zero}, t[4] = {zero, zero, zero, zero};
  size_t r = 0;
  for (; r + 4 <= rows; r += 4) NORM_UNROLL for (size_t k = 0; k < 4; k++) ADD(k)
  NORM_UNROLL for (size_t k = 0; k < 3; k++) if (r + k < rows) ADD(k)
#undef ADD
#undef ROW
  D a = VEC(widen)((s[0] + s[1]) + (s[2] + s[3])), b = VEC(widen)((t[0] + t[1]) + (t[2] + t[3]));
  __builtin_memcpy(sum, &a, n * sizeof(double));
  __builtin_memcpy(product, &b, n * sizeof(double));
#if NORM_S_IS_FLOAT
  D check = (a - a) + (b - b);  // 0, or nan in a lane that overflowed
  bool any = false;
  for (size_t i = 0; i < n; i++) any |= check[i] != 0;
  if (__builtin_expect(any, 0))
    for (size_t i = 0; i < n; i++)
      if (check[i] != 0)
        NORM_WIDE(sums)(x + i, dy + i, rows, 1, stride, center[i], 0, inverse[i], sum + i, product + i);
#endif
}

static void VEC(sums_columns)(const void *x_, const void *dy_, size_t rows, size_t width, size_t stride,
                              const void *center_, const void *inverse_, double *sum, double *product) {
  const S *x = x_, *dy = dy_, *center = center_, *inverse = inverse_;
  size_t c = 0;
  for (; c + 16 <= width; c += 16)
    VEC(sums_lanes)(x + c, dy + c, rows, stride, 16, center + c, inverse + c, sum + c, product + c);
  if (c < width)
    VEC(sums_lanes)(x + c, dy + c, rows, stride, width - c, center + c, inverse + c, sum + c,
                    product + c);
}

INLINE void VEC(sums_slots)(const S *x, const S *dy, size_t rows, size_t inner, size_t stride,
                            size_t slots, S center, S inverse, double *sum, double *product) {
  V zero = VEC(splat)(0), c = VEC(splat)(center), v = VEC(splat)(inverse);
  V s[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
  V t[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
#define PASS(e, k, at, n)                                                                          \
  {                                                                                                \
    V g = (n) == 16 ? VEC(load)(dy + (at)) : VEC(load_part)(dy + (at), n, zero);                   \
    V u = ((e) - c) * v;                                                                           \
    s[k] += g;                                                                                     \
    t[k] = __builtin_elementwise_fma(g, u, t[k]);                                                  \
  }
  NORM_FOR_SLOTS(c, PASS)
#undef PASS
  *sum = VEC(total)(VEC(widen)(VEC(join8)(s)));
  *product = VEC(total)(VEC(widen)(VEC(join8)(t)));
#if NORM_S_IS_FLOAT
  if (__builtin_expect(!VEC(finite)(*sum, *product), 0))
    NORM_WIDE(sums)(x, dy, rows, inner, stride, center, 0, inverse, sum, product);
#endif
}

static void VEC(sums_runs)(const void *x_, const void *dy_, size_t rows, size_t inner, size_t stride,
                           double center_, double inverse_, double *sum, double *product) {
  const S *x = x_, *dy = dy_;
  const S center = (S)center_, inverse = (S)inverse_;
  size_t slots = (inner + 15) / 16;
#define CASE(n)                                                                                    \
  case n: VEC(sums_slots)(x, dy, rows, inner, stride, n, center, inverse, sum, product); break;
  switch (slots) {
    CASE(1) CASE(2) CASE(3) CASE(4)
    default:
      __builtin_assume(slots > 4);
      VEC(sums_slots)(x, dy, rows, inner, stride, slots, center, inverse, sum, product);
  }
#undef CASE
}

INLINE V VEC(slope)(V x, V dy, V center, V inverse, V factor, V slope, V offset) {
  V n = (x - center) * inverse;
  return __builtin_elementwise_fma(factor, dy, __builtin_elementwise_fma(slope, n, offset));
}

static void VEC(gradient_columns)(const void *x_, const void *dy_, void *dx_, size_t rows, size_t width,
                                  size_t stride, const void *center_, const void *inverse_, const void *factor_,
                                  const void *slope_, const void *offset_) {
  const S *x = x_, *dy = dy_, *center = center_, *inverse = inverse_, *factor = factor_, *slope = slope_, *offset = offset_;
  S *dx = dx_;
  V zero = VEC(splat)(0);
  size_t whole = width / 16 * 16, rest = width - whole;
  for (size_t r = 0; r < rows; r += 4) {
    size_t n = rows - r < 4 ? rows - r : 4;
    for (size_t i = 0; i < whole; i += 16) {
      V c = VEC(load)(center + i), v = VEC(load)(inverse + i), f = VEC(load)(factor + i);
      V s = VEC(load)(slope + i), o = VEC(load)(offset + i);
      for (size_t k = 0; k < n; k++) {
        size_t at = (r + k) * stride + i;
        VEC(store)(dx + at, VEC(slope)(VEC(load)(x + at), VEC(load)(dy + at), c, v, f, s, o));
      }
    }
    if (rest) {
      V c = VEC(load_part)(center + whole, rest, zero), v = VEC(load_part)(inverse + whole, rest, zero);
      V f = VEC(load_part)(factor + whole, rest, zero), s = VEC(load_part)(slope + whole, rest, zero);
      V o = VEC(load_part)(offset + whole, rest, zero);
      for (size_t k = 0; k < n; k++) {
        size_t at = (r + k) * stride + whole;
        V e = VEC(load_part)(x + at, rest, zero), g = VEC(load_part)(dy + at, rest, zero);
        VEC(store_part)(dx + at, rest, VEC(slope)(e, g, c, v, f, s, o));
      }
    }
  }
}

static void VEC(gradient_runs)(const void *x_, const void *dy_, void *dx_, size_t rows, size_t inner,
                               size_t stride, double center_, double inverse_, double factor_, double slope_, double offset_) {
  const S *x = x_, *dy = dy_;
  S *dx = dx_;
  const S center = (S)center_, inverse = (S)inverse_, factor = (S)factor_, slope = (S)slope_, offset = (S)offset_;
  V c = VEC(splat)(center), v = VEC(splat)(inverse), f = VEC(splat)(factor);
  V s = VEC(splat)(slope), o = VEC(splat)(offset);
  size_t whole = inner / 16 * 16, rest = inner - whole;
  for (size_t r = 0; r < rows; r++) {
    size_t at = r * stride;
#pragma clang loop unroll_count(4)
    for (size_t i = 0; i < whole; i += 16)
      VEC(store)(dx + at + i,
                 VEC(slope)(VEC(load)(x + at + i), VEC(load)(dy + at + i), c, v, f, s, o));
    if (rest) {
      V e = VEC(load_part)(x + at + whole, rest, c), g = VEC(load_part)(dy + at + whole, rest, c);
      VEC(store_part)(dx + at + whole, rest, VEC(slope)(e, g, c, v, f, s, o));
    }
  }
}
