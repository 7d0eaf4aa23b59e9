// All kernels for one instruction set and both element types. The including file defines NORM_ISA, the
// suffix of the tables, NORM_MASKED, 1 where AVX-512's masked loads and stores may be used, and NORM_CALLS, 1 where
// fused multiply-add is a function call.

#pragma clang fp contract(off)
#pragma clang diagnostic ignored "-Wpsabi"

#define NORM_PASTE2(a, b, c) a##_##b##_##c
#define NORM_PASTE(a, b, c) NORM_PASTE2(a, b, c)

#define CHANNEL(name) NORM_PASTE2(channels, name, )
#include "factors.h"
#include "join.h"

#define S float
#define NORM_S_IS_FLOAT 1
#define NORM_TYPE f32
#define VEC(name) name##_f32
#define NORM_WIDE(name) norm_wide_##name##_f32
#include "vectors.h"
#include "abreast.h"
#include "slots.h"
#include "moments.h"
#include "apply.h"
#include "gradients.h"
#include "sets.h"
#include "weighted.h"
#include "table.h"
#include "undefine.h"

#define S double
#define NORM_S_IS_FLOAT 0
#define NORM_TYPE f64
#define VEC(name) name##_f64
#define NORM_WIDE(name) norm_wide_##name##_f64
#include "vectors.h"
#include "abreast.h"
#include "slots.h"
#include "moments.h"
#include "apply.h"
#include "gradients.h"
#include "sets.h"
#include "weighted.h"
#include "table.h"
#include "undefine.h"
