// Joins of block results, in Float64 without fused operations.

static void CHANNEL(join_moments)(size_t width, double weight, double factor, double *restrict high_a,
                       double *restrict low_a, double *restrict m2_a, const double *restrict high_b,
                       const double *restrict low_b, const double *restrict m2_b) {
  for (size_t c = 0; c < width; c++) {
    double delta = (high_b[c] - high_a[c]) + (low_b[c] - low_a[c]);
    double mean = high_a[c], step = low_a[c] + delta * weight;
    double sum = mean + step, part = sum - mean;  // Knuth's two-sum: no digit of the mean is lost
    high_a[c] = sum;
    low_a[c] = (mean - (sum - part)) + (step - part);
    m2_a[c] = (m2_a[c] + m2_b[c]) + delta * delta * factor;
  }
}

static void CHANNEL(join_sums)(size_t width, double *restrict a, const double *restrict b) {
  for (size_t c = 0; c < width; c++) a[c] += b[c];
}
