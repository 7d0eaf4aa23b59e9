// One channel in Float64, for magnitudes whose squares, sums or factors leave the range of Float32.
// Rare, so plain loops; one build, so one result on every instruction set.

#include "variants.h"

#pragma clang fp contract(off)

#define NORM_WIDE(S, NAME)                                                                         \
  void norm_wide_moments_##NAME(const void *x_, size_t rows, size_t inner, size_t stride,          \
                                double *high, double *low, double *m2) {                           \
    const S *x = x_;                                                                               \
    double first = x[0], count = (double)rows * (double)inner, sum = 0, s1 = 0, s2 = 0;            \
    for (size_t r = 0; r < rows; r++)                                                              \
      for (size_t i = 0; i < inner; i++) sum += (double)x[r * stride + i] - first;                 \
    double center = first + sum / count;                                                           \
    for (size_t r = 0; r < rows; r++)                                                              \
      for (size_t i = 0; i < inner; i++) {                                                         \
        double d = (double)x[r * stride + i] - center;                                             \
        s1 += d;                                                                                   \
        s2 += d * d;                                                                               \
      }                                                                                            \
    double step = s1 / count, mean = center + step, part = mean - center;                          \
    double squares = s2 - s1 * step;                                                               \
    *high = mean;                                                                                  \
    *low = (center - (mean - part)) + (step - part);                                               \
    *m2 = squares < 0 ? 0 : squares;                                                               \
  }                                                                                                \
                                                                                                   \
  void norm_wide_normalize_##NAME(const void *x_, void *y_, size_t rows, size_t inner,             \
                                  size_t stride, double high, double low, double factor,           \
                                  double shift) {                                                  \
    const S *x = x_;                                                                               \
    S *y = y_;                                                                                     \
    for (size_t r = 0; r < rows; r++)                                                              \
      for (size_t i = 0; i < inner; i++) {                                                         \
        double d = ((double)x[r * stride + i] - high) - low;                                       \
        y[r * stride + i] = (S)(d * factor + shift);                                               \
      }                                                                                            \
  }                                                                                                \
                                                                                                   \
  void norm_wide_sums_##NAME(const void *x_, const void *dy_, size_t rows, size_t inner,           \
                             size_t stride, double high, double low, double inverse, double *sum,  \
                             double *product) {                                                    \
    const S *x = x_, *dy = dy_;                                                                    \
    double s = 0, t = 0;                                                                           \
    for (size_t r = 0; r < rows; r++)                                                              \
      for (size_t i = 0; i < inner; i++) {                                                         \
        double g = dy[r * stride + i];                                                             \
        s += g;                                                                                    \
        t += g * ((((double)x[r * stride + i] - high) - low) * inverse);                           \
      }                                                                                            \
    *sum = s;                                                                                      \
    *product = t;                                                                                  \
  }                                                                                                \
                                                                                                   \
  void norm_wide_gradient_##NAME(const void *x_, const void *dy_, void *dx_, size_t rows,          \
                                 size_t inner, size_t stride, double high, double low,             \
                                 double inverse, double factor, double slope, double offset) {     \
    const S *x = x_, *dy = dy_;                                                                    \
    S *dx = dx_;                                                                                   \
    for (size_t r = 0; r < rows; r++)                                                              \
      for (size_t i = 0; i < inner; i++) {                                                         \
        double n = (((double)x[r * stride + i] - high) - low) * inverse;                           \
        dx[r * stride + i] = (S)(factor * dy[r * stride + i] + (slope * n + offset));              \
      }                                                                                            \
  }

NORM_WIDE(float, f32)
NORM_WIDE(double, f64)
