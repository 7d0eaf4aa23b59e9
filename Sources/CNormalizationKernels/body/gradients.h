// The backward pass, with n = (x - center) * inverse computed again instead of stored:
//   sums      sum(g), sum(g * n) of a block
//   gradient  dx = factor * g + slope * n + offset, or factor * g where mean and variance are constants
// g is dy, or 0 where ReLU cut the output off: by the mask, or by the output computed again, to the same bits.
// What center misses of the mean is brought back by the caller, in Float64.

// Sums that Float32 could not carry are done again in Float64: overflow, or both so small that products
// may have lost digits below 2^-126. Both 0 is what output gradients of 0 give: nothing was lost.
#define NORM_TINY_SUM 0x1p-100
#define NORM_LARGE_SUM 0x1.fffffep127

INLINE bool VEC(sums_suspect)(double sum, double product) {
  const double size = __builtin_fabs(sum) + __builtin_fabs(product);
  return NORM_S_IS_FLOAT && !(size >= NORM_TINY_SUM && size <= NORM_LARGE_SUM) && size != 0;
}

// The same numbers for elements first ..< first + count of each row of a block, whose channel is number `channel`
// of the factors, in Float64. The gate compares Float32 outputs, as the forward pass did.
static void VEC(sums_again)(const norm_block *b, const norm_factors *f, size_t first, size_t count,
                            size_t channel, double *sum, double *product) {
  S x[norm_block_slots * norm_lanes], g[norm_block_slots * norm_lanes];
  const S center = ((const S *)f->center)[channel];
  // What a mask let through has been written.
  const S *source = b->gate == norm_gate_mask ? b->addend_gradient : b->dy;
  size_t size = 0;
  for (size_t r = 0; r < b->rows; r++)
    for (size_t i = first; i < first + count; i++, size++) {
      x[size] = ((const S *)b->x)[r * b->stride + i];
      g[size] = source[r * b->stride + i];
      if (b->gate == norm_gate_output &&
          __builtin_elementwise_fma(x[size] - center, ((const S *)f->output_factor)[channel],
                                    ((const S *)f->output_offset)[channel]) <= 0)
        g[size] = 0;
    }
  norm_block gathered = {.x = x, .dy = g, .rows = 1, .length = size, .stride = size};
  if (b->gate == norm_gate_scale)  // a single row: the elements are where they were
    gathered.gate = b->gate, gathered.element_scale = (const S *)b->element_scale + first;
  const norm_wide_factors w = {.high = center, .inverse = ((const S *)f->inverse)[channel]};
  NORM_WIDE(sums)(&gathered, 0, size, &w, sum, product);
}

// n elements from x[at] on, of which the mask has the word at `word`: lets dy through the gate. Lanes from n on are 0.
INLINE V VEC(gated)(const norm_block *b, norm_gate gate, V x, size_t at, size_t word, size_t n,
                    V center, V factor, V offset) {
  V g = VEC(load_n)((const S *)b->dy + at, n, VEC(splat)(0));
  switch (gate) {
    case norm_gate_open: return g;
    case norm_gate_output:
      return VEC(where)(VEC(passes)(VEC(affine)(x, center, factor, offset)), g);
    case norm_gate_mask:
      g = VEC(where)(VEC(from_bits)(b->mask[word]), g);
      VEC(store_n)((S *)b->addend_gradient + at, n, g, b->stream);
      return g;
    case norm_gate_scale:
      return g * VEC(load_n)((const S *)b->element_scale + word * 16, n, VEC(splat)(0));
  }
}

// Rows of columns, as in moments.h: `vectors` vectors, or the first n of a single one.
INLINE void VEC(sums_tile)(const norm_block *given, const norm_factors *f, norm_gate gate,
                           size_t column, size_t vectors, size_t n, double *sum, double *product) {
  NORM_LOCAL_BLOCK
#define FACTOR(name, v) VEC(load_n)((const S *)f->name + column + (v) * 16, n, zero)
  const S *x = b->x;
  const ptrdiff_t ahead = VEC(ahead)(b, column, vectors);
  V zero = VEC(splat)(0), c[4], w[4], s[4], t[4], of[4], oo[4];
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    c[v] = FACTOR(center, v);
    w[v] = FACTOR(inverse, v);
    of[v] = gate == norm_gate_output ? FACTOR(output_factor, v) : zero;
    oo[v] = gate == norm_gate_output ? FACTOR(output_offset, v) : zero;
    s[v] = t[v] = zero;
  }
