// Convolutions, their gradients and pooling through the shim against plain loops. Prints the library's version; exit
// status 1 where they differ. Scripts/check-onednn builds it with several versions of oneDNN.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "onednn_shim.h"

enum { N = 3, C = 8, O = 16, H = 9, W = 7, K = 3 };

static unsigned state = 1;
static float next_value(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / (1 << 24) - 0.5f;
}

static float *values(size_t count) {
  float *result = aligned_alloc(64, (count * sizeof(float) + 63) / 64 * 64);
  for (size_t i = 0; i < count; i++) result[i] = next_value();
  return result;
}

static int failures;
static void compare(const char *name, const float *found, const double *expected, size_t count) {
  double worst = 0;
  for (size_t i = 0; i < count; i++) worst = fmax(worst, fabs(found[i] - expected[i]));
  printf("  %-28s %.1e\n", name, worst);
  if (!(worst < 1e-4)) failures++;
}

static void check(int status, const char *name) {
  if (status == 0) return;
  printf("  %s: status %d\n", name, status);
  exit(1);
}

// A call of body(n, y, x, o, c, ky, kx, input, weight, output) for every product.
#define FOR_EACH_PRODUCT(groups, stride, body)                                                    \
  for (int n = 0; n < N; n++)                                                                     \
    for (int y = 0; y < oh; y++)                                                                  \
      for (int x = 0; x < ow; x++)                                                                \
        for (int o = 0; o < O; o++)                                                               \
          for (int c = 0; c < C / groups; c++)                                                    \
            for (int ky = 0; ky < K; ky++)                                                        \
              for (int kx = 0; kx < K; kx++) {                                                    \
                int iy = y * stride - 1 + ky, ix = x * stride - 1 + kx;                           \
                if (iy < 0 || iy >= H || ix < 0 || ix >= W) continue;                             \
                size_t in = ((n * H + iy) * W + ix) * C + o / (O / groups) * (C / groups) + c;    \
                size_t we = ((o * (C / groups) + c) * K + ky) * K + kx;                           \
                size_t out = ((n * oh + y) * ow + x) * O + o;                                     \
                body;                                                                             \
              }

static void check_convolution(int groups, int stride) {
  int oh = (H - 1) / stride + 1, ow = (W - 1) / stride + 1;
  printf("convolution, %d groups, stride %d\n", groups, stride);
  onednn_window window = {.batch = N, .input_channels = C, .output_channels = O,
                          .groups = (size_t)groups, .input = {H, W},
                          .output = {(size_t)oh, (size_t)ow}, .kernel = {K, K},
                          .stride = {(size_t)stride, (size_t)stride}, .padding = {1, 1},
                          .dilation = {1, 1}};
  size_t inputs = N * H * W * C, weights = O * C / groups * K * K, outputs = N * oh * ow * O;
  float *input = values(inputs), *weight = values(weights), *bias = values(O),
        *addend = values(outputs), *gradient = values(outputs);
  double *expected = calloc(outputs, sizeof(double));
  FOR_EACH_PRODUCT(groups, stride, expected[out] += (double)input[in] * weight[we])
  for (size_t i = 0; i < outputs; i++) expected[i] = fmax(0, expected[i] + bias[i % O] + addend[i]);
  onednn_primitive *primitive;
  float *result = values(inputs > outputs ? inputs : outputs);
  onednn_options options = {.bias = true, .addend = true, .relu = true};
  check(onednn_primitive_create(&primitive, onednn_convolution_forward, &window, options), "create");
  float *work = values(onednn_primitive_work_bytes(primitive) / sizeof(float) + 16);
  check(onednn_convolve(primitive, input, weight, false, bias, addend, result, work), "forward");
  compare("forward, bias, sum, relu", result, expected, outputs);
  if (onednn_packed_bytes(primitive) > 0) {
    float *packed = values(onednn_packed_bytes(primitive) / sizeof(float));
    check(onednn_pack(primitive, weight, packed), "pack");
    check(onednn_convolve(primitive, input, packed, true, bias, addend, result, work), "packed");
    compare("the same, packed", result, expected, outputs);
  }
  printf("  %s\n", onednn_primitive_name(primitive));
  onednn_primitive_destroy(primitive);

  double *input_gradient = calloc(inputs, sizeof(double)),
         *weight_gradient = calloc(weights, sizeof(double)), bias_gradient[O] = {0};
  FOR_EACH_PRODUCT(groups, stride, input_gradient[in] += (double)gradient[out] * weight[we])
  FOR_EACH_PRODUCT(groups, stride, weight_gradient[we] += (double)gradient[out] * input[in])
  for (size_t i = 0; i < outputs; i++) bias_gradient[i % O] += gradient[i];
  options = (onednn_options){0};
  check(onednn_primitive_create(&primitive, onednn_convolution_input_gradient, &window, options),
        "create");
  work = values(onednn_primitive_work_bytes(primitive) / sizeof(float) + 16);
  check(onednn_convolve_input_gradient(primitive, gradient, weight, result, work), "backward");
  compare("gradient of the input", result, input_gradient, inputs);
  onednn_primitive_destroy(primitive);

  options.bias = true;
  check(onednn_primitive_create(&primitive, onednn_convolution_weight_gradient, &window, options),
        "create");
  work = values(onednn_primitive_work_bytes(primitive) / sizeof(float) + 16);
  float *found = values(weights), *found_bias = values(O);
  check(onednn_convolve_weight_gradient(primitive, input, gradient, found, found_bias, work),
        "weights");
  compare("gradient of the weights", found, weight_gradient, weights);
  compare("gradient of the bias", found_bias, bias_gradient, O);
  onednn_primitive_destroy(primitive);
}

