// Sets of values that are normalised together: layer, RMS, group and instance normalization.

// Sets treated at a time stay in the first-level cache; so many channels have factors at a time.
#define NORM_CACHED 16384
#define NORM_AT_ONCE 32
#define NORM_FACTORS 128

// Normalises channels first ..< first + count of a block of sets, whose statistics are known.
// Returns whether Float32 carries them.
static bool VEC(normalize_channels)(const norm_block *b, size_t channels, size_t first,
                                    size_t count, const double *scale, const double *shift,
                                    const double *high, const double *low, const double *inverse) {
  double of[5][NORM_FACTORS], center[NORM_FACTORS], factor[NORM_FACTORS], offset[NORM_FACTORS];
  unsigned char wide[NORM_FACTORS];
  S rounded[3][NORM_FACTORS];
  size_t set = first / channels, channel = first % channels;
  const size_t turns = b->turns > 1 ? b->turns : 1;
  size_t turn = (b->turn + set) % turns;
  for (size_t k = 0; k < count; k++) {
    of[0][k] = high[set], of[1][k] = low[set], of[2][k] = inverse[set];
    if (scale) of[3][k] = scale[turn * channels + channel];
    if (shift) of[4][k] = shift[turn * channels + channel];
    if (++channel == channels) {
      channel = 0, set++;
      if (++turn == turns) turn = 0;
    }
  }
  CHANNEL(normalize_factors)(count, NORM_S_IS_FLOAT, of[0], of[1], of[2], scale ? of[3] : NULL,
                             shift ? of[4] : NULL, center, factor, offset, wide);
  for (size_t k = 0; k < count; k++)
    if (wide[k]) return false;
  VEC(narrow_all)(center, count, rounded[0]);
  VEC(narrow_all)(factor, count, rounded[1]);
  VEC(narrow_all)(offset, count, rounded[2]);
  const norm_factors f = {.center = rounded[0], .output_factor = rounded[1], .output_offset = rounded[2]};
  norm_block part = *b;
  const size_t length = b->length / channels, at = first * length;
  part.x = (const S *)b->x + at, part.y = (S *)b->y + at;
  part.channels = count, part.length = part.pitch = length;
  part.turn = (b->turn + first / channels) % turns;
  VEC(normalize_runs)(&part, &f);
  return true;
}

// The moments of a set of any length: sections are blocks, joined in the order of the reduction tree (two neighbours of
// equal size where the left one begins at a multiple of both; what is left at the end, the last two first).
static void VEC(moments_of_set)(const norm_block *set, double *high, double *low, double *m2) {
  enum { section = norm_block_slots * norm_lanes, most = 2 * 64 };
  if (set->length <= section) return VEC(moments_of_run)(set, high, low, m2);
  struct {
    size_t blocks;
    double count, high, low, m2;
  } nodes[most];
  size_t count = 0, blocks = 0;
#define JOIN_LAST_TWO                                                                              \
  {                                                                                                \
    const double a = nodes[count - 2].count, b = nodes[count - 1].count, share = b / (a + b);      \
    CHANNEL(join_moments)(1, share, a * share, &nodes[count - 2].high, &nodes[count - 2].low,      \
                          &nodes[count - 2].m2, &nodes[count - 1].high, &nodes[count - 1].low,     \
                          &nodes[count - 1].m2);                                                   \
    nodes[count - 2].blocks += nodes[count - 1].blocks;                                            \
    nodes[count - 2].count += nodes[count - 1].count;                                              \
    count--;                                                                                       \
  }
  for (size_t at = 0; at < set->length; at += section) {
    norm_block part = *set;
    part.x = (const S *)set->x + at;
    part.length = set->length - at < section ? set->length - at : section;
    part.ahead = (ptrdiff_t)part.length;
    nodes[count].blocks = 1, nodes[count].count = (double)part.length;
    VEC(moments_of_run)(&part, &nodes[count].high, &nodes[count].low, &nodes[count].m2);
    count++, blocks++;
    while (count >= 2 && nodes[count - 2].blocks == nodes[count - 1].blocks &&
           blocks % (2 * nodes[count - 1].blocks) == 0)
      JOIN_LAST_TWO
  }
  while (count >= 2) JOIN_LAST_TWO
#undef JOIN_LAST_TWO
  *high = nodes[0].high, *low = nodes[0].low, *m2 = nodes[0].m2;
}

static bool VEC(normalize_whole_sets)(const norm_block *b, size_t channels, double epsilon,
                                      bool centered, const double *scale, const double *shift,
                                      double *high, double *low, double *variance,
                                      double *inverse) {
  size_t at_once = NORM_CACHED / (b->length * sizeof(S)) / 4 * 4;
  if (at_once == 0) at_once = b->length * sizeof(S) <= 2 * NORM_CACHED ? 4 : 1;
  if (at_once > NORM_AT_ONCE) at_once = NORM_AT_ONCE;
  for (size_t first = 0; first < b->channels; first += at_once) {
    const size_t left = b->channels - first, sets = left < at_once ? left : at_once;
    for (size_t s = first; s < first + sets; s++) {
      const norm_block run = VEC(run)(b, s);
      VEC(moments_of_set)(&run, high + s, low + s, variance + s);
    }
    if (centered)
      CHANNEL(finish_moments)(sets, (double)b->length, epsilon, variance + first, inverse + first);
    else
      CHANNEL(finish_squares)(sets, (double)b->length, epsilon, high + first, low + first,
                              variance + first, inverse + first);
    const size_t end = (first + sets) * channels;
    for (size_t c = first * channels; c < end; c += NORM_FACTORS) {
      const size_t rest = end - c, count = rest < NORM_FACTORS ? rest : NORM_FACTORS;
      if (!VEC(normalize_channels)(b, channels, c, count, scale, shift, high, low, inverse))
        return false;
    }
  }
  return true;
}

