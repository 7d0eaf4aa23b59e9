#include "variants.h"

// Every AArch64 processor has NEON with fused multiply-add: no target attribute is needed.
#if defined(__aarch64__)
#define NORM_ISA neon
#define NORM_MASKED 0
#define NORM_CALLS 0
#include "body/variant.h"
#endif