#undef FACTOR
  for (size_t r = 0; r < b->rows;) {
    size_t end = b->rows - r < NORM_ROWS ? b->rows : r + NORM_ROWS;
    V p[4] = {zero, zero, zero, zero}, q[4] = {zero, zero, zero, zero};
    for (; r < end; r++)
      NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
        const size_t at = r * b->stride + column + v * 16;
        VEC(prefetch)(x + at + ahead);
        VEC(prefetch)((const S *)b->dy + at + ahead);
        V e = VEC(load_n)(x + at, n, zero);
        V g = VEC(gated)(b, gate, e, at, r * b->mask_stride + column / 16 + v, n, c[v], of[v], oo[v]);
        p[v] += g;
        q[v] = VEC(fma)(g, (e - c[v]) * w[v], q[v]);
      }
    NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
      s[v] += p[v];
      t[v] += q[v];
    }
  }
  NORM_UNROLL for (size_t v = 0; v < vectors; v++) {
    const size_t at = column + v * 16;
    D p = VEC(widen)(s[v]), q = VEC(widen)(t[v]);
    __builtin_memcpy(sum + at, &p, n * sizeof(double));
    __builtin_memcpy(product + at, &q, n * sizeof(double));
#if NORM_S_IS_FLOAT
    D size = __builtin_elementwise_abs(p) + __builtin_elementwise_abs(q);  // 0 in lanes from n on
    VEC(B) again = ~((size >= NORM_TINY_SUM) & (size <= NORM_LARGE_SUM)) & (size != 0);
    if (__builtin_expect(__builtin_reduce_or(again) != 0, 0))
      NORM_ROLLED for (size_t i = at; i < at + n; i++)
        if (VEC(sums_suspect)(sum[i], product[i]))
          VEC(sums_again)(given, f, i, 1, i, sum + i, product + i);
#endif
  }
}

// Chooses the gate at run time: `call` sees a constant `gate`, in Float32.
#if NORM_S_IS_FLOAT && !NORM_CALLS
#define NORM_FOR_GATES(b, call)                                                                    \
  switch ((b)->gate) {                                                                             \
    case norm_gate_open: { const norm_gate gate = norm_gate_open; call; } break;                   \
    case norm_gate_output: { const norm_gate gate = norm_gate_output; call; } break;               \
    case norm_gate_mask: { const norm_gate gate = norm_gate_mask; call; } break;                   \
    case norm_gate_scale: { const norm_gate gate = norm_gate_scale; call; } break;                 \
  }
#else
#define NORM_FOR_GATES(b, call) { const norm_gate gate = (b)->gate; call; }
#endif

INLINE void VEC(sums_tiles)(const norm_block *b, const norm_factors *f, norm_gate gate, double *sum,
                            double *product) {
  size_t c = 0;
  for (; c + NORM_TILE * 16 <= b->length; c += NORM_TILE * 16)
    VEC(sums_tile)(b, f, gate, c, NORM_TILE, 16, sum, product);
  for (; c + 16 <= b->length; c += 16) VEC(sums_tile)(b, f, gate, c, 1, 16, sum, product);
  if (c < b->length) VEC(sums_tile)(b, f, gate, c, 1, b->length - c, sum, product);
}

// The gradient of the addend is streamed where its rows begin at cache lines.
INLINE norm_block VEC(sums_block)(const norm_block *b, bool aligned) {
  norm_block block = *b;
  block.stream = b->stream && aligned;
  return block;
}

static void VEC(sums_dense)(const norm_block *b, const norm_factors *f, double *sum,
                            double *product) {
  const norm_block block = VEC(sums_block)(b, VEC(rows_aligned)(b->addend_gradient, b->stride));
  NORM_FOR_GATES(b, VEC(sums_tiles)(&block, f, gate, sum, product))
  VEC(end_stream)(block.stream);
}

