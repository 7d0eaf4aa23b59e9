// oneDNN behind a few functions that mean the same in versions 2.6 and 3.x.
//
// Tensors are Float32 and channels-last: [batch, height, width, channels]. Weights come and go as [outputs, inputs of a
// group, height, width]; the library's own layouts are made of them in every call. Functions that can be refused return
// oneDNN's status, 0 for success.
#ifndef ONEDNN_SHIM_H
#define ONEDNN_SHIM_H

#include <stdbool.h>
#include <stddef.h>

/// The version of the library as major * 10000 + minor * 100 + patch.
int onednn_version(void);

/// How many of `count` threads a computation prepared and run by this thread may count on: fewer where OMP_THREAD_LIMIT
/// says so, and one within a parallel region of OpenMP. Computations that count on more wait for ever.
int onednn_usable_threads(int count);

/// How many OpenMP threads the library's next calls from this thread use. Without OpenMP: nothing.
void onednn_set_threads(int count);

/// Runs body(context) once on each of `count` threads, the calling one included, on the threads that the library uses
/// too. False, and nothing is run, where there is no GNU OpenMP.
bool onednn_run_on_threads(int count, void (*body)(void *context), void *context);

/// From now on idle OpenMP threads look for work for some microseconds before they sleep, instead of some 17
/// milliseconds: GNU OpenMP shortens that while there are more threads than processors, which as many sleeping ones as
/// there are processors, and one more, see to.
void onednn_calm_threads(void);

/// c = a b, row-major, c [m, n]. Transposed operands are stored as [k, m] and [n, k].
int onednn_sgemm(bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, const float *a,
                 const float *b, float *c);

/// What a window slides over, and how; index 0 is the height and 1 the width.
typedef struct {
  size_t batch, input_channels, output_channels, groups;
  size_t input[2], output[2], kernel[2], stride[2], padding[2], dilation[2];
} onednn_window;

/// What a primitive computes.
typedef enum {
  onednn_convolution_forward,
  onednn_convolution_input_gradient,
  onednn_convolution_weight_gradient,
  onednn_maximum_forward,
  onednn_maximum_gradient,
  onednn_average_forward,
  onednn_average_gradient
} onednn_kind;

/// What a primitive computes besides.
typedef struct {
  bool bias;             // convolution: a bias, or its gradient
  bool addend;           // convolution_forward: something added before the activation
  bool relu;             // convolution_forward: ReLU
  bool padding_counts;   // average: padding is a part of the average
} onednn_options;

/// A computation on tensors of fixed shapes, prepared once. May run on several threads at the same time.
typedef struct onednn_primitive onednn_primitive;

/// Prepares a computation for as many threads as onednn_set_threads said.
int onednn_primitive_create(onednn_primitive **primitive, onednn_kind kind,
                            const onednn_window *window, onednn_options options);
void onednn_primitive_destroy(onednn_primitive *primitive);

/// Bytes of the memory that a call needs to work in, aligned to 64: `work`.
size_t onednn_primitive_work_bytes(const onednn_primitive *primitive);
/// Bytes that maximum_forward leaves for maximum_gradient: which element was the largest.
size_t onednn_primitive_record_bytes(const onednn_primitive *primitive);
/// What oneDNN calls the implementation that it chose.
const char *onednn_primitive_name(const onednn_primitive *primitive);

/// Bytes of a convolution's weights in the library's layout; 0 where that is the caller's.
size_t onednn_packed_bytes(const onednn_primitive *primitive);
/// Writes weights in the library's layout, for calls with `is_packed`.
int onednn_pack(const onednn_primitive *primitive, const float *weight, float *packed);

/// output = relu(input * weight + bias + addend)
int onednn_convolve(const onednn_primitive *primitive, const float *input, const float *weight,
                    bool is_packed, const float *bias, const float *addend, float *output,
                    void *work);
int onednn_convolve_input_gradient(const onednn_primitive *primitive, const float *output_gradient,
                                   const float *weight, float *input_gradient, void *work);
int onednn_convolve_weight_gradient(const onednn_primitive *primitive, const float *input,
                                    const float *output_gradient, float *weight_gradient,
                                    float *bias_gradient, void *work);
int onednn_pool(const onednn_primitive *primitive, const float *input, float *output, void *record,
                void *work);
int onednn_pool_gradient(const onednn_primitive *primitive, const float *output_gradient,
                         float *input_gradient, const void *record, void *work);

#endif
