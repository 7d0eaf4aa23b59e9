#include "variants.h"

#define NORM_ISA portable
#define NORM_MASKED 0
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
#define NORM_CALLS 0
#else
#define NORM_CALLS 1
#endif
#include "body/variant.h"
