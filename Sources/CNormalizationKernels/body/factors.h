// Per-channel factors for the kernels, in Float64 without fused operations. Conditions select instead of branching,
// so that loops become vectors.

#define INLINE static inline __attribute__((always_inline))

// Float32 carries what lies well inside its range (2^-126 to 2^128). Beyond these bounds differences,
// factors or products could overflow or lose digits, and the channel is done in Float64.
#define NORM_LARGEST 0x1p100
#define NORM_SMALLEST 0x1p-100

INLINE unsigned char CHANNEL(exceeds_single)(double mean, double inverse, double factor) {
  const double m = __builtin_fabs(mean), f = __builtin_fabs(factor);
  const bool outside = (m > NORM_LARGEST) |
                       ((inverse != 0) & ((inverse < NORM_SMALLEST) | (inverse > NORM_LARGEST))) |
                       (f > NORM_LARGEST) | ((f != 0) & (f < NORM_SMALLEST));
  // Infinite and nan means give nan either way.
  return outside & (m < __builtin_inf()) & (inverse < __builtin_inf());
}

static void CHANNEL(inverse_deviations)(size_t width, double epsilon, const double *restrict variance,
                                        double *restrict inverse) {
  for (size_t c = 0; c < width; c++) {
    const double sum = variance[c] + epsilon, quotient = 1 / __builtin_elementwise_sqrt(sum);
    inverse[c] = sum == 0 ? 0 : quotient;
  }
}

static void CHANNEL(finish_moments)(size_t width, double count, double epsilon, double *restrict m2,
                                    double *restrict inverse) {
  for (size_t c = 0; c < width; c++) m2[c] /= count;
  CHANNEL(inverse_deviations)(width, epsilon, m2, inverse);
}

static void CHANNEL(finish_squares)(size_t width, double count, double epsilon,
                                    double *restrict high, double *restrict low,
                                    double *restrict m2, double *restrict inverse) {
  for (size_t c = 0; c < width; c++) {
    const double mean = high[c] + low[c];
    m2[c] = m2[c] / count + mean * mean;
    high[c] = low[c] = 0;
  }
  CHANNEL(inverse_deviations)(width, epsilon, m2, inverse);
}

static void CHANNEL(normalize_factors)(size_t width, bool single, const double *restrict high,
                                       const double *restrict low, const double *restrict inverse,
                                       const double *restrict scale, const double *restrict shift,
                                       double *restrict center, double *restrict factor,
                                       double *restrict offset, unsigned char *restrict wide) {
  if (scale)
    for (size_t c = 0; c < width; c++) factor[c] = scale[c] * inverse[c];
  else
    for (size_t c = 0; c < width; c++) factor[c] = inverse[c];
  if (single)
    for (size_t c = 0; c < width; c++) center[c] = (double)(float)high[c];
  else
    for (size_t c = 0; c < width; c++) center[c] = high[c];
  for (size_t c = 0; c < width; c++) offset[c] = 0 + factor[c] * ((center[c] - high[c]) - low[c]);
  if (shift)
    for (size_t c = 0; c < width; c++) offset[c] = shift[c] + offset[c];
  if (single)
    for (size_t c = 0; c < width; c++)
      wide[c] = CHANNEL(exceeds_single)(high[c], inverse[c], factor[c]);
  else
    for (size_t c = 0; c < width; c++) wide[c] = 0;
}

// By how much the kernels' n is larger than the true one: (mean - center) * inverse.
INLINE double CHANNEL(excess)(double high, double low, double center, double inverse,
                              unsigned char wide) {
  const double miss = ((high - center) + low) * inverse;
  return wide ? 0 : miss;
}

static void CHANNEL(gradient_factors)(size_t width, double count, const double *restrict high,
                                      const double *restrict low, const double *restrict center,
                                      const double *restrict inverse, const double *restrict scale,
                                      const unsigned char *restrict wide,
                                      const double *restrict sum, double *restrict product,
                                      double *restrict factor, double *restrict slope,
                                      double *restrict offset) {
  for (size_t c = 0; c < width; c++) {
    const double a = (scale ? scale[c] : 1) * inverse[c];
    const double excess = CHANNEL(excess)(high[c], low[c], center[c], inverse[c], wide[c]);
    const double corrected = product[c] - excess * sum[c];
    product[c] = excess == 0 ? product[c] : corrected;  // also where the sum is not finite
    factor[c] = a;
    slope[c] = -a * (product[c] / count);
    offset[c] = -a * (sum[c] / count) - slope[c] * excess;
  }
}

static void CHANNEL(group_factors)(size_t width, const double *restrict high,
                                   const double *restrict low, const double *restrict center,
                                   const double *restrict inverse,
                                   const unsigned char *restrict wide,
                                   const double *restrict mean_sum,
                                   const double *restrict mean_product, double *restrict slope,
                                   double *restrict offset) {
  for (size_t c = 0; c < width; c++) {
    const double excess = CHANNEL(excess)(high[c], low[c], center[c], inverse[c], wide[c]);
    slope[c] = -inverse[c] * mean_product[c];
    offset[c] = -inverse[c] * mean_sum[c] - slope[c] * excess;
  }
}

static bool CHANNEL(all_within)(size_t width, const double *x, double low, double high) {
  long long outside = 0;
  for (size_t c = 0; c < width; c++) outside |= !((x[c] >= low) & (x[c] <= high));
  return !outside;
}

#undef INLINE
#undef NORM_LARGEST
#undef NORM_SMALLEST
