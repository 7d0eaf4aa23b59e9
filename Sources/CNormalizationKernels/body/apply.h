// output = (x - center) * factor + offset [+ addend], then ReLU if asked.
//
// The mean is not folded into one offset (`offset - center*factor` would cancel when the mean is large
// beside the deviation): center is near the mean, so x - center is exact there.

INLINE V VEC(affine)(V x, V center, V factor, V offset) {
  return VEC(fma)(x - center, factor, offset);
}

// What a pass over elements does besides: constants in every use, so each has loops of its own.
typedef struct {
  bool add, relu, stream;
} VEC(form);

// n elements of a row from x[at] on, of which the mask has the word at `word`.
INLINE void VEC(normalize_one)(const norm_block *b, VEC(form) form, size_t at, size_t word, size_t n,
                               V center, V factor, V offset) {
  const S *x = b->x, *addend = b->addend;
  S *y = b->y;
  if (form.stream) {
    VEC(prefetch)(x + at + b->ahead);
    if (form.add) VEC(prefetch)(addend + at + b->ahead);
  }
  V v = VEC(affine)(VEC(load_n)(x + at, n, center), center, factor, offset);
  if (form.add) v += VEC(load_n)(addend + at, n, center);
  if (form.relu) {
    VEC(I) passes = VEC(passes)(v);
    if (form.add && b->mask) b->mask[word] = VEC(bits)(passes);
    v = VEC(where)(passes, v);
  }
  VEC(store_n)(y + at, n, v, form.stream);
}

// Chooses a form of three flags at run time: `call` sees a constant `form`.
#define NORM_FOR_FORMS(type, first, second, third, call)                                           \
  switch ((first) | (second) << 1 | (third) << 2) {                                                \
    case 0: { const type form = {0, 0, 0}; call; } break;                                          \
    case 1: { const type form = {1, 0, 0}; call; } break;                                          \
    case 2: { const type form = {0, 1, 0}; call; } break;                                          \
    case 3: { const type form = {1, 1, 0}; call; } break;                                          \
    case 4: { const type form = {0, 0, 1}; call; } break;                                          \
    case 5: { const type form = {1, 0, 1}; call; } break;                                          \
    case 6: { const type form = {0, 1, 1}; call; } break;                                          \
    default: { const type form = {1, 1, 1}; call; }                                                \
  }

// Whether the rows of a block start at whole cache lines of y, so that they can be streamed.
INLINE bool VEC(rows_aligned)(const void *y, size_t stride) {
  return (uintptr_t)y % 64 == 0 && stride * sizeof(S) % 64 == 0;
}

// The same of runs, every one of which has to.
INLINE bool VEC(runs_aligned)(const void *y, const norm_block *b) {
  return VEC(rows_aligned)(y, b->stride) && b->pitch * sizeof(S) % 64 == 0;
}

// Columns of all rows: `rows_of(n, count)` treats n columns from c on, of rows r ..< r + count. Four rows share the
// factors they need; but what is streamed leaves in the order of its addresses.
#define NORM_FOR_ROWS(b, form, rows_of)                                                            \
  {                                                                                                \
    const size_t group = (form).stream ? 1 : 4, whole = (b)->length / 16 * 16;                     \
    const size_t rest = (b)->length - whole;                                                       \
    size_t r = 0;                                                                                  \
    for (; r + group <= (b)->rows; r += group) {                                                   \
      size_t c = 0;                                                                                \
      for (; c < whole; c += 16) rows_of(16, group)                                                \
      if (rest) rows_of(rest, group)                                                               \
    }                                                                                              \
    for (; r < (b)->rows; r++) {                                                                   \
      size_t c = 0;                                                                                \
      for (; c < whole; c += 16) rows_of(16, 1)                                                    \
      if (rest) rows_of(rest, 1)                                                                   \
    }                                                                                              \
  }

INLINE void VEC(normalize_rows)(const norm_block *given, const norm_factors *f, VEC(form) form) {
  NORM_LOCAL_BLOCK
  const S *center = f->center, *factor = f->output_factor, *offset = f->output_offset;
  const V zero = VEC(splat)(0);
#define ROWS(n, count)                                                                             \
  {                                                                                                \
    const V m = VEC(load_n)(center + c, n, zero), a = VEC(load_n)(factor + c, n, zero);            \
    const V o = VEC(load_n)(offset + c, n, zero);                                                  \
    NORM_UNROLL for (size_t k = 0; k < (count); k++) VEC(normalize_one)(                           \
        b, form, (r + k) * b->stride + c, (r + k) * b->mask_stride + c / 16, n, m, a, o);          \
  }
  NORM_FOR_ROWS(b, form, ROWS)
#undef ROWS
  VEC(end_stream)(form.stream);
}

static void VEC(normalize_dense)(const norm_block *b, const norm_factors *f) {
  const bool stream = b->stream && VEC(rows_aligned)(b->y, b->stride);
  NORM_FOR_FORMS(VEC(form), b->addend != NULL, b->relu, stream, VEC(normalize_rows)(b, f, form))
}

static void VEC(normalize_columns)(const norm_block *b, const norm_factors *f) {
  VEC(for_abreast)(b, f, VEC(normalize_dense));
}

// Runs from this length on are streamed even if they begin within a cache line, which is then stored in parts.
#define NORM_LONG_RUN 128

