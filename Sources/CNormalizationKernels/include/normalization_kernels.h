// The innermost loops of normalization, compiled once per instruction set from one body.
//
// Every variant computes the same bits: sixteen logical lanes, fused multiply-add, no contraction by
// the compiler, no estimates. Nothing here allocates, starts threads or keeps state.
//
// Shapes. A block is `rows` rows of one channel set, `stride` elements apart.
//   columns: `width` neighbouring channels, one element each per row (channels last).
//   runs:    one channel, `inner` neighbouring elements per row (channels first).
// Pointers need only the alignment of their element. Inputs and outputs do not overlap.
#ifndef NORMALIZATION_KERNELS_H
#define NORMALIZATION_KERNELS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
  norm_isa_portable = 0,
  norm_isa_avx2 = 1,
  norm_isa_avx512 = 2,
  norm_isa_neon = 3,
} norm_isa;

/// Rows of a block of columns, and vectors of sixteen in a block of runs: chains of additions in the
/// element type stay at sixteen before they are joined.
enum { norm_lanes = 16, norm_block_rows = 64, norm_block_slots = 128 };

// Moments of a block, one per channel: the mean is high + low, m2 the sum of squared deviations.
// Joining (Chan, Golub and LeVeque 1979), for counts a and b:
//   delta = mean_b - mean_a;  mean = mean_a + delta * b/(a+b);  m2 = m2_a + m2_b + delta^2 * ab/(a+b)

/// The kernels of one instruction set for one element type, which every `void` pointer here points to.
/// Factors for a single channel come as `double` and are numbers of the element type.
typedef struct {
  /// high, low and m2 of each column; rows <= norm_block_rows.
  void (*moments_columns)(const void *x, size_t rows, size_t width, size_t stride, double *high,
                          double *low, double *m2);
  /// high, low and m2 of one channel; at most norm_block_slots vectors.
  void (*moments_runs)(const void *x, size_t rows, size_t inner, size_t stride, double *high,
                       double *low, double *m2);
  /// y = (x - center) * factor + offset
  void (*normalize_columns)(const void *x, void *y, size_t rows, size_t width, size_t stride,
                            const void *center, const void *factor, const void *offset);
  void (*normalize_runs)(const void *x, void *y, size_t rows, size_t inner, size_t stride,
                         double center, double factor, double offset);
  /// sum(dy) and sum(dy * n), n = (x - center) * inverse
  void (*sums_columns)(const void *x, const void *dy, size_t rows, size_t width, size_t stride,
                       const void *center, const void *inverse, double *sum, double *product);
  void (*sums_runs)(const void *x, const void *dy, size_t rows, size_t inner, size_t stride,
                    double center, double inverse, double *sum, double *product);
  /// dx = factor * dy + slope * n + offset, n = (x - center) * inverse
  void (*gradient_columns)(const void *x, const void *dy, void *dx, size_t rows, size_t width,
                           size_t stride, const void *center, const void *inverse,
                           const void *factor, const void *slope, const void *offset);
  void (*gradient_runs)(const void *x, const void *dy, void *dx, size_t rows, size_t inner,
                        size_t stride, double center, double inverse, double factor, double slope,
                        double offset);
  /// Conversions between the element type and Float64.
  void (*widen)(const void *x, size_t count, double *y);
  void (*narrow)(const double *x, size_t count, void *y);
  /// A copy past the caches, the yardstick of the benchmark.
  void (*copy_nontemporal)(const void *x, void *y, size_t count);

  // The same in Float64 throughout for one channel of runs, for magnitudes that the element type cannot
  // carry; any number of rows. The mean is high + low.
  void (*wide_moments)(const void *x, size_t rows, size_t inner, size_t stride, double *high,
                       double *low, double *m2);
  void (*wide_normalize)(const void *x, void *y, size_t rows, size_t inner, size_t stride,
                         double high, double low, double factor, double shift);
  void (*wide_sums)(const void *x, const void *dy, size_t rows, size_t inner, size_t stride,
                    double high, double low, double inverse, double *sum, double *product);
  void (*wide_gradient)(const void *x, const void *dy, void *dx, size_t rows, size_t inner,
                        size_t stride, double high, double low, double inverse, double factor,
                        double slope, double offset);
} norm_kernels;

/// The kernels of an instruction set for Float32 and Float64, or NULL where this build has none.
const norm_kernels *norm_kernels_f32(norm_isa isa);
const norm_kernels *norm_kernels_f64(norm_isa isa);

/// Whether this build and this processor can run an instruction set.
bool norm_isa_available(norm_isa isa);

/// Joins the moments b into a. `weight` is b/(a+b) and `factor` ab/(a+b) of the counts.
void norm_join_moments(size_t width, double weight, double factor, double *high_a, double *low_a,
                       double *m2_a, const double *high_b, const double *low_b,
                       const double *m2_b);

/// Adds b to a.
void norm_join_sums(size_t width, double *a, const double *b);

// Factors for the kernels from statistics, in Float64. `single` says that kernels run in Float32, whose
// numbers `center` then holds. `scale` and `shift` may be NULL: 1 and 0. `wide[c]` becomes 1 for a channel
// that Float32 cannot carry and the wide kernels have to treat; their number is returned.

/// Turns m2 into variance = m2/count; inverse = 1/sqrt(variance + epsilon), or 0 where that is 1/0.
void norm_finish_moments(size_t width, double count, double epsilon, double *m2, double *inverse);

/// inverse = 1/sqrt(variance + epsilon), or 0 where that is 1/0.
void norm_inverse_deviations(size_t width, double epsilon, const double *variance, double *inverse);

/// y = (x - center) * factor + offset, the same as scale * inverse * (x - (high + low)) + shift.
size_t norm_normalize_factors(size_t width, bool single, const double *high, const double *low,
                              const double *inverse, const double *scale, const double *shift,
                              double *center, double *factor, double *offset, unsigned char *wide);

/// Marks the channels that the wide kernels have to treat in the backward pass, and sets `center`.
size_t norm_sums_factors(size_t width, bool single, const double *high, const double *inverse,
                         const double *scale, double *center, unsigned char *wide);

/// From sum(dy) and sum(dy * n), n = (x - center) * inverse: corrects `product` to the true mean where the
/// channel is not wide, and gives dx = factor * dy + slope * n + offset. `count` values per channel.
void norm_gradient_factors(size_t width, double count, const double *high, const double *low,
                           const double *center, const double *inverse, const double *scale,
                           const unsigned char *wide, const double *sum, double *product,
                           double *factor, double *slope, double *offset);

#endif
