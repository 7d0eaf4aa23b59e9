// Dense columns as several rows side by side, which fill whole vectors. Factors are repeated for every row; what is
// reduced is folded over them, halves first. Reductions do so with fewer than sixteen columns; passes over
// elements, whose bits do not depend on it, with more, because parts of vectors cost as much as whole ones.

#define NORM_ABREAST_WIDTH 240  // of reductions at most: 15 columns, 16 rows
#define NORM_REPEATED_WIDTH 512

INLINE bool VEC(is_abreast)(const norm_block *b) {
  return b->length < 16 && b->stride == b->length && norm_rows_abreast(b->length) > 1;
}

// One of the two parts of a block as rows of rows: 0 as many as fill whole vectors, 1 a single row of those that
// are left. Returns the number of rows abreast, 0 where there are none.
INLINE size_t VEC(abreast_part)(const norm_block *b, int part, norm_block *w) {
  size_t abreast = norm_rows_to_fill(b->length), rows = b->rows / abreast, first = 0;
  if (part == 1) {
    first = rows * abreast;
    abreast = b->rows - first;
    rows = 1;
  }
  if (rows == 0 || abreast == 0) return 0;
  const size_t at = first * b->length;
  *w = *b;
#define MOVED(p) ((p) ? (void *)((S *)(p) + at) : NULL)
  w->x = MOVED(b->x), w->dy = MOVED(b->dy), w->addend = MOVED(b->addend);
  w->y = MOVED(b->y), w->addend_gradient = MOVED(b->addend_gradient);
#undef MOVED
  if (b->mask) w->mask = b->mask + at / 16;
  w->rows = rows;
  w->length = w->stride = abreast * b->length;
  w->mask_stride = (w->length + 15) / 16;
  return abreast;
}

// Factors repeated for the rows abreast.
typedef struct {
  S of[7][NORM_REPEATED_WIDTH];
} VEC(repeated);

INLINE norm_factors VEC(repeat)(const norm_block *b, const norm_factors *f,
                                VEC(repeated) *numbers) {
  const void *sources[7] = {f->center, f->inverse, f->output_factor, f->output_offset,
                            f->factor, f->slope,   f->offset};
  const size_t width = norm_rows_to_fill(b->length) * b->length;
  for (size_t k = 0; k < 7; k++)
    for (size_t i = 0; sources[k] && i < width; i += b->length)
      __builtin_memcpy(numbers->of[k] + i, sources[k], b->length * sizeof(S));
  return (norm_factors){numbers->of[0], numbers->of[1], numbers->of[2], numbers->of[3],
                        numbers->of[4], numbers->of[5], numbers->of[6]};
}

// Calls a kernel that works on elements with the block, or with both its parts.
INLINE void VEC(for_abreast)(const norm_block *b, const norm_factors *f,
                             void (*kernel)(const norm_block *, const norm_factors *)) {
  const size_t abreast = norm_rows_to_fill(b->length);
  const bool pays = abreast > 1 && abreast * b->length <= NORM_REPEATED_WIDTH &&
                    b->rows >= 8 * abreast && b->stride == b->length && !b->mask;
  if (!pays && !VEC(is_abreast)(b)) {
    kernel(b, f);
    return;
  }
  VEC(repeated) numbers;
  const norm_factors repeated = VEC(repeat)(b, f, &numbers);
  for (int part = 0; part < 2; part++) {
    norm_block w;
    if (VEC(abreast_part)(b, part, &w)) kernel(&w, &repeated);
  }
}
