// The innermost loops of normalization, compiled once per instruction set from one body.
//
// Every variant computes the same bits: sixteen logical lanes, fused multiply-add, no contraction by
// the compiler, no estimates. Nothing here allocates, starts threads or keeps state.
//
// Formulas, per channel:
//   n      = (x - center) * inverse
//   output = (x - center) * output_factor + output_offset [+ addend], then ReLU if asked
//   dx     = factor * g + slope * n + offset      g = dy where the output was not cut off by ReLU, else 0
//
// Layer and RMS normalization are runs too, one for each set of values that are normalised together: their "channels"
// are sets, and scale and shift belong to the elements of a run:
//   output = ((x - center) * output_factor + output_offset) * element_scale + element_shift
//   g      = dy * element_scale
#ifndef NORMALIZATION_KERNELS_H
#define NORMALIZATION_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
  norm_isa_portable = 0,
  norm_isa_avx2 = 1,
  norm_isa_avx512 = 2,
  norm_isa_neon = 3,
} norm_isa;

/// Rows of a block of columns, and vectors of sixteen in a block of runs: chains of additions in the
/// element type stay at sixteen before they are joined.
enum { norm_lanes = 16, norm_block_rows = 64, norm_block_slots = 128 };

/// The rows of so many columns that fill whole vectors.
static inline size_t norm_rows_to_fill(size_t columns) {
  size_t rows = 1;
  while (rows * columns % norm_lanes != 0) rows *= 2;
  return rows;
}

/// The rows that reductions treat side by side, as one, if they are dense (stride = length): of fewer than sixteen
/// columns as many as fill whole vectors.
static inline size_t norm_rows_abreast(size_t columns) {
  return columns < norm_lanes ? norm_rows_to_fill(columns) : 1;
}

/// Which elements of dy the backward pass lets through.
typedef enum {
  norm_gate_open = 0,    ///< all
  norm_gate_output = 1,  ///< where the output, computed again, was not cut off
  norm_gate_mask = 2,    ///< where the mask has a 1
  norm_gate_scale = 3,   ///< all, times element_scale; runs in a single row
} norm_gate;

/// Rows of elements, and what is done with them.
///
/// Columns: a row holds one element each of `length` neighbouring channels (channels last).
/// Runs: a row holds `length` neighbouring elements of each of `channels` channels, `pitch` elements apart
/// (channels first).
/// Pointers need only the alignment of their element. Outputs may be the very inputs (y = x, y = dy,
/// addend_gradient = dy) but not overlap them otherwise.
typedef struct {
  const void *x;
  const void *dy;         ///< backward
  const void *addend;     ///< forward; or NULL
  /// Weighted kernels: one per position. Of row r of columns weights[r], of element i of a run weights[r * pitch + i].
  const void *weights;
  void *y;                ///< the output, or dx
  void *addend_gradient;  ///< sums with a mask: receives g
  /// A bit per element: the output was not cut off. Written forward with addend and ReLU, if not NULL; read
  /// by norm_gate_mask. Vector v of row r has word r * mask_stride + v; if mask_stride is 0, element i of row r has
  /// bit r * length + i.
  uint16_t *mask;
  /// Sets: one for each element; forward they may be NULL, both or the shift alone. Sets may take turns: set number
  /// `turn` + s has those from ((turn + s) mod turns) * pitch on.
  const void *element_scale, *element_shift;
  size_t turns, turn;
  size_t rows, length, stride, mask_stride;
  size_t channels, pitch, mask_pitch;  ///< runs: from channel to channel, in elements and words of the mask
  /// A hint. Reductions: elements from this block to the one that will be read next. Passes over elements that
  /// stream: how far to read ahead.
  ptrdiff_t ahead;
  bool relu;            ///< forward
  norm_gate gate;       ///< backward
  bool constant;        ///< backward: mean and variance are constants, dx = factor * g
  bool stream;          ///< store past the caches
} norm_block;

/// Factors of the formulas above, one per channel, in the element type.
/// Forward kernels need center and those of the output, backward kernels all.
typedef struct {
  const void *center, *inverse, *output_factor, *output_offset, *factor, *slope, *offset;
} norm_factors;

/// The same for one channel in Float64, the mean being high + low.
typedef struct {
  double high, low, inverse, output_factor, shift, factor, slope, offset;
} norm_wide_factors;

