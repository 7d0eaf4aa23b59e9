#include "layouts.h"

#include <stdlib.h>

#if DNNL_VERSION_MAJOR >= 3

norm_layout norm_layout_create(int rank, const dnnl_dims_t extents, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t layout = NULL;
  dnnl_status_t status = dnnl_memory_desc_create_with_tag(&layout, rank, extents, dnnl_f32, tag);
  return status == dnnl_success ? layout : NULL;
}

void norm_layout_destroy(norm_layout layout) {
  if (layout) dnnl_memory_desc_destroy((dnnl_memory_desc_t)layout);
}

static dnnl_status_t append_relu(dnnl_post_ops_t post) {
  return dnnl_post_ops_append_eltwise(post, dnnl_eltwise_relu, 0, 0);
}

#else

norm_layout norm_layout_create(int rank, const dnnl_dims_t extents, dnnl_format_tag_t tag) {
  dnnl_memory_desc_t *layout = malloc(sizeof *layout);
  if (!layout) return NULL;
  if (dnnl_memory_desc_init_by_tag(layout, rank, extents, dnnl_f32, tag) == dnnl_success)
    return layout;
  free(layout);
  return NULL;
}

void norm_layout_destroy(norm_layout layout) { free((void *)layout); }

static dnnl_status_t append_relu(dnnl_post_ops_t post) {
  return dnnl_post_ops_append_eltwise(post, 1, dnnl_eltwise_relu, 0, 0);
}

#endif

dnnl_status_t norm_attributes(dnnl_primitive_attr_t *result, onednn_options options,
                              norm_layout output) {
  *result = NULL;
  dnnl_post_ops_t post = NULL;
  dnnl_status_t status = dnnl_primitive_attr_create(result);
  if (status == dnnl_success)
    status = dnnl_primitive_attr_set_scratchpad_mode(*result, dnnl_scratchpad_mode_user);
  if (status != dnnl_success || (!options.addend && !options.relu)) return status;
  status = dnnl_post_ops_create(&post);
  if (status == dnnl_success && options.addend)
    status = dnnl_post_ops_append_binary(post, dnnl_binary_add, output);
  if (status == dnnl_success && options.relu) status = append_relu(post);
  if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(*result, post);
  if (post) dnnl_post_ops_destroy(post);
  return status;
}

// oneDNN counts the elements left out between two of the kernel's; here a dilation of 1 leaves none out.
typedef struct {
  dnnl_dims_t kernel, stride, padding, dilation;
} window_extents;

static window_extents extents_of(const onednn_window *window) {
  window_extents result;
  for (int axis = 0; axis < 2; axis++) {
    result.kernel[axis] = (dnnl_dim_t)window->kernel[axis];
    result.stride[axis] = (dnnl_dim_t)window->stride[axis];
    result.dilation[axis] = (dnnl_dim_t)window->dilation[axis] - 1;
    result.padding[axis] = (dnnl_dim_t)window->padding[axis];
  }
  return result;
}

