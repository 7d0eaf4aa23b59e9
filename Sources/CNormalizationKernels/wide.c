// One channel in Float64, for magnitudes whose squares, sums or factors leave the range of Float32.
// Rare, so plain loops; one build, so one result on every instruction set.

#include "variants.h"

#pragma clang fp contract(off)

// The word and bit of element i of row r.
static uint16_t *mask_word(const norm_block *b, size_t r, size_t i, size_t *bit) {
  size_t flat = r * b->length + i;
  *bit = (b->mask_stride ? i : flat) % norm_lanes;
  return b->mask + (b->mask_stride ? r * b->mask_stride + i / norm_lanes : flat / norm_lanes);
}

static bool mask_at(const norm_block *b, size_t r, size_t i) {
  size_t bit;
  return *mask_word(b, r, i, &bit) >> bit & 1;
}

static void set_mask(const norm_block *b, size_t r, size_t i, bool value) {
  size_t bit;
  uint16_t *word = mask_word(b, r, i, &bit);
  *word = (uint16_t)((*word & ~(1u << bit)) | (unsigned)value << bit);
}

static double deviation(double x, const norm_wide_factors *f) { return (x - f->high) - f->low; }

#define NORM_FOR_ELEMENTS                                                                          \
  for (size_t r = 0; r < b->rows; r++)                                                             \
    for (size_t i = first; i < first + count; i++)
#define NORM_AT (r * b->stride + i)

#define NORM_WIDE(S, NAME)                                                                         \
  void norm_wide_moments_##NAME(const norm_block *b, size_t first, size_t count, double *high,     \
                                double *low, double *m2) {                                         \
    const S *x = b->x;                                                                             \
    double x0 = x[first], values = (double)b->rows * (double)count, sum = 0, s1 = 0, s2 = 0;       \
    NORM_FOR_ELEMENTS sum += (double)x[NORM_AT] - x0;                                              \
    double center = x0 + sum / values;                                                             \
    NORM_FOR_ELEMENTS {                                                                            \
      double d = (double)x[NORM_AT] - center;                                                      \
      s1 += d;                                                                                     \
      s2 += d * d;                                                                                 \
    }                                                                                              \
    double step = s1 / values, mean = center + step, part = mean - center;                         \
    double squares = s2 - s1 * step;                                                               \
    *high = mean;                                                                                  \
    *low = (center - (mean - part)) + (step - part);                                               \
    *m2 = squares < 0 ? 0 : squares;                                                               \
  }                                                                                                \
                                                                                                   \
  static S output_##NAME(const norm_block *b, S x, size_t i, const norm_wide_factors *f) {         \
    const double v = deviation(x, f) * f->output_factor + f->shift;                                \
    const S *scale = b->element_scale, *shift = b->element_shift;                                  \
    return (S)(scale ? v * scale[i] + (shift ? shift[i] : 0) : v);                                 \
  }                                                                                                \
                                                                                                   \
  void norm_wide_normalize_##NAME(const norm_block *b, size_t first, size_t count,                 \
                                  const norm_wide_factors *f) {                                    \
    const S *x = b->x, *addend = b->addend;                                                        \
    S *y = b->y;                                                                                   \
    NORM_FOR_ELEMENTS {                                                                            \
      S v = output_##NAME(b, x[NORM_AT], i, f);                                                    \
      if (addend) v += addend[NORM_AT];                                                            \
      bool passes = !(b->relu && v <= 0);                                                          \
      y[NORM_AT] = passes ? v : 0;                                                                 \
      if (b->mask) set_mask(b, r, i, passes);                                                      \
    }                                                                                              \
  }                                                                                                \
                                                                                                   \
  static double gated_##NAME(const norm_block *b, size_t r, size_t i,                              \
                             const norm_wide_factors *f) {                                         \
    const S *x = b->x, *dy = b->dy, *scale = b->element_scale;                                     \
    if (b->gate == norm_gate_mask && !mask_at(b, r, i)) return 0;                                  \
    if (b->gate == norm_gate_output && output_##NAME(b, x[NORM_AT], i, f) <= 0) return 0;          \
    return b->gate == norm_gate_scale ? (double)dy[NORM_AT] * scale[i] : dy[NORM_AT];              \
  }                                                                                                \
                                                                                                   \
  void norm_wide_sums_##NAME(const norm_block *b, size_t first, size_t count,                      \
                             const norm_wide_factors *f, double *sum, double *product) {           \
    const S *x = b->x;                                                                             \
    S *kept = b->addend_gradient;                                                                  \
    double s = 0, t = 0;                                                                           \
    NORM_FOR_ELEMENTS {                                                                            \
      double g = gated_##NAME(b, r, i, f);                                                         \
      if (kept) kept[NORM_AT] = (S)g;                                                              \
      s += g;                                                                                      \
      t += g * (deviation(x[NORM_AT], f) * f->inverse);                                            \
    }                                                                                              \
    *sum = s;                                                                                      \
    *product = t;                                                                                  \
  }                                                                                                \
                                                                                                   \
  void norm_wide_gradient_##NAME(const norm_block *b, size_t first, size_t count,                  \
                                 const norm_wide_factors *f) {                                     \
    const S *x = b->x;                                                                             \
    S *dx = b->y;                                                                                  \
    NORM_FOR_ELEMENTS {                                                                            \
      double g = gated_##NAME(b, r, i, f), n = deviation(x[NORM_AT], f) * f->inverse;              \
      dx[NORM_AT] = (S)(b->constant ? f->factor * g : f->factor * g + (f->slope * n + f->offset)); \
    }                                                                                              \
  }                                                                                                \
                                                                                                   \
  void norm_wide_sums_of_sets_##NAME(const norm_block *b, const double *high, const double *low,   \
                                     const double *inverse, double *sum, double *product) {        \
    const S *x = b->x, *dy = b->dy;                                                                \
    for (size_t s = 0; s < b->channels; s++)                                                       \
      for (size_t i = 0; i < b->length; i++) {                                                     \
        const double g = dy[s * b->pitch + i];                                                     \
        const size_t at = b->turns > 1 ? s % b->turns * b->pitch + i : i;                          \
        sum[at] += g;                                                                              \
        product[at] += g * (((x[s * b->pitch + i] - high[s]) - low[s]) * inverse[s]);              \
      }                                                                                            \
  }

NORM_WIDE(float, f32)
NORM_WIDE(double, f64)
