// Moments of a block, in one pass around a number near its mean.
//
//   x0 = its first element           center = x0 + average(x - x0) over the first eighth of the block
//   d  = x - center                  s1 = sum(x) - n*center, s2 = sum(d*d)
//   mean = center + s1/n             m2 = s2 - s1*s1/n
//
// s1 is in Float64, and of x itself: sums in Float32 leave the mean good to some 1e-8 deviations, and so does the
// rounding of d, which is the same for many x where center has more digits than they have. (Float64 elements: sum(d),
// so that large means cost no digits.) s2 may be in the element type: its errors are relative to the deviation.
// What center misses of the mean, s1 brings back; it only must not be far from it, or s2 - s1*s1/n would
// cancel. Where it is (s1*s1/n above 0.6 s2: the eighth was no fair sample), the block is done again around
// center + s1/n. Starting from x0 makes a constant block exact (every difference is 0) and keeps large means
// from costing digits: x - x0 and x - center are exact where the spread is small beside the mean (Sterbenz).

#define NORM_SAMPLE 8
#define NORM_UNFAIR 0.6

// Float32 could not carry sums that are not finite (overflow; or an element is not finite, and then Float64
// says so too), and sums of squares so small that squares may have vanished.
#define NORM_TINY_SQUARES 0x1p-80

INLINE bool VEC(suspect)(double s1, double s2) {
#if NORM_S_IS_FLOAT
  return !(s2 >= NORM_TINY_SQUARES && s2 <= 0x1.fffffep127 &&
           __builtin_fabs(s1) <= 0x1.fffffep127);
#else
  (void)s1, (void)s2;
  return false;
#endif
}

static bool VEC(is_constant)(const S *x, size_t rows, size_t inner, size_t stride) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < inner; i++)
      if (!(x[r * stride + i] == x[0])) return false;
  return true;
}

// Rows of columns: NORM_TILE vectors side by side, so that a row's cache lines are read together. Partial
// sums take eight rows before they join those of the rows before: no chain of additions exceeds eight.
#define NORM_ROWS 8
#define NORM_TILE (NORM_S_IS_FLOAT ? 4 : 2)

// Elements from a tile of a block to the one that is read next: to its right, or the first of the next block.
// Reading ahead by so much keeps the memory busy while sums are joined. Rows so far apart that they share the sets
// of a cache would drive each other out: none is read ahead.
#define NORM_FAR_ROWS 16384
INLINE ptrdiff_t VEC(ahead)(const norm_block *b, size_t column, size_t vectors) {
  const size_t right = vectors * 16;
  if (b->stride * sizeof(S) >= NORM_FAR_ROWS) return 0;
  return column + right < b->length ? (ptrdiff_t)right : b->ahead - (ptrdiff_t)column;
}

// Sums around `center` of `vectors` vectors of columns; of a single one, perhaps only its first n.
INLINE void VEC(deviations)(const S *x, size_t rows, size_t stride, size_t vectors, size_t n,
                            ptrdiff_t ahead, const V *center, D *s1, V *s2) {
  V zero = VEC(splat)(0);
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) s1[v] = VEC(widen)(zero), s2[v] = zero;
  for (size_t r = 0; r < rows;) {
    size_t end = rows - r < NORM_ROWS ? rows : r + NORM_ROWS;
    V b[4] = {zero, zero, zero, zero};
    for (; r < end; r++) {
      const S *p = x + r * stride;
      NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
        VEC(prefetch)(p + ahead + v * 16);
        const V e = VEC(load_n)(p + v * 16, n, center[v]), d = e - center[v];
        s1[v] += VEC(widen)(NORM_S_IS_FLOAT ? e : d);
        b[v] = VEC(fma)(d, d, b[v]);
      }
    }
    NORM_UNROLL for (size_t v = 0; v < vectors; v++) s2[v] += b[v];
  }
  NORM_UNROLL for (size_t v = 0; NORM_S_IS_FLOAT && v < vectors; v++)
    s1[v] -= (double)rows * VEC(widen)(center[v]);
}

