// What the files of this target share: the tables of every variant, defined where their instruction set
// exists, and the Float64 loops, built once.
#ifndef NORM_VARIANTS_H
#define NORM_VARIANTS_H

#include "normalization_kernels.h"

extern const norm_kernels norm_table_f32_portable, norm_table_f64_portable;
extern const norm_kernels norm_table_f32_avx2, norm_table_f64_avx2;
extern const norm_kernels norm_table_f32_avx512, norm_table_f64_avx512;
extern const norm_kernels norm_table_f32_neon, norm_table_f64_neon;

#define NORM_DECLARE_WIDE(NAME)                                                                    \
  void norm_wide_moments_##NAME(const norm_block *b, size_t first, size_t count, double *high,     \
                                double *low, double *m2);                                          \
  void norm_wide_normalize_##NAME(const norm_block *b, size_t first, size_t count,                 \
                                  const norm_wide_factors *f);                                     \
  void norm_wide_sums_##NAME(const norm_block *b, size_t first, size_t count,                      \
                             const norm_wide_factors *f, double *sum, double *product);            \
  void norm_wide_gradient_##NAME(const norm_block *b, size_t first, size_t count,                  \
                                 const norm_wide_factors *f);                                      \
  void norm_wide_sums_of_sets_##NAME(const norm_block *b, const double *high, const double *low,   \
                                     const double *inverse, double *sum, double *product);

NORM_DECLARE_WIDE(f32)
NORM_DECLARE_WIDE(f64)
#undef NORM_DECLARE_WIDE

#endif
