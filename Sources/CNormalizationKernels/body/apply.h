// y = (x - center) * factor + offset.
//
// The mean is not folded into one offset (`offset - center*factor` would cancel when the mean is large
// beside the deviation): center is near the mean, so x - center is exact there.

INLINE V VEC(affine)(V x, V center, V factor, V offset) {
  return __builtin_elementwise_fma(x - center, factor, offset);
}

static void VEC(normalize_columns)(const void *x_, void *y_, size_t rows, size_t width, size_t stride,
                                   const void *center_, const void *factor_, const void *offset_) {
  const S *x = x_, *center = center_, *factor = factor_, *offset = offset_;
  S *y = y_;
  size_t whole = width / 16 * 16, rest = width - whole;
  V zero = VEC(splat)(0);
  for (size_t r = 0; r < rows; r += 4) {
    size_t n = rows - r < 4 ? rows - r : 4;
    const S *p = x + r * stride;
    S *q = y + r * stride;
    for (size_t c = 0; c < whole; c += 16) {
      V m = VEC(load)(center + c), f = VEC(load)(factor + c), o = VEC(load)(offset + c);
      if (n == 4)
        for (size_t k = 0; k < 4; k++)
          VEC(store)(q + k * stride + c, VEC(affine)(VEC(load)(p + k * stride + c), m, f, o));
      else
        for (size_t k = 0; k < n; k++)
          VEC(store)(q + k * stride + c, VEC(affine)(VEC(load)(p + k * stride + c), m, f, o));
    }
    if (rest) {
      V m = VEC(load_part)(center + whole, rest, zero), f = VEC(load_part)(factor + whole, rest, zero);
      V o = VEC(load_part)(offset + whole, rest, zero);
      for (size_t k = 0; k < n; k++) {
        V v = VEC(load_part)(p + k * stride + whole, rest, zero);
        VEC(store_part)(q + k * stride + whole, rest, VEC(affine)(v, m, f, o));
      }
    }
  }
}

static void VEC(normalize_runs)(const void *x_, void *y_, size_t rows, size_t inner, size_t stride, double center_,
                                double factor_, double offset_) {
  const S *x = x_;
  S *y = y_;
  const S center = (S)center_, factor = (S)factor_, offset = (S)offset_;
  V m = VEC(splat)(center), f = VEC(splat)(factor), o = VEC(splat)(offset);
  size_t whole = inner / 16 * 16, rest = inner - whole;
  for (size_t r = 0; r < rows; r++) {
    const S *p = x + r * stride;
    S *q = y + r * stride;
#pragma clang loop unroll_count(4)
    for (size_t i = 0; i < whole; i += 16)
      VEC(store)(q + i, VEC(affine)(VEC(load)(p + i), m, f, o));
    if (rest) {
      V v = VEC(load_part)(p + whole, rest, m);
      VEC(store_part)(q + whole, rest, VEC(affine)(v, m, f, o));
    }
  }
}

static void VEC(widen_all)(const void *x_, size_t count, double *y) {
  const S *x = x_;
  for (size_t i = 0; i < count; i++) y[i] = (double)x[i];
}

static void VEC(narrow_all)(const double *x, size_t count, void *y_) {
  S *y = y_;
  for (size_t i = 0; i < count; i++) y[i] = (S)x[i];
}

static void VEC(copy_nontemporal)(const void *x_, void *y_, size_t count) {
  const S *x = x_;
  S *y = y_;
  size_t i = 0;
  for (; i < count && (size_t)(y + i) % sizeof(V) != 0; i++) y[i] = x[i];
  for (; i + 16 <= count; i += 16) __builtin_nontemporal_store(VEC(load)(x + i), (V *)(y + i));
  for (; i < count; i++) y[i] = x[i];
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
}
