// Runs. Slot j of a row goes to partial sum j mod 8; rows of up to four slots share the partial
// sums, 8/slots rows at a time, so that a chain never exceeds sixteen additions. Loops over partial sums are
// unrolled, and tails test instead of looping, so that the sums stay in registers.
//   body(vector, partial, at, n) is applied to every slot, which starts at x[at] and has n elements; lanes
//   past its end hold `fill`.
#define NORM_SLOT(fill, body, row, slot, partial)                                                  \
  {                                                                                                \
    const size_t at_ = (row) * stride + (slot) * 16, left_ = inner - (slot) * 16;                  \
    if (left_ >= 16) {                                                                             \
      body(VEC(load)(x + at_), partial, at_, 16)                                                   \
    } else {                                                                                       \
      body(VEC(load_part)(x + at_, left_, fill), partial, at_, left_)                              \
    }                                                                                              \
  }
#define NORM_FOR_SLOTS(fill, body)                                                                 \
  if (slots > 4) {                                                                                \
    for (size_t r_ = 0; r_ < rows; r_++) {                                                         \
      size_t j_ = 0;                                                                               \
      for (; (j_ + 8) * 16 <= inner; j_ += 8)                                                      \
        NORM_UNROLL for (size_t k_ = 0; k_ < 8; k_++)                                              \
          body(VEC(load)(x + r_ * stride + (j_ + k_) * 16), k_, r_ * stride + (j_ + k_) * 16, 16)  \
      NORM_UNROLL for (size_t k_ = 0; k_ < 8; k_++)                                                \
        if (j_ + k_ < slots) NORM_SLOT(fill, body, r_, j_ + k_, k_)                                \
    }                                                                                              \
  } else {                                                                                         \
    const size_t group_ = 8 / slots;                                                               \
    size_t r_ = 0;                                                                                 \
    for (; r_ + group_ <= rows; r_ += group_)                                                      \
      NORM_UNROLL for (size_t g_ = 0; g_ < group_; g_++)                                           \
        NORM_UNROLL for (size_t j_ = 0; j_ < slots; j_++)                                          \
          NORM_SLOT(fill, body, r_ + g_, j_, g_ * slots + j_)                                      \
    NORM_UNROLL for (size_t g_ = 0; g_ < group_; g_++)                                             \
      if (r_ + g_ < rows)                                                                          \
        NORM_UNROLL for (size_t j_ = 0; j_ < slots; j_++)                                          \
          NORM_SLOT(fill, body, r_ + g_, j_, g_ * slots + j_)                                      \
  }
