// Per-channel factors for the kernels, in Float64 without fused operations: one build, one result.

#include <string.h>

#include "normalization_kernels.h"

#pragma clang fp contract(off)

// Float32 carries what lies well inside its range (2^-126 to 2^128). Beyond these bounds differences,
// factors or products could overflow or lose digits, and the channel is done in Float64.
static const double largest = 0x1p100, smallest = 0x1p-100;

static bool exceeds_single(double mean, double inverse, double factor) {
  double m = __builtin_fabs(mean), f = __builtin_fabs(factor);
  if (!__builtin_isfinite(m) || !__builtin_isfinite(inverse)) return false;  // nan either way
  return m > largest || (inverse != 0 && (inverse < smallest || inverse > largest)) ||
         f > largest || (f != 0 && f < smallest);
}

static double inverse_deviation(double variance, double epsilon) {
  double sum = variance + epsilon;
  return sum == 0 ? 0 : 1 / __builtin_sqrt(sum);
}

void norm_inverse_deviations(size_t width, double epsilon, const double *variance, double *inverse) {
  for (size_t c = 0; c < width; c++) inverse[c] = inverse_deviation(variance[c], epsilon);
}

void norm_finish_moments(size_t width, double count, double epsilon, double *m2, double *inverse) {
  for (size_t c = 0; c < width; c++) m2[c] /= count;
  norm_inverse_deviations(width, epsilon, m2, inverse);
}

void norm_normalize_factors(size_t width, bool single, const double *high, const double *low,
                            const double *inverse, const double *scale, const double *shift,
                            double *center, double *factor, double *offset, unsigned char *wide) {
  for (size_t c = 0; c < width; c++) {
    double a = (scale ? scale[c] : 1) * inverse[c];
    double m = single ? (double)(float)high[c] : high[c];
    wide[c] = single && exceeds_single(high[c], inverse[c], a);
    center[c] = m;
    factor[c] = a;
    offset[c] = (shift ? shift[c] : 0) + a * ((m - high[c]) - low[c]);
  }
}

size_t norm_next_wide(const unsigned char *wide, size_t first, size_t end) {
  const unsigned char *found = first < end ? memchr(wide + first, 1, end - first) : NULL;
  return found ? (size_t)(found - wide) : end;
}

void norm_gradient_factors(size_t width, double count, const double *high, const double *low,
                           const double *center, const double *inverse, const double *scale,
                           const unsigned char *wide, const double *sum, double *product,
                           double *factor, double *slope, double *offset) {
  for (size_t c = 0; c < width; c++) {
    double a = (scale ? scale[c] : 1) * inverse[c];
    // The kernels' n is larger than the true one by (mean - center) * inverse.
    double excess = wide[c] ? 0 : ((high[c] - center[c]) + low[c]) * inverse[c];
    if (excess != 0) product[c] -= excess * sum[c];
    factor[c] = a;
    slope[c] = -a * (product[c] / count);
    offset[c] = -a * (sum[c] / count) - slope[c] * excess;
  }
}
