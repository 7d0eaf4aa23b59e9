#include <string.h>

#include "variants.h"

bool norm_isa_available(norm_isa isa) {
  switch (isa) {
    case norm_isa_portable: return true;
#if defined(__x86_64__)
    case norm_isa_avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case norm_isa_avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("fma");
#elif defined(__aarch64__)
    case norm_isa_neon: return true;
#endif
    default: return false;
  }
}

#if defined(__x86_64__)
#define NORM_CASES(NAME)                                                                           \
  case norm_isa_avx2: return &norm_table_##NAME##_avx2;                                            \
  case norm_isa_avx512: return &norm_table_##NAME##_avx512;
#elif defined(__aarch64__)
#define NORM_CASES(NAME)                                                                           \
  case norm_isa_neon: return &norm_table_##NAME##_neon;
#else
#define NORM_CASES(NAME)
#endif

#define NORM_DEFINE(NAME)                                                                          \
  const norm_kernels *norm_kernels_##NAME(norm_isa isa) {                                          \
    switch (isa) {                                                                                 \
      case norm_isa_portable: return &norm_table_##NAME##_portable;                                \
      NORM_CASES(NAME)                                                                             \
      default: return NULL;                                                                        \
    }                                                                                              \
  }

NORM_DEFINE(f32)
NORM_DEFINE(f64)

size_t norm_next_wide(const unsigned char *wide, size_t first, size_t end) {
  const unsigned char *found = first < end ? memchr(wide + first, 1, end - first) : NULL;
  return found ? (size_t)(found - wide) : end;
}
