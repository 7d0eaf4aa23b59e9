#include "variants.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NORM_ISA avx2
#define NORM_MASKED 0
#define NORM_CALLS 0
#include "body/variant.h"
#pragma clang attribute pop
#endif
