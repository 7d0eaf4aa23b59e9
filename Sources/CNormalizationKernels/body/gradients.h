// The backward pass, with n = (x - center) * inverse computed again instead of stored:
//   sums      sum(dy), sum(dy * n) of a block
//   gradient  dx = factor * dy + slope * n + offset
// What center misses of the mean is brought back by the caller, in Float64.

// Sums that Float32 could not carry are done again in Float64: overflow, or both so small that products
// may have lost digits below 2^-126. Both 0 is what output gradients of 0 give: nothing was lost.
#define NORM_TINY_SUM 0x1p-100
#define NORM_LARGE_SUM 0x1.fffffep127

// Rows of columns, as in moments.h: `vectors` vectors, or the first n of a single one.
INLINE void VEC(sums_tile)(const S *x, const S *dy, size_t rows, size_t stride, size_t vectors,
                           size_t n, const S *center, const S *inverse, double *sum,
                           double *product) {
#define PART(p, v) (n == 16 ? VEC(load)((p) + (v) * 16) : VEC(load_part)(p, n, zero))
  V zero = VEC(splat)(0), c[4], w[4], s[4], t[4];
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    c[v] = PART(center, v);
    w[v] = PART(inverse, v);
    s[v] = t[v] = zero;
  }
  for (size_t r = 0; r < rows;) {
    size_t end = rows - r < NORM_ROWS ? rows : r + NORM_ROWS;
    V a[4] = {zero, zero, zero, zero}, b[4] = {zero, zero, zero, zero};
    for (; r < end; r++)
      NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
        V g = PART(dy + r * stride, v), u = (PART(x + r * stride, v) - c[v]) * w[v];
        a[v] += g;
        b[v] = __builtin_elementwise_fma(g, u, b[v]);
      }
    NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
      s[v] += a[v];
      t[v] += b[v];
    }
  }
#undef PART
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    D a = VEC(widen)(s[v]), b = VEC(widen)(t[v]);
    __builtin_memcpy(sum + v * 16, &a, n * sizeof(double));
    __builtin_memcpy(product + v * 16, &b, n * sizeof(double));
#if NORM_S_IS_FLOAT
    D size = __builtin_elementwise_abs(a) + __builtin_elementwise_abs(b);  // 0 in lanes from n on
    VEC(B) again = ~((size >= NORM_TINY_SUM) & (size <= NORM_LARGE_SUM)) & (size != 0);
    if (__builtin_expect(__builtin_reduce_or(again) != 0, 0))
      NORM_ROLLED for (size_t i = v * 16; i < v * 16 + n; i++)
        if (again[i - v * 16])
          NORM_WIDE(sums)(x + i, dy + i, rows, 1, stride, center[i], 0, inverse[i], sum + i,
                          product + i);
#endif
  }
}

static void VEC(sums_columns)(const void *x_, const void *dy_, size_t rows, size_t width,
                              size_t stride, const void *center_, const void *inverse_, double *sum,
                              double *product) {
  const S *x = x_, *dy = dy_, *center = center_, *inverse = inverse_;
#define TILE(vectors, n)                                                                           \
  VEC(sums_tile)(x + i, dy + i, rows, stride, vectors, n, center + i, inverse + i, sum + i, product + i)
  size_t i = 0;
  for (; i + NORM_TILE * 16 <= width; i += NORM_TILE * 16) TILE(NORM_TILE, 16);
  for (; i + 16 <= width; i += 16) TILE(1, 16);
  if (i < width) TILE(1, width - i);
#undef TILE
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
  double size = __builtin_fabs(*sum) + __builtin_fabs(*product);
  if (__builtin_expect(!(size >= NORM_TINY_SUM && size <= NORM_LARGE_SUM) && size != 0, 0))
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
#define ROW(k)                                                                                     \
  {                                                                                                \
    size_t at = (r + k) * stride + i;                                                              \
    VEC(store)(dx + at, VEC(slope)(VEC(load)(x + at), VEC(load)(dy + at), c, v, f, s, o));         \
  }
      if (n == 4)
        NORM_UNROLL for (size_t k = 0; k < 4; k++) ROW(k)
      else
        for (size_t k = 0; k < n; k++) ROW(k)
#undef ROW
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
