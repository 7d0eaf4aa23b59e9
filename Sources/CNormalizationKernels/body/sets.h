// The backward pass of sets of values whose scale and shift belong to the elements of a run (layer and RMS
// normalization). A set's own sums are those of gradients.h with norm_gate_scale; here follow the input's gradient,
// and over the sets the sums that are the gradients of scale and shift:
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
