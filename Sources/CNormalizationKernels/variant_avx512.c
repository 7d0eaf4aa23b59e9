#include "variants.h"

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,fma"))), apply_to = function)
#define NORM_ISA avx512
#define NORM_MASKED 1
#define NORM_CALLS 0
#include "body/variant.h"
#pragma clang attribute pop
#endif