static void VEC(sums_columns)(const norm_block *b, const norm_factors *f, double *sum,
                              double *product) {
  if (!VEC(is_abreast)(b)) {
    VEC(sums_dense)(b, f, sum, product);
    return;
  }
  const size_t width = b->length;
  double sums[NORM_ABREAST_WIDTH], products[NORM_ABREAST_WIDTH];
  VEC(repeated) numbers;
  const norm_factors repeated = VEC(repeat)(b, f, &numbers);
  for (size_t c = 0; c < width; c++) sum[c] = product[c] = 0;
  for (int part = 0; part < 2; part++) {
    norm_block w;
    size_t rows = VEC(abreast_part)(b, part, &w);
    if (rows == 0) continue;
    VEC(sums_dense)(&w, &repeated, sums, products);
    for (; rows > 1; rows -= rows / 2) {  // the last rows join the first ones
      const size_t moved = rows / 2 * width, at = (rows - rows / 2) * width;
      CHANNEL(join_sums)(moved, sums, sums + at);
      CHANNEL(join_sums)(moved, products, products + at);
    }
    CHANNEL(join_sums)(width, sum, sums);
    CHANNEL(join_sums)(width, product, products);
  }
}

INLINE void VEC(sums_slots)(const norm_block *given, const norm_factors *f, norm_gate gate,
                            size_t slots, double *sum, double *product) {
  NORM_LOCAL_BLOCK
  const S *x = b->x;
  const size_t rows = b->rows, inner = b->length, stride = b->stride;
  const V zero = VEC(splat)(0), c = VEC(splat)(*(const S *)f->center);
  const V w = VEC(splat)(*(const S *)f->inverse);
  const bool gated = gate == norm_gate_output;
  const V of = gated ? VEC(splat)(*(const S *)f->output_factor) : zero;
  const V oo = gated ? VEC(splat)(*(const S *)f->output_offset) : zero;
  V s[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
  V t[8] = {zero, zero, zero, zero, zero, zero, zero, zero};
#define PASS(e, k, row, slot, n)                                                                   \
  {                                                                                                \
    const size_t at = (row) * stride + (slot) * 16;                                                \
    const ptrdiff_t ahead = VEC(ahead_of_slot)(b, slot);                                           \
    VEC(prefetch)(x + at + ahead);                                                                 \
    VEC(prefetch)((const S *)b->dy + at + ahead);                                                  \
    V g = VEC(gated)(b, gate, e, at, (row) * b->mask_stride + (slot), n, c, of, oo);               \
    s[k] += g;                                                                                     \
    t[k] = VEC(fma)(g, ((e) - c) * w, t[k]);                                      \
  }
  NORM_FOR_SLOTS(c, PASS)
#undef PASS
  *sum = VEC(total)(VEC(widen)(VEC(join8)(s)));
  *product = VEC(total)(VEC(widen)(VEC(join8)(t)));
  bool again = VEC(sums_suspect)(*sum, *product);
  // Products with a scale may all have vanished: then the output gradient was not 0.
  if (gate == norm_gate_scale && *sum == 0 && *product == 0)
    again = NORM_S_IS_FLOAT && !(*(const S *)b->dy == 0 && VEC(is_constant)(b->dy, rows, inner, stride));
  if (__builtin_expect(again, 0)) VEC(sums_again)(given, f, 0, inner, 0, sum, product);
}

INLINE void VEC(sums_of_run)(const norm_block *b, const norm_factors *f, norm_gate gate,
                             double *sum, double *product) {
  const size_t slots = (b->length + 15) / 16;
  switch (slots) {  // as moments_of_run
    case 1: VEC(sums_slots)(b, f, gate, 1, sum, product); break;
    case 2: VEC(sums_slots)(b, f, gate, 2, sum, product); break;
    case 3: VEC(sums_slots)(b, f, gate, 3, sum, product); break;
    case 4: VEC(sums_slots)(b, f, gate, 4, sum, product); break;
    default: {
      __builtin_assume(slots > 4);
      VEC(sums_slots)(b, f, gate, slots, sum, product);
    }
  }
}

static void VEC(sums_runs)(const norm_block *b, const norm_factors *f, double *sum,
                           double *product) {
  const norm_block block = VEC(sums_block)(b, VEC(runs_aligned)(b->addend_gradient, b));
  for (size_t c = 0; c < b->channels; c++) {
    const norm_block run = VEC(run)(&block, c);
#define FACTOR(name) (const S *)f->name + c
    const norm_factors g = {.center = FACTOR(center),
                            .inverse = FACTOR(inverse),
                            .output_factor = FACTOR(output_factor),
                            .output_offset = FACTOR(output_offset)};
#undef FACTOR
    NORM_FOR_GATES(b, VEC(sums_of_run)(&run, &g, gate, sum + c, product + c))
  }
  VEC(end_stream)(block.stream);
}

// Vectors of factors for the gradient of some channels.
typedef struct {
  V center, inverse, output_factor, output_offset, factor, slope, offset;
} VEC(gradient_factors);

// What the pass does: constants in every use.
typedef struct {
  bool gated, constant, stream;
} VEC(gradient_form);

// n elements from x[at] on.
INLINE void VEC(gradient_one)(const norm_block *b, VEC(gradient_form) form, size_t at, size_t n,
                              const VEC(gradient_factors) *f) {
  const bool reads = form.gated || !form.constant;
  if (form.stream) {
    if (reads) VEC(prefetch)((const S *)b->x + at + b->ahead);
    VEC(prefetch)((const S *)b->dy + at + b->ahead);
  }
  V x = reads ? VEC(load_n)((const S *)b->x + at, n, f->center) : f->center;
  V g = VEC(gated)(b, form.gated ? norm_gate_output : norm_gate_open, x, at, 0, n, f->center,
                   f->output_factor, f->output_offset);
  V dx = f->factor * g;
  if (!form.constant) {
    V n_ = (x - f->center) * f->inverse;
    dx = VEC(fma)(f->factor, g, VEC(fma)(f->slope, n_, f->offset));
  }
  VEC(store_n)((S *)b->y + at, n, dx, form.stream);
}

INLINE void VEC(gradient_rows)(const norm_block *given, const norm_factors *f,
                               VEC(gradient_form) form) {
  NORM_LOCAL_BLOCK
#define FACTOR(name, n) VEC(load_n)((const S *)f->name + c, n, VEC(splat)(0))
#define ROWS(n, count)                                                                             \
  {                                                                                                \
    const VEC(gradient_factors) v = {FACTOR(center, n),        FACTOR(inverse, n),                 \
                                     FACTOR(output_factor, n), FACTOR(output_offset, n),           \
                                     FACTOR(factor, n),        FACTOR(slope, n),                   \
                                     FACTOR(offset, n)};                                           \
    NORM_UNROLL for (size_t k = 0; k < (count); k++)                                               \
        VEC(gradient_one)(b, form, (r + k) * b->stride + c, n, &v);                                \
  }
  NORM_FOR_ROWS(b, form, ROWS)
#undef ROWS
#undef FACTOR
  VEC(end_stream)(form.stream);
}

static void VEC(gradient_dense)(const norm_block *b, const norm_factors *f) {
  const bool stream = b->stream && VEC(rows_aligned)(b->y, b->stride);
  NORM_FOR_FORMS(VEC(gradient_form), b->gate == norm_gate_output, b->constant, stream,
                 VEC(gradient_rows)(b, f, form))
}

static void VEC(gradient_columns)(const norm_block *b, const norm_factors *f) {
  VEC(for_abreast)(b, f, VEC(gradient_dense));
}

INLINE void VEC(gradient_each_run)(const norm_block *given, const norm_factors *f,
                                   VEC(gradient_form) form) {
  NORM_LOCAL_BLOCK
  for (size_t r = 0; r < b->rows; r++)
    for (size_t c = 0; c < b->channels; c++) {
#define FACTOR(name) VEC(splat)(((const S *)f->name)[c])
      const VEC(gradient_factors) v = {FACTOR(center),        FACTOR(inverse), FACTOR(output_factor),
                                       FACTOR(output_offset), FACTOR(factor),  FACTOR(slope),
                                       FACTOR(offset)};
#undef FACTOR
      const size_t at = r * b->stride + c * b->pitch;
      size_t i = VEC(head)((const S *)b->y + at, b->length, form.stream);
      if (i) VEC(gradient_one)(b, form, at, i, &v);
#pragma clang loop unroll_count(4)
      for (; i + 16 <= b->length; i += 16) VEC(gradient_one)(b, form, at + i, 16, &v);
      if (i < b->length) VEC(gradient_one)(b, form, at + i, b->length - i, &v);
    }
  VEC(end_stream)(form.stream);
}

static void VEC(gradient_runs)(const norm_block *b, const norm_factors *f) {
  const bool stream = b->stream && (VEC(runs_aligned)(b->y, b) || b->length >= NORM_LONG_RUN);
  NORM_FOR_FORMS(VEC(gradient_form), b->gate == norm_gate_output, b->constant, stream,
                 VEC(gradient_each_run)(b, f, form))
}