INLINE void VEC(moments_tile)(const norm_block *b, size_t column, size_t vectors, size_t n,
                              double *high, double *low, double *m2) {
  const S *x = (const S *)b->x + column;
  const size_t rows = b->rows, stride = b->stride;
  high += column, low += column, m2 += column;
  V zero = VEC(splat)(0), center[4], s2[4];
  D s1[4];
  const size_t sample = (rows + NORM_SAMPLE - 1) / NORM_SAMPLE;
  const V share = VEC(splat)((S)(1.0 / (double)sample));
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    V first = VEC(load_n)(x + v * 16, n, zero), sum = zero;
    for (size_t r = 1; r < sample; r++)
      sum += VEC(load_n)(x + r * stride + v * 16, n, first) - first;
    center[v] = first + sum * share;
  }
  VEC(deviations)(x, rows, stride, vectors, n, VEC(ahead)(b, column, vectors), center, s1, s2);

  const double inverse_count = 1.0 / (double)rows;
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    D sum = s1[v], square = VEC(widen)(s2[v]), step = sum * inverse_count;
    VEC(B) unfair = sum * step > NORM_UNFAIR * square;  // false in lanes from n on: all 0 there
    bool suspect = NORM_S_IS_FLOAT &&
                   __builtin_reduce_or(
                       ~((square >= NORM_TINY_SQUARES) & (square <= 0x1.fffffep127))) != 0;
    if (__builtin_expect(__builtin_reduce_or(unfair) != 0, 0)) {
      V moved = center[v];
      NORM_ROLLED for (size_t i = 0; i < n; i++)
        if (unfair[i]) moved[i] = center[v][i] + (S)step[i];
      center[v] = moved;
      VEC(deviations)(x + v * 16, rows, stride, 1, n, 0, &moved, &s1[v], &s2[v]);
      sum = s1[v], square = VEC(widen)(s2[v]), step = sum * inverse_count;
      suspect = true;
    }
    // mean = center + step as high + low (Knuth's two-sum)
    D c = VEC(widen)(center[v]), mean = c + step, part = mean - c, squares = square - sum * step;
    D rest = (c - (mean - part)) + (step - part);
    squares = (D)(~(squares < 0) & (VEC(B))squares);  // rounding below 0; nan stays
    __builtin_memcpy(high + v * 16, &mean, n * sizeof(double));
    __builtin_memcpy(low + v * 16, &rest, n * sizeof(double));
    __builtin_memcpy(m2 + v * 16, &squares, n * sizeof(double));
    if (__builtin_expect(suspect, 0))
      NORM_ROLLED for (size_t i = 0; i < n; i++) {
        const size_t at = v * 16 + i;
        if (VEC(suspect)(sum[i], square[i]) && !VEC(is_constant)(x + at, rows, 1, stride))
          NORM_WIDE(moments)(b, column + at, 1, high + at, low + at, m2 + at);
      }
  }
}

static void VEC(moments_dense)(const norm_block *b, double *high, double *low, double *m2) {
  size_t c = 0;
  for (; c + NORM_TILE * 16 <= b->length; c += NORM_TILE * 16)
    VEC(moments_tile)(b, c, NORM_TILE, 16, high, low, m2);
  for (; c + 16 <= b->length; c += 16) VEC(moments_tile)(b, c, 1, 16, high, low, m2);
  if (c < b->length) VEC(moments_tile)(b, c, 1, b->length - c, high, low, m2);
}

static void VEC(moments_columns)(const norm_block *b, double *high, double *low, double *m2) {
  norm_block w;
  size_t width = b->length, abreast = 0;
  if (VEC(is_abreast)(b)) abreast = VEC(abreast_part)(b, 0, &w);
  if (abreast == 0) {
    VEC(moments_dense)(b, high, low, m2);
    return;
  }
  double mean[NORM_ABREAST_WIDTH], rest[NORM_ABREAST_WIDTH], squares[NORM_ABREAST_WIDTH];
  VEC(moments_dense)(&w, mean, rest, squares);
  double count = (double)w.rows;
  for (size_t half = abreast / 2; half > 0; half /= 2, count *= 2) {
    const size_t at = half * width;
    CHANNEL(join_moments)(at, 0.5, count / 2, mean, rest, squares, mean + at, rest + at, squares + at);
  }
  __builtin_memcpy(high, mean, width * sizeof(double));
  __builtin_memcpy(low, rest, width * sizeof(double));
  __builtin_memcpy(m2, squares, width * sizeof(double));
  const size_t left = VEC(abreast_part)(b, 1, &w);
  if (left == 0) return;
  w.rows = left, w.length = w.stride = width;  // rows again: their moments are of channels
  VEC(moments_dense)(&w, mean, rest, squares);
  const double share = (double)left / (double)b->rows;
  CHANNEL(join_moments)(width, share, count * share, high, low, m2, mean, rest, squares);
}

