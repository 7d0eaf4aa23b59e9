// Ends one element type, so that variant.h can include the body for the next.
#undef S
#undef V
#undef D
#undef VEC
#undef INLINE
#undef NORM_TYPE
#undef NORM_WIDE
#undef NORM_S_IS_FLOAT
#undef NORM_TINY_SQUARES
#undef NORM_UNROLL
#undef NORM_ROLLED
#undef NORM_SLOT
#undef NORM_FOR_SLOTS
