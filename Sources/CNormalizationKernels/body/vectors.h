// Sixteen logical lanes of the element type S, and loads and stores of a part of them.
// Included once per element type and instruction set; see variant.h.

typedef S VEC(V) __attribute__((vector_size(16 * sizeof(S))));
typedef S VEC(VU) __attribute__((vector_size(16 * sizeof(S)), aligned(sizeof(S))));
typedef double VEC(D) __attribute__((vector_size(16 * sizeof(double))));
typedef long long VEC(B) __attribute__((vector_size(16 * sizeof(long long))));
#define V VEC(V)
#define D VEC(D)
// Loops over partial sums are unrolled so that these stay in registers; loops over single lanes are not.
#define NORM_UNROLL _Pragma("clang loop unroll(full)")
#define NORM_ROLLED _Pragma("clang loop unroll(disable) vectorize(disable)")
#define INLINE static inline __attribute__((always_inline))

INLINE V VEC(load)(const S *p) { return *(const VEC(VU) *)p; }
INLINE void VEC(store)(S *p, V v) { *(VEC(VU) *)p = v; }
INLINE V VEC(splat)(S s) { return (V){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s}; }
INLINE D VEC(widen)(V v) { return __builtin_convertvector(v, D); }

// The first n lanes from memory, the others from `fill`. Nothing past p + n is touched.
INLINE V VEC(load_part)(const S *p, size_t n, V fill) {
#if NORM_MASKED && NORM_S_IS_FLOAT
  return (V)_mm512_mask_loadu_ps((__m512)fill, (__mmask16)((1u << n) - 1), p);
#else
  S lanes[16];
  __builtin_memcpy(lanes, &fill, sizeof lanes);
  NORM_ROLLED for (size_t i = 0; i < n; i++) lanes[i] = p[i];
  return VEC(load)(lanes);
#endif
}

INLINE void VEC(store_part)(S *p, size_t n, V v) {
#if NORM_MASKED && NORM_S_IS_FLOAT
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  S lanes[16];
  __builtin_memcpy(lanes, &v, sizeof lanes);
  NORM_ROLLED for (size_t i = 0; i < n; i++) p[i] = lanes[i];
#endif
}

// The sum of sixteen Float64 lanes, halves first: always the same tree.
INLINE double VEC(total)(D d) {
  double t[16];
  __builtin_memcpy(t, &d, sizeof t);
  for (size_t half = 8; half > 0; half /= 2)
    for (size_t i = 0; i < half; i++) t[i] += t[i + half];
  return t[0];
}

// Eight partial sums to one, pairwise.
INLINE V VEC(join8)(const V *a) {
  return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}