// Runs: eight partial sums, see slots.h.
INLINE void VEC(deviations_slots)(const norm_block *block, size_t slots, S center, double *s1,
                                  double *s2) {
  const S *x = block->x;
  const size_t rows = block->rows, inner = block->length, stride = block->stride;
  V zero = VEC(splat)(0), c = VEC(splat)(center);
  D a[2] = {VEC(widen)(zero), VEC(widen)(zero)};
  V b[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
#define PASS(v, k, row, slot, n)                                                                          \
  {                                                                                                \
    VEC(prefetch)(x + (row) * stride + (slot) * 16 + VEC(ahead_of_slot)(block, slot));              \
    V d = (v) - c;                                                                                 \
    a[(k) % 2] += VEC(widen)(NORM_S_IS_FLOAT ? (v) : d);                                           \
    b[k] = VEC(fma)(d, d, b[k]);                                                  \
  }
  NORM_FOR_SLOTS(c, PASS)
#undef PASS
  const double added = NORM_S_IS_FLOAT ? (double)center * (double)(rows * slots * 16) : 0;
  *s1 = VEC(total)(a[0] + a[1]) - added;  // lanes past the end hold the center
  *s2 = VEC(total)(VEC(widen)(VEC(join8)(b)));
}

// center = x0 + average(x - x0) over about an eighth of the block: whole rows, or vectors of the first.
INLINE S VEC(sample_center)(const S *x, size_t rows, size_t inner, size_t stride, size_t slots) {
  size_t count = (rows * slots + NORM_SAMPLE - 1) / NORM_SAMPLE;
  size_t sampled = (count + slots - 1) / slots, length = inner;
  if (count < slots) length = count * 16 < inner ? count * 16 : inner;
  V first = VEC(splat)(x[0]), sum = VEC(splat)(0);
  for (size_t r = 0; r < sampled; r++) {
    const S *p = x + r * stride;
    size_t i = 0;
    for (; i + 16 <= length; i += 16) sum += VEC(load)(p + i) - first;
    if (i < length) sum += VEC(load_part)(p + i, length - i, first) - first;
  }
  return x[0] + (S)(VEC(total)(VEC(widen)(sum)) / (double)(sampled * length));
}

INLINE void VEC(moments_slots)(const norm_block *b, size_t slots, double *high, double *low,
                               double *m2) {
  const S *x = b->x;
  const size_t rows = b->rows, inner = b->length, stride = b->stride;
  const double count = (double)(rows * inner);
  S center = VEC(sample_center)(x, rows, inner, stride, slots);
  double s1, s2;
  VEC(deviations_slots)(b, slots, center, &s1, &s2);
  if (__builtin_expect(s1 * (s1 / count) > NORM_UNFAIR * s2, 0)) {
    center += (S)(s1 / count);
    VEC(deviations_slots)(b, slots, center, &s1, &s2);
  }
  if (__builtin_expect(VEC(suspect)(s1, s2), 0) && !VEC(is_constant)(x, rows, inner, stride)) {
    return NORM_WIDE(moments)(b, 0, inner, high, low, m2);
  }
  double step = s1 / count, c = (double)center, mean = c + step, part = mean - c;
  double squares = s2 - s1 * step;
  *high = mean;
  *low = (c - (mean - part)) + (step - part);
  *m2 = squares < 0 ? 0 : squares;
}

static void VEC(moments_of_run)(const norm_block *b, double *high, double *low, double *m2) {
  const size_t slots = (b->length + 15) / 16;
  switch (slots) {  // a constant count lets the partial sums live in registers
    case 1: VEC(moments_slots)(b, 1, high, low, m2); break;
    case 2: VEC(moments_slots)(b, 2, high, low, m2); break;
    case 3: VEC(moments_slots)(b, 3, high, low, m2); break;
    case 4: VEC(moments_slots)(b, 4, high, low, m2); break;
    default: {
      __builtin_assume(slots > 4);
      VEC(moments_slots)(b, slots, high, low, m2);
    }
  }
}

static void VEC(moments_runs)(const norm_block *b, double *high, double *low, double *m2) {
  for (size_t c = 0; c < b->channels; c++) {
    const norm_block run = VEC(run)(b, c);
    VEC(moments_of_run)(&run, high + c, low + c, m2 + c);
  }
}