static dnnl_alg_kind_t pooling_of(onednn_kind kind, onednn_options options) {
  if (kind == onednn_maximum_forward || kind == onednn_maximum_gradient) return dnnl_pooling_max;
  return options.padding_counts ? dnnl_pooling_avg_include_padding
                                : dnnl_pooling_avg_exclude_padding;
}

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t norm_describe(dnnl_primitive_desc_t *result, onednn_kind kind,
                            const onednn_window *window, onednn_options options,
                            const norm_layouts *l, const_dnnl_primitive_attr_t attributes,
                            dnnl_engine_t engine, const_dnnl_primitive_desc_t hint) {
  window_extents w = extents_of(window);
  dnnl_alg_kind_t pooling = pooling_of(kind, options);
  switch (kind) {
    case onednn_convolution_forward:
      return dnnl_convolution_forward_primitive_desc_create(
          result, engine, dnnl_forward_training, dnnl_convolution_direct, l->input, l->weights,
          l->bias, l->output, w.stride, w.dilation, w.padding, w.padding, attributes);
    case onednn_convolution_input_gradient:
      return dnnl_convolution_backward_data_primitive_desc_create(
          result, engine, dnnl_convolution_direct, l->input, l->weights, l->output, w.stride,
          w.dilation, w.padding, w.padding, hint, attributes);
    case onednn_convolution_weight_gradient:
      return dnnl_convolution_backward_weights_primitive_desc_create(
          result, engine, dnnl_convolution_direct, l->input, l->weights, l->bias, l->output,
          w.stride, w.dilation, w.padding, w.padding, hint, attributes);
    case onednn_maximum_forward:
    case onednn_average_forward:
      return dnnl_pooling_forward_primitive_desc_create(
          result, engine, dnnl_forward_training, pooling, l->input, l->output, w.stride, w.kernel,
          w.dilation, w.padding, w.padding, attributes);
    case onednn_maximum_gradient:
    case onednn_average_gradient:
      return dnnl_pooling_backward_primitive_desc_create(
          result, engine, pooling, l->input, l->output, w.stride, w.kernel, w.dilation, w.padding,
          w.padding, hint, attributes);
  }
  return dnnl_invalid_arguments;
}

#else

// The descriptors of version 2 are made in two steps.
static dnnl_status_t describe(dnnl_primitive_desc_t *result, const_dnnl_op_desc_t operation,
                              dnnl_status_t status, const_dnnl_primitive_attr_t attributes,
                              dnnl_engine_t engine, const_dnnl_primitive_desc_t hint) {
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(result, operation, attributes, engine, hint);
}

dnnl_status_t norm_describe(dnnl_primitive_desc_t *result, onednn_kind kind,
                            const onednn_window *window, onednn_options options,
                            const norm_layouts *l, const_dnnl_primitive_attr_t attributes,
                            dnnl_engine_t engine, const_dnnl_primitive_desc_t hint) {
  window_extents w = extents_of(window);
  dnnl_alg_kind_t pooling = pooling_of(kind, options);
  dnnl_convolution_desc_t convolution;
  dnnl_pooling_v2_desc_t pool;
  dnnl_status_t status;
  switch (kind) {
    case onednn_convolution_forward:
      status = dnnl_dilated_convolution_forward_desc_init(
          &convolution, dnnl_forward_training, dnnl_convolution_direct, l->input, l->weights,
          l->bias, l->output, w.stride, w.dilation, w.padding, w.padding);
      return describe(result, &convolution, status, attributes, engine, hint);
    case onednn_convolution_input_gradient:
      status = dnnl_dilated_convolution_backward_data_desc_init(
          &convolution, dnnl_convolution_direct, l->input, l->weights, l->output, w.stride,
          w.dilation, w.padding, w.padding);
      return describe(result, &convolution, status, attributes, engine, hint);
    case onednn_convolution_weight_gradient:
      status = dnnl_dilated_convolution_backward_weights_desc_init(
          &convolution, dnnl_convolution_direct, l->input, l->weights, l->bias, l->output,
          w.stride, w.dilation, w.padding, w.padding);
      return describe(result, &convolution, status, attributes, engine, hint);
    case onednn_maximum_forward:
    case onednn_average_forward:
      status = dnnl_pooling_v2_forward_desc_init(&pool, dnnl_forward_training, pooling, l->input,
                                                 l->output, w.stride, w.kernel, w.dilation,
                                                 w.padding, w.padding);
      return describe(result, &pool, status, attributes, engine, hint);
    case onednn_maximum_gradient:
    case onednn_average_gradient:
      status = dnnl_pooling_v2_backward_desc_init(&pool, pooling, l->input, l->output, w.stride,
                                                  w.kernel, w.dilation, w.padding, w.padding);
      return describe(result, &pool, status, attributes, engine, hint);
  }
  return dnnl_invalid_arguments;
}

#endif