/// Factors of weighted kernels, one per channel in Float64, the mean being high + low. Forward kernels need those up to
/// the shift, sums and constant gradients no slope and offset. Kernels may read sixteen numbers from any channel on.
typedef struct {
  const double *high, *low, *inverse, *output_factor, *shift, *factor, *slope, *offset;
} norm_weighted_factors;

/// The kernels of one instruction set for one element type, which every `void` pointer points to.
///
/// Moments of a block: the mean is high + low, m2 the sum of squared deviations. Sums: sum(g), sum(g * n).
/// A block of which these are taken has at most norm_block_rows rows (of columns, times norm_rows_abreast) or
/// norm_block_slots vectors (of runs).
typedef struct {
  void (*moments_columns)(const norm_block *b, double *high, double *low, double *m2);
  void (*moments_runs)(const norm_block *b, double *high, double *low, double *m2);
  void (*normalize_columns)(const norm_block *b, const norm_factors *f);
  void (*normalize_runs)(const norm_block *b, const norm_factors *f);
  void (*sums_columns)(const norm_block *b, const norm_factors *f, double *sum, double *product);
  void (*sums_runs)(const norm_block *b, const norm_factors *f, double *sum, double *product);
  void (*gradient_columns)(const norm_block *b, const norm_factors *f);
  void (*gradient_runs)(const norm_block *b, const norm_factors *f);
  /// Takes the statistics of sets (runs of any length in a single row) and normalises them, some at
  /// a time while they are in the first-level cache. Without element_scale a set has `channels` channels of equally
  /// many neighbouring elements, with a scale and a shift each (or NULL): those of set s begin at
  /// (turn + s) mod turns * channels. The output lies elsewhere than x.
  ///
  /// Returns false where the element type could not carry a channel: then the output is not valid.
  bool (*normalize_whole_sets)(const norm_block *b, size_t channels, double epsilon, bool centered,
                               const double *scale, const double *shift, double *high, double *low,
                               double *variance, double *inverse);
  /// The gradient of runs with element_scale, each a set; for every element of a run, adds to `sum` and `product` the
  /// sums over the sets of dy and dy * n. The input's gradient lies elsewhere than x and dy.
  /// Where sets take turns, it begins with the first turn, takes whole sets, and there are sums for every turn.
  void (*gradient_sets)(const norm_block *b, const norm_factors *f, double *sum, double *product);
  /// The first element from `first` on whose sums the element type could not carry, or `end`.
  size_t (*next_suspect)(const double *sum, const double *product, size_t first, size_t end);
  /// Conversions between the element type and Float64.
  void (*widen)(const void *x, size_t count, double *y);
  void (*narrow)(const double *x, size_t count, void *y);
  /// A copy past the caches, the yardstick of the benchmark.
  void (*copy_nontemporal)(const void *x, void *y, size_t count);

  // The same in Float64 throughout for one channel, elements first ..< first + count of each row of a single
  // column or run, for magnitudes that the element type cannot carry; any number of rows.
  void (*wide_moments)(const norm_block *b, size_t first, size_t count, double *high, double *low,
                       double *m2);
  void (*wide_normalize)(const norm_block *b, size_t first, size_t count,
                         const norm_wide_factors *f);
  void (*wide_sums)(const norm_block *b, size_t first, size_t count, const norm_wide_factors *f,
                    double *sum, double *product);
  void (*wide_gradient)(const norm_block *b, size_t first, size_t count,
                        const norm_wide_factors *f);
  /// The sums of gradient_sets in Float64, over all sets. Mean (high + low) and inverse are one per set.
  void (*wide_sums_of_sets)(const norm_block *b, const double *high, const double *low,
                            const double *inverse, double *sum, double *product);

  // Arithmetic per channel, in Float64. Joining moments (Chan, Golub and LeVeque 1979), for counts a and b:
  //   delta = mean_b - mean_a;  mean = mean_a + delta * b/(a+b);  m2 = m2_a + m2_b + delta^2 * ab/(a+b)

  /// Joins the moments b into a. `weight` is b/(a+b) and `factor` ab/(a+b) of the counts.
  void (*join_moments)(size_t width, double weight, double factor, double *high_a, double *low_a,
                       double *m2_a, const double *high_b, const double *low_b, const double *m2_b);
  /// Adds b to a.
  void (*join_sums)(size_t width, double *a, const double *b);
  /// Turns m2 into variance = m2/count; inverse = 1/sqrt(variance + epsilon), or 0 where that is 1/0.
  void (*finish_moments)(size_t width, double count, double epsilon, double *m2, double *inverse);
  /// For normalization by the root of the mean square: m2 becomes m2/count + mean^2, the mean square; the mean
  /// becomes 0.
  void (*finish_squares)(size_t width, double count, double epsilon, double *high, double *low,
                         double *m2, double *inverse);
  /// inverse = 1/sqrt(variance + epsilon), or 0 where that is 1/0.
  void (*inverse_deviations)(size_t width, double epsilon, const double *variance, double *inverse);

  // Factors for the kernels from statistics. `single` says that kernels run in Float32, whose numbers `center`
  // then holds. `scale` and `shift` may be NULL: 1 and 0.

  /// output = (x - center) * factor + offset, the same as scale * inverse * (x - (high + low)) + shift.
  /// `wide[c]` becomes 1 for a channel that Float32 cannot carry and the wide kernels have to treat.
  void (*normalize_factors)(size_t width, bool single, const double *high, const double *low,
                            const double *inverse, const double *scale, const double *shift,
                            double *center, double *factor, double *offset, unsigned char *wide);
  /// From sum(g) and sum(g * n), n = (x - center) * inverse: corrects `product` to the true mean where the
  /// channel is not wide, and gives dx = factor * g + slope * n + offset. `count` values per channel.
  void (*gradient_factors)(size_t width, double count, const double *high, const double *low,
                           const double *center, const double *inverse, const double *scale,
                           const unsigned char *wide, const double *sum, double *product,
                           double *factor, double *slope, double *offset);
  /// The last two after gradient_factors, for channels that share their statistics with others:
  ///   dx = inverse * (scale * dy - mean_sum - n * mean_product)
  /// where the means are those of scale * dy and scale * dy * n over all of them.
  void (*group_factors)(size_t width, const double *high, const double *low, const double *center,
                        const double *inverse, const unsigned char *wide, const double *mean_sum,
                        const double *mean_product, double *slope, double *offset);
  /// Whether every number is at least `low` and at most `high`; nan is not.
  bool (*all_within)(size_t width, const double *x, double low, double high);

  // With weights, see weighted.h. Positions of weight 0 enter no result; their outputs and gradients are 0.

  /// The sum of weights and of the products of any two of them; returns how many are positive.
  size_t (*weigh)(const void *weights, size_t count, double *total, double *pairs);
  /// The first weight that is neither 0 nor in low...high, or count.
  size_t (*find_weight_outside)(const void *weights, size_t count, double low, double high);
  /// Moments of a block whose weights sum to `total`; all 0 where that is 0.
  void (*weighted_moments_columns)(const norm_block *b, double total, double *high, double *low,
                                   double *m2);
  void (*weighted_moments_runs)(const norm_block *b, double total, double *high, double *low,
                                double *m2);
  void (*weighted_normalize_columns)(const norm_block *b, const norm_weighted_factors *f);
  void (*weighted_normalize_runs)(const norm_block *b, const norm_weighted_factors *f);
  /// sum(dy) and sum(dy * n) over positive weights, themselves unweighted.
  void (*weighted_sums_columns)(const norm_block *b, const norm_weighted_factors *f, double *sum,
                                double *product);
  void (*weighted_sums_runs)(const norm_block *b, const norm_weighted_factors *f, double *sum,
                             double *product);
  void (*weighted_gradient_columns)(const norm_block *b, const norm_weighted_factors *f);
  void (*weighted_gradient_runs)(const norm_block *b, const norm_weighted_factors *f);
} norm_kernels;

/// Tells the processor that a loop waits.
static inline void norm_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __builtin_arm_yield();
#endif
}

/// The kernels of an instruction set for Float32 and Float64, or NULL where this build has none.
const norm_kernels *norm_kernels_f32(norm_isa isa);
const norm_kernels *norm_kernels_f64(norm_isa isa);

/// Whether this build and this processor can run an instruction set.
bool norm_isa_available(norm_isa isa);

/// The first channel from `first` on that is wide, or `end`.
size_t norm_next_wide(const unsigned char *wide, size_t first, size_t end);

#endif