static void check_maximum(void) {
  printf("maximum of 2x2\n");
  enum { OH = H / 2, OW = W / 2 };
  onednn_window window = {.batch = N, .input_channels = C, .output_channels = C, .groups = 1,
                          .input = {H, W}, .output = {OH, OW}, .kernel = {2, 2}, .stride = {2, 2},
                          .padding = {0, 0}, .dilation = {1, 1}};
  float *input = values(N * H * W * C), *gradient = values(N * OH * OW * C),
        *result = values(N * H * W * C);
  double *expected = calloc(N * OH * OW * C, sizeof(double)),
         *input_gradient = calloc(N * H * W * C, sizeof(double));
  for (int n = 0; n < N; n++)
    for (int y = 0; y < OH; y++)
      for (int x = 0; x < OW; x++)
        for (int c = 0; c < C; c++) {
          size_t best = 0, out = ((n * OH + y) * OW + x) * C + c;
          for (int k = 0; k < 4; k++) {
            size_t in = ((n * H + 2 * y + k / 2) * W + 2 * x + k % 2) * C + c;
            if (k == 0 || input[in] > input[best]) best = in;
          }
          expected[out] = input[best];
          input_gradient[best] += gradient[out];
        }
  onednn_primitive *primitive;
  onednn_options options = {0};
  check(onednn_primitive_create(&primitive, onednn_maximum_forward, &window, options), "create");
  void *record = malloc(onednn_primitive_record_bytes(primitive));
  void *work = values(onednn_primitive_work_bytes(primitive) / sizeof(float) + 16);
  check(onednn_pool(primitive, input, result, record, work), "maximum");
  compare("forward", result, expected, N * OH * OW * C);
  onednn_primitive_destroy(primitive);
  check(onednn_primitive_create(&primitive, onednn_maximum_gradient, &window, options), "create");
  work = values(onednn_primitive_work_bytes(primitive) / sizeof(float) + 16);
  check(onednn_pool_gradient(primitive, gradient, result, record, work), "gradient");
  compare("gradient", result, input_gradient, N * H * W * C);
  onednn_primitive_destroy(primitive);
}

int main(void) {
  printf("oneDNN %d\n", onednn_version());
  onednn_set_threads(2);
  check_convolution(1, 1);
  check_convolution(4, 2);
  check_convolution(8, 1);
  check_maximum();
  printf(failures ? "FAILED: %d\n" : "agrees with plain loops\n", failures);
  return failures > 0;
}
