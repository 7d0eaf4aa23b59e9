// Sixteen logical lanes of the element type S, and loads and stores of a part of them.
// Included once per element type and instruction set; see variant.h.

typedef S VEC(V) __attribute__((vector_size(16 * sizeof(S))));
typedef S VEC(VU) __attribute__((vector_size(16 * sizeof(S)), aligned(sizeof(S))));
// A whole cache line, or two of them.
typedef S VEC(VA) __attribute__((vector_size(16 * sizeof(S)), aligned(64)));
typedef double VEC(D) __attribute__((vector_size(16 * sizeof(double))));
typedef long long VEC(B) __attribute__((vector_size(16 * sizeof(long long))));
typedef bool VEC(M) __attribute__((ext_vector_type(16)));
#if NORM_S_IS_FLOAT
typedef int VEC(I) __attribute__((vector_size(16 * sizeof(int))));
#else
typedef VEC(B) VEC(I);
#endif
#define V VEC(V)
#define D VEC(D)
// Loops over partial sums are unrolled so that these stay in registers; loops over single lanes are not.
#if NORM_CALLS
#define NORM_UNROLL
#else
#define NORM_UNROLL _Pragma("clang loop unroll(full)")
#endif
#define NORM_ROLLED _Pragma("clang loop unroll(disable) vectorize(disable)")
#define INLINE static inline __attribute__((always_inline))

// The block in a variable of its own, which stores of elements cannot change: its fields stay in registers.
#define NORM_LOCAL_BLOCK const norm_block block_ = *given, *const b = &block_;

// Where the processor has no fused multiply-add, a call per lane takes its place, at one place in the code.
#if NORM_CALLS
#define NORM_SHARED static __attribute__((noinline))
#else
#define NORM_SHARED INLINE
#endif
NORM_SHARED V VEC(fma)(V a, V b, V c) { return __builtin_elementwise_fma(a, b, c); }

INLINE V VEC(load)(const S *p) { return *(const VEC(VU) *)p; }
INLINE void VEC(store)(S *p, V v) { *(VEC(VU) *)p = v; }
INLINE V VEC(splat)(S s) { return (V){s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s}; }
INLINE D VEC(widen)(V v) { return __builtin_convertvector(v, D); }

// Parts go lane by lane where there are no masked loads and stores: functions of their own.
#if NORM_MASKED && NORM_S_IS_FLOAT
#define NORM_PART INLINE
#else
#define NORM_PART static __attribute__((noinline))
#endif

// The first n lanes from memory, the others from `fill`. Nothing past p + n is touched.
NORM_PART V VEC(load_part)(const S *p, size_t n, V fill) {
#if NORM_MASKED && NORM_S_IS_FLOAT
  return (V)_mm512_mask_loadu_ps((__m512)fill, (__mmask16)((1u << n) - 1), p);
#else
  S lanes[16];
  __builtin_memcpy(lanes, &fill, sizeof lanes);
  NORM_ROLLED for (size_t i = 0; i < n; i++) lanes[i] = p[i];
  return VEC(load)(lanes);
#endif
}

NORM_PART void VEC(store_part)(S *p, size_t n, V v) {
#if NORM_MASKED && NORM_S_IS_FLOAT
  _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v);
#else
  S lanes[16];
  __builtin_memcpy(lanes, &v, sizeof lanes);
  NORM_ROLLED for (size_t i = 0; i < n; i++) p[i] = lanes[i];
#endif
}

INLINE void VEC(prefetch)(const S *p) {
  for (size_t line = 0; line < sizeof(V); line += 64) __builtin_prefetch((const char *)p + line, 0, 2);
}

// The first n lanes, where n is constant in most uses.
INLINE V VEC(load_n)(const S *p, size_t n, V fill) {
  return n == 16 ? VEC(load)(p) : VEC(load_part)(p, n, fill);
}

// The same where n varies.
INLINE V VEC(load_up_to)(const S *p, size_t n, V fill) {
#if NORM_MASKED && NORM_S_IS_FLOAT
  return VEC(load_part)(p, n, fill);
#else
  return VEC(load_n)(p, n, fill);
#endif
}

// Stores n lanes; past the caches where `stream`, which needs whole and aligned vectors.
INLINE void VEC(store_n)(S *p, size_t n, V v, bool stream) {
  if (n < 16)
    VEC(store_part)(p, n, v);
  else if (stream)
    __builtin_nontemporal_store(v, (VEC(VA) *)p);
  else
    VEC(store)(p, v);
}

// Makes streamed stores visible to other threads before what the caller does next.
INLINE void VEC(end_stream)(bool stream) {
  if (!stream) return;
#if defined(__x86_64__)
  __builtin_ia32_sfence();
#else
  __atomic_thread_fence(__ATOMIC_RELEASE);
#endif
}

// ReLU: cut off is what is 0 or below; nan passes.
INLINE V VEC(where)(VEC(I) condition, V v) { return (V)(condition & (VEC(I))v); }
INLINE VEC(I) VEC(passes)(V output) { return ~(VEC(I))(output <= 0); }
INLINE uint16_t VEC(bits)(VEC(I) condition) {
  VEC(M) m = __builtin_convertvector(condition != 0, VEC(M));
  return __builtin_bit_cast(uint16_t, m);
}
INLINE VEC(I) VEC(from_bits)(uint16_t bits) {
  return __builtin_convertvector(__builtin_bit_cast(VEC(M), bits), VEC(I)) != 0;
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

// The elements before the first whole cache line of y, where it is to be streamed.
INLINE size_t VEC(head)(const S *y, size_t count, bool stream) {
  const size_t head = stream ? -(uintptr_t)y % 64 / sizeof(S) : 0;
  return head < count ? head : count;
}
