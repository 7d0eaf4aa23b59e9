#include "variants.h"

#define NORM_ISA portable
#define NORM_MASKED 0
#include "body/variant.h"