INLINE void VEC(normalize_each_run)(const norm_block *given, const norm_factors *f, VEC(form) form) {
  NORM_LOCAL_BLOCK
  const bool masks = form.add && form.relu && b->mask;  // whose words begin where runs begin
  for (size_t r = 0; r < b->rows; r++)
    for (size_t c = 0; c < b->channels; c++) {
      const V m = VEC(splat)(((const S *)f->center)[c]);
      const V a = VEC(splat)(((const S *)f->output_factor)[c]);
      const V o = VEC(splat)(((const S *)f->output_offset)[c]);
      const size_t at = r * b->stride + c * b->pitch;
      const size_t word = masks ? r * b->mask_stride + c * b->mask_pitch : 0;
      size_t i = masks ? 0 : VEC(head)((const S *)b->y + at, b->length, form.stream);
      if (i) VEC(normalize_one)(b, form, at, word, i, m, a, o);
#pragma clang loop unroll_count(4)
      for (; i + 16 <= b->length; i += 16)
        VEC(normalize_one)(b, form, at + i, word + i / 16, 16, m, a, o);
      if (i < b->length) VEC(normalize_one)(b, form, at + i, word + i / 16, b->length - i, m, a, o);
    }
  VEC(end_stream)(form.stream);
}

// The same with a scale and a shift for each element of a run. Four sets share what they read of these.
INLINE void VEC(normalize_each_set)(const norm_block *given, const norm_factors *f, bool stream) {
  NORM_LOCAL_BLOCK
  const S *x = b->x, *scale = b->element_scale, *shift = b->element_shift;
  S *y = b->y;
  const bool in_turns = b->turns > 1;
#define SETS(n, count)                                                                             \
  {                                                                                                \
    const V e = VEC(load_n)(scale + i, n, zero);                                                   \
    const V h = shift ? VEC(load_n)(shift + i, n, zero) : zero;                                    \
    NORM_UNROLL for (size_t k = 0; k < (count); k++) {                                             \
      const size_t at = (c + k) * b->pitch + i;                                                    \
      if (stream) VEC(prefetch)(x + at + b->ahead);                                                \
      const V v = VEC(affine)(VEC(load_n)(x + at, n, m[k]), m[k], a[k], o[k]);                     \
      VEC(store_n)(y + at, n, VEC(fma)(v, e, h), stream);                                          \
    }                                                                                              \
  }
#define GROUP(count)                                                                               \
  {                                                                                                \
    V m[4], a[4], o[4];                                                                            \
    NORM_UNROLL for (size_t k = 0; k < (count); k++) {                                             \
      m[k] = VEC(splat)(((const S *)f->center)[c + k]);                                            \
      a[k] = VEC(splat)(((const S *)f->output_factor)[c + k]);                                     \
      o[k] = VEC(splat)(((const S *)f->output_offset)[c + k]);                                     \
    }                                                                                              \
    size_t i = 0;                                                                                  \
    for (; i + 16 <= b->length; i += 16) SETS(16, count)                                           \
    if (i < b->length) SETS(b->length - i, count)                                                  \
  }
  const V zero = VEC(splat)(0);
  const size_t group = stream || in_turns ? 1 : 4;  // what is streamed leaves in the order of its addresses
  size_t c = 0;
  if (group == 4)
    for (; c + 4 <= b->channels; c += 4) GROUP(4)
  for (; c < b->channels; c++) {
    if (in_turns) {
      const size_t at = (b->turn + c) % b->turns * b->pitch;
      scale = (const S *)b->element_scale + at;
      if (shift) shift = (const S *)b->element_shift + at;
    }
    GROUP(1)
  }
#undef GROUP
#undef SETS
  VEC(end_stream)(stream);
}

static void VEC(normalize_sets)(const norm_block *b, const norm_factors *f) {
  if (b->stream && VEC(runs_aligned)(b->y, b))
    VEC(normalize_each_set)(b, f, true);
  else
    VEC(normalize_each_set)(b, f, false);
}

static void VEC(normalize_runs)(const norm_block *b, const norm_factors *f) {
  if (b->element_scale) return VEC(normalize_sets)(b, f);
  const bool stream =
      b->stream && (VEC(runs_aligned)(b->y, b) || (!b->mask && b->length >= NORM_LONG_RUN));
  NORM_FOR_FORMS(VEC(form), b->addend != NULL, b->relu, stream, VEC(normalize_each_run)(b, f, form))
}

static void VEC(widen_all)(const void *x_, size_t count, double *y) {
  const S *x = x_;
  for (size_t i = 0; i < count; i++) y[i] = (double)x[i];
}

static void VEC(narrow_all)(const double *x, size_t count, void *y_) {
  S *y = y_;
  for (size_t i = 0; i < count; i++) y[i] = (S)x[i];
}

static void VEC(copy_nontemporal)(const void *x_, void *y_, size_t count) {
  const S *x = x_;
  S *y = y_;
  size_t i = VEC(head)(y, count, true);
  for (size_t k = 0; k < i; k++) y[k] = x[k];
  for (; i + 16 <= count; i += 16) VEC(store_n)(y + i, 16, VEC(load)(x + i), true);
  for (; i < count; i++) y[i] = x[i];
  VEC(end_stream)(true);
}