// The backward pass where scale and shift belong to the elements of a run (layer and RMS normalization). A set's own
// sums are those of gradients.h with norm_gate_scale; here follow the input's gradient, and over the sets the sums that
// are the gradients of scale and shift:
//   dx = factor * dy * element_scale + slope * n' + offset       n' = (x - center) * inverse
//   sum += dy                            product += dy * n       n  = n' + output_offset, exact also where the mean is
//                                                                large beside the deviation

// Sets whose sums stay in the element type before they join in Float64.
#define NORM_SETS 8

INLINE void VEC(add_to)(double *total, size_t n, V v) {
  D sum = VEC(widen)(v), before = {0};
  __builtin_memcpy(&before, total, n * sizeof(double));
  sum += before;
  __builtin_memcpy(total, &sum, n * sizeof(double));
}

// Vectors of a tile of sets, or the first n elements of a single one.
INLINE void VEC(gradient_of_tile)(const norm_block *b, const norm_factors *f, size_t every,
                                  size_t first, size_t sets, size_t i, size_t vectors, size_t n, double *sum,
                                  double *product) {
#define FACTOR(name) VEC(splat)(((const S *)f->name)[s * every])
  const V zero = VEC(splat)(0);
  V p[4], q[4], e[4];
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    p[v] = q[v] = zero;
    e[v] = VEC(load_n)((const S *)b->element_scale + i + v * 16, n, zero);
  }
  for (size_t s = first; s < first + sets; s++) {
    const V center = FACTOR(center), inverse = FACTOR(inverse), rest = FACTOR(output_offset);
    const V factor = FACTOR(factor), slope = FACTOR(slope), offset = FACTOR(offset);
    NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
      const size_t at = s * every * b->pitch + i + v * 16;
      __builtin_prefetch((S *)b->y + at + vectors * 16, 1, 3);
      VEC(prefetch)((const S *)b->x + at + vectors * 16);
      VEC(prefetch)((const S *)b->dy + at + vectors * 16);
      const V x = VEC(load_n)((const S *)b->x + at, n, center);
      const V dy = VEC(load_n)((const S *)b->dy + at, n, zero);
      const V d = x - center;
      const V dx = VEC(fma)(factor, dy * e[v], VEC(fma)(slope, d * inverse, offset));
      VEC(store_n)((S *)b->y + at, n, dx, false);
      p[v] += dy;
      q[v] = VEC(fma)(dy, VEC(fma)(d, inverse, rest), q[v]);
    }
  }
#undef FACTOR
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    VEC(add_to)(sum + i + v * 16, n, p[v]);
    VEC(add_to)(product + i + v * 16, n, q[v]);
  }
}

// Every `every`-th set of a block.
INLINE void VEC(gradient_of_turn)(const norm_block *b, const norm_factors *given, size_t every,
                                  double *sum, double *product) {
  const norm_factors factors = *given, *f = &factors;
  const size_t count = b->channels / every;
  for (size_t first = 0; first < count; first += NORM_SETS) {
    const size_t left = count - first, sets = left < NORM_SETS ? left : NORM_SETS;
    size_t i = 0;
    for (; i + NORM_TILE * 16 <= b->length; i += NORM_TILE * 16)
      VEC(gradient_of_tile)(b, f, every, first, sets, i, NORM_TILE, 16, sum, product);
    for (; i + 16 <= b->length; i += 16)
      VEC(gradient_of_tile)(b, f, every, first, sets, i, 1, 16, sum, product);
    if (i < b->length)
      VEC(gradient_of_tile)(b, f, every, first, sets, i, 1, b->length - i, sum, product);
  }
}

static void VEC(gradient_sets)(const norm_block *given, const norm_factors *f, double *sum,
                               double *product) {
  NORM_LOCAL_BLOCK
  if (b->turns <= 1) return VEC(gradient_of_turn)(b, f, 1, sum, product);
  for (size_t turn = 0; turn < b->turns; turn++) {
    norm_block part = *b;
    const size_t at = turn * b->pitch;
    part.x = (const S *)b->x + at, part.dy = (const S *)b->dy + at, part.y = (S *)b->y + at;
    part.element_scale = (const S *)b->element_scale + at;
#define FROM(name) .name = (const S *)f->name + turn
    const norm_factors factors = {FROM(center), FROM(inverse), FROM(output_offset), FROM(factor),
                                  FROM(slope),  FROM(offset)};
#undef FROM
    VEC(gradient_of_turn)(&part, &factors, b->turns, sum + at, product + at);
  }
}

static size_t VEC(next_suspect)(const double *sum, const double *product, size_t first,
                                size_t end) {
  if (!NORM_S_IS_FLOAT) return end;
  for (; first < end; first++)
    if (VEC(sums_suspect)(sum[first], product[first])) break;
  return first;
}
