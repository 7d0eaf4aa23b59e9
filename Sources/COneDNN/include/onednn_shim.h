// oneDNN behind a few functions that mean the same in versions 2.6 and 3.x.
#ifndef ONEDNN_SHIM_H
#define ONEDNN_SHIM_H

#include <stdbool.h>
#include <stddef.h>

/// The version of the library as major * 10000 + minor * 100 + patch.
int onednn_version(void);

/// How many OpenMP threads the library's next calls from this thread use. Without OpenMP: nothing.
void onednn_set_threads(int count);

/// c = a b, row-major, c [m, n]. Transposed operands are stored as [k, m] and [n, k].
/// Returns 0, or oneDNN's status.
int onednn_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const float *a,
                 const float *b, float *c);

#endif
