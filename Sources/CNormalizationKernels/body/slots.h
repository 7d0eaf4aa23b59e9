// Runs. Slot j of a row goes to partial sum j mod 8; rows of up to four slots share the partial
// sums, 8/slots rows at a time, so that a chain never exceeds sixteen additions. Loops over partial sums are
// unrolled, and tests take the place of shorter loops, so that the sums stay in registers.
//   body(vector, partial, row, slot, n) is applied to every slot, which has n elements; lanes past its end hold
//   `fill`.
#define NORM_SLOT(fill, body, row, slot, partial)                                                  \
  {                                                                                                \
    const size_t left_ = inner - (slot) * 16, n_ = left_ < 16 ? left_ : 16;                        \
    body(VEC(load_up_to)(x + (row) * stride + (slot) * 16, n_, fill), partial, row, slot, n_)      \
  }
#define NORM_FOR_SLOTS(fill, body)                                                                 \
  if (slots > 4) {                                                                                 \
    for (size_t r_ = 0; r_ < rows; r_++) {                                                         \
      size_t j_ = 0;                                                                               \
      for (; (j_ + 8) * 16 <= inner; j_ += 8)                                                      \
        NORM_UNROLL for (size_t k_ = 0; k_ < 8; k_++)                                              \
          body(VEC(load)(x + r_ * stride + (j_ + k_) * 16), k_, r_, j_ + k_, 16)                   \
      NORM_UNROLL for (size_t k_ = 0; k_ < 8; k_++)                                                \
        if (j_ + k_ < slots) NORM_SLOT(fill, body, r_, j_ + k_, k_)                                \
    }                                                                                              \
  } else {                                                                                         \
    const size_t group_ = 8 / slots;                                                               \
    for (size_t r_ = 0; r_ < rows; r_ += group_)                                                   \
      NORM_UNROLL for (size_t g_ = 0; g_ < group_; g_++)                                           \
        if (r_ + g_ < rows)                                                                        \
          NORM_UNROLL for (size_t j_ = 0; j_ < slots; j_++)                                        \
            NORM_SLOT(fill, body, r_ + g_, j_, g_ * slots + j_)                                    \
  }

// Elements from a slot to one that is read later, so far ahead that memory keeps up: in a long run, at its end at
// the beginning of the next; of short runs the same place some channels on.
#define NORM_FAR 1024
INLINE ptrdiff_t VEC(ahead_of_slot)(const norm_block *b, size_t slot) {
  if (b->length <= NORM_FAR) return b->ahead;
  const ptrdiff_t left = (ptrdiff_t)b->length - NORM_FAR;
  return (ptrdiff_t)slot * 16 < left ? NORM_FAR : b->ahead - left;
}

// One channel of a block of runs.
INLINE norm_block VEC(run)(const norm_block *b, size_t channel) {
  const size_t at = channel * b->pitch, far = (NORM_FAR + b->pitch - 1) / b->pitch;
  norm_block run = *b;
  run.x = (const S *)b->x + at;
  if (b->dy) run.dy = (const S *)b->dy + at;
  if (b->addend_gradient) run.addend_gradient = (S *)b->addend_gradient + at;
  if (b->mask) run.mask = b->mask + channel * b->mask_pitch;
  if (b->element_scale && b->turns > 1) {
    const size_t turn = (b->turn + channel) % b->turns;
    run.element_scale = (const S *)b->element_scale + turn * b->pitch;
  }
  run.channels = 1;
  // Later channels of these rows, then what the caller says.
  if (b->length > NORM_FAR)
    run.ahead = channel + 1 < b->channels ? (ptrdiff_t)b->pitch : b->ahead - (ptrdiff_t)at;
  else
    run.ahead = channel + far < b->channels ? (ptrdiff_t)(far * b->pitch) : b->ahead - (ptrdiff_t)at;
  return run;
}
