#include <pthread.h>
#include <stdlib.h>

#include "layouts.h"

struct onednn_primitive {
  onednn_kind kind;
  dnnl_primitive_t main;
  // Between weights as the caller has them and as `main` wants them; NULL where these are the same.
  dnnl_primitive_t reorder;
  norm_layout plain_weights;
  norm_layouts layouts;          // what `main` takes; owned by its descriptor
  dnnl_primitive_desc_t descriptor;
  norm_layout record;
  norm_layout scratchpad;
  char name[96];
};

// A call's own memory: first the weights in the library's layout, then what the library works in. The library's
// own scratchpad is shared by all computations that one thread prepared, so that two of them could not run at a time.
static const size_t alignment = 64;

static size_t weight_bytes(const onednn_primitive *primitive) {
  size_t bytes = onednn_packed_bytes(primitive);
  return (bytes + alignment - 1) / alignment * alignment;
}

static dnnl_engine_t engine;
static dnnl_status_t engine_status;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void create_engine(void) { engine_status = dnnl_engine_create(&engine, dnnl_cpu, 0); }

static bool is_convolution(onednn_kind kind) { return kind <= onednn_convolution_weight_gradient; }

static bool is_forward(onednn_kind kind) {
  return kind == onednn_convolution_forward || kind == onednn_maximum_forward ||
         kind == onednn_average_forward;
}

// A layout of weights; `tag` where there are no groups, else `grouped_tag`.
static norm_layout create_weight_layout(const onednn_window *w, dnnl_format_tag_t tag,
                                        dnnl_format_tag_t grouped_tag) {
  dnnl_dim_t groups = (dnnl_dim_t)w->groups;
  dnnl_dim_t outputs = (dnnl_dim_t)w->output_channels / groups;
  dnnl_dim_t inputs = (dnnl_dim_t)w->input_channels / groups;
  dnnl_dim_t height = (dnnl_dim_t)w->kernel[0], width = (dnnl_dim_t)w->kernel[1];
  dnnl_dims_t whole = {outputs, inputs, height, width};
  dnnl_dims_t grouped = {groups, outputs, inputs, height, width};
  return groups == 1 ? norm_layout_create(4, whole, tag)
                     : norm_layout_create(5, grouped, grouped_tag);
}

// Channels-last activations, the library's own weights.
static bool create_layouts(norm_layouts *layouts, const onednn_window *w, onednn_kind kind,
                           onednn_options options) {
  dnnl_dims_t input = {(dnnl_dim_t)w->batch, (dnnl_dim_t)w->input_channels,
                       (dnnl_dim_t)w->input[0], (dnnl_dim_t)w->input[1]};
  dnnl_dims_t output = {(dnnl_dim_t)w->batch, (dnnl_dim_t)w->output_channels,
                        (dnnl_dim_t)w->output[0], (dnnl_dim_t)w->output[1]};
  dnnl_dims_t bias = {(dnnl_dim_t)w->output_channels};
  layouts->input = norm_layout_create(4, input, dnnl_nhwc);
  layouts->output = norm_layout_create(4, output, dnnl_nhwc);
  if (!layouts->input || !layouts->output) return false;
  if (!is_convolution(kind)) return true;
  layouts->weights = create_weight_layout(w, dnnl_format_tag_any, dnnl_format_tag_any);
  if (options.bias) layouts->bias = norm_layout_create(1, bias, dnnl_x);
  return layouts->weights && (layouts->bias || !options.bias);
}

static void destroy_layouts(norm_layouts *layouts) {
  norm_layout_destroy(layouts->input);
  norm_layout_destroy(layouts->output);
  norm_layout_destroy(layouts->weights);
  norm_layout_destroy(layouts->bias);
}

// Gradients are described with the forward computation as a hint.
static dnnl_status_t describe(dnnl_primitive_desc_t *result, onednn_kind kind,
                              const onednn_window *window, onednn_options options) {
  norm_layouts layouts = {0};
  dnnl_primitive_desc_t hint = NULL;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_status_t status = dnnl_out_of_memory;
  if (create_layouts(&layouts, window, kind, options)) {
    status = norm_attributes(&attributes, options, layouts.output);
    if (status == dnnl_success && !is_forward(kind)) {
      onednn_kind forward = is_convolution(kind)                ? onednn_convolution_forward
                            : kind == onednn_maximum_gradient ? onednn_maximum_forward
                                                                : onednn_average_forward;
      status = norm_describe(&hint, forward, window, options, &layouts, NULL, engine, NULL);
    }
    if (status == dnnl_success)
      status = norm_describe(result, kind, window, options, &layouts, attributes, engine, hint);
  }
  if (hint) dnnl_primitive_desc_destroy(hint);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  destroy_layouts(&layouts);
  return status;
}

static dnnl_status_t create_reorder(onednn_primitive *primitive, const onednn_window *w) {
  bool is_gradient = primitive->kind == onednn_convolution_weight_gradient;
  dnnl_query_t which = is_gradient ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
  norm_layout own = dnnl_primitive_desc_query_md(primitive->descriptor, which, 0);
  primitive->layouts.weights = own;
  norm_layout plain = create_weight_layout(w, dnnl_oihw, dnnl_goihw);
  primitive->plain_weights = plain;
  if (!plain) return dnnl_out_of_memory;
  if (dnnl_memory_desc_equal(plain, own)) return dnnl_success;
  dnnl_primitive_desc_t descriptor = NULL;
  dnnl_status_t status = dnnl_reorder_primitive_desc_create(
      &descriptor, is_gradient ? own : plain, engine, is_gradient ? plain : own, engine, NULL);
  if (status == dnnl_success) status = dnnl_primitive_create(&primitive->reorder, descriptor);
  if (descriptor) dnnl_primitive_desc_destroy(descriptor);
  return status;
}

static dnnl_status_t prepare(onednn_primitive *primitive, const onednn_window *window,
                             onednn_options options) {
  dnnl_status_t status = describe(&primitive->descriptor, primitive->kind, window, options);
  if (status != dnnl_success) return status;
  dnnl_primitive_desc_t descriptor = primitive->descriptor;
  bool forward = is_forward(primitive->kind);
  bool gives_input = !forward && primitive->kind != onednn_convolution_weight_gradient;
  primitive->scratchpad = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0);
  dnnl_query_t input = gives_input ? dnnl_query_diff_src_md : dnnl_query_src_md;
  dnnl_query_t output = forward ? dnnl_query_dst_md : dnnl_query_diff_dst_md;
  primitive->layouts.input = dnnl_primitive_desc_query_md(descriptor, input, 0);
  primitive->layouts.output = dnnl_primitive_desc_query_md(descriptor, output, 0);
  if (options.bias && primitive->kind != onednn_convolution_input_gradient) {
    dnnl_query_t bias = forward ? dnnl_query_weights_md : dnnl_query_diff_weights_md;
    primitive->layouts.bias = dnnl_primitive_desc_query_md(descriptor, bias, 1);
  }
  if (primitive->kind == onednn_maximum_forward || primitive->kind == onednn_maximum_gradient)
    primitive->record = dnnl_primitive_desc_query_md(descriptor, dnnl_query_workspace_md, 0);
  const char *name = NULL;
  dnnl_primitive_desc_query(descriptor, dnnl_query_impl_info_str, 0, (void *)&name);
  if (name) __builtin_strncpy(primitive->name, name, sizeof primitive->name - 1);
  status = dnnl_primitive_create(&primitive->main, descriptor);
  if (status == dnnl_success && is_convolution(primitive->kind))
    status = create_reorder(primitive, window);
  return status;
}

int onednn_primitive_create(onednn_primitive **result, onednn_kind kind,
                            const onednn_window *window, onednn_options options) {
  *result = NULL;
  pthread_once(&engine_once, create_engine);
  if (engine_status != dnnl_success) return engine_status;
  onednn_primitive *primitive = calloc(1, sizeof *primitive);
  if (!primitive) return dnnl_out_of_memory;
  primitive->kind = kind;
  dnnl_status_t status = prepare(primitive, window, options);
  if (status != dnnl_success) {
    onednn_primitive_destroy(primitive);
    return status;
  }
  *result = primitive;
  return dnnl_success;
}

void onednn_primitive_destroy(onednn_primitive *primitive) {
  if (primitive->main) dnnl_primitive_destroy(primitive->main);
  if (primitive->reorder) dnnl_primitive_destroy(primitive->reorder);
  if (primitive->descriptor) dnnl_primitive_desc_destroy(primitive->descriptor);
  norm_layout_destroy(primitive->plain_weights);
  free(primitive);
}

size_t onednn_primitive_work_bytes(const onednn_primitive *primitive) {
  size_t bytes = weight_bytes(primitive);
  return primitive->scratchpad ? bytes + dnnl_memory_desc_get_size(primitive->scratchpad) : bytes;
}

size_t onednn_primitive_record_bytes(const onednn_primitive *primitive) {
  return primitive->record ? dnnl_memory_desc_get_size(primitive->record) : 0;
}

const char *onednn_primitive_name(const onednn_primitive *primitive) { return primitive->name; }

// The arguments of one execution. After a failure the rest does nothing.
typedef struct {
  dnnl_exec_arg_t items[8];
  int count;
  dnnl_status_t status;
} arguments;

static void add(arguments *list, int role, norm_layout layout, const void *data) {
  if (list->status != dnnl_success) return;
  dnnl_memory_t memory = NULL;
  list->status = dnnl_memory_create(&memory, layout, engine, (void *)data);
  if (list->status == dnnl_success)
    list->items[list->count++] = (dnnl_exec_arg_t){role, memory};
}

static dnnl_status_t run(dnnl_primitive_t primitive, arguments *list) {
  dnnl_stream_t stream = NULL;
  if (list->status == dnnl_success)
    list->status = dnnl_stream_create(&stream, engine, dnnl_stream_default_flags);
  if (list->status == dnnl_success)
    list->status = dnnl_primitive_execute(primitive, stream, list->count, list->items);
  if (list->status == dnnl_success) list->status = dnnl_stream_wait(stream);
  if (stream) dnnl_stream_destroy(stream);
  for (int i = 0; i < list->count; i++) dnnl_memory_destroy(list->items[i].memory);
  return list->status;
}

static dnnl_status_t run_main(const onednn_primitive *primitive, arguments *list, void *work) {
  if (primitive->scratchpad && dnnl_memory_desc_get_size(primitive->scratchpad) > 0)
    add(list, DNNL_ARG_SCRATCHPAD, primitive->scratchpad, (char *)work + weight_bytes(primitive));
  return run(primitive->main, list);
}

static dnnl_status_t reorder(const onednn_primitive *primitive, norm_layout from, const void *source,
                             norm_layout to, void *target) {
  arguments list = {0};
  add(&list, DNNL_ARG_FROM, from, source);
  add(&list, DNNL_ARG_TO, to, target);
  return run(primitive->reorder, &list);
}

// The weights as `main` wants them: the caller's, or a copy of them in `work`.
static dnnl_status_t own_weights(const onednn_primitive *primitive, const float **weight,
                                 void *work) {
  if (!primitive->reorder) return dnnl_success;
  dnnl_status_t status =
      reorder(primitive, primitive->plain_weights, *weight, primitive->layouts.weights, work);
  *weight = work;
  return status;
}

size_t onednn_packed_bytes(const onednn_primitive *primitive) {
  return primitive->reorder ? dnnl_memory_desc_get_size(primitive->layouts.weights) : 0;
}

int onednn_pack(const onednn_primitive *primitive, const float *weight, float *packed) {
  return own_weights(primitive, &weight, packed);
}

int onednn_convolve(const onednn_primitive *primitive, const float *input, const float *weight,
                    bool is_packed, const float *bias, const float *addend, float *output,
                    void *work) {
  arguments list = {0};
  if (!is_packed) list.status = own_weights(primitive, &weight, work);
  const norm_layouts *l = &primitive->layouts;
  add(&list, DNNL_ARG_SRC, l->input, input);
  add(&list, DNNL_ARG_WEIGHTS, l->weights, weight);
  add(&list, DNNL_ARG_DST, l->output, output);
  if (bias) add(&list, DNNL_ARG_BIAS, l->bias, bias);
  if (addend)
    add(&list, DNNL_ARG_ATTR_MULTIPLE_POST_OP(0) | DNNL_ARG_SRC_1, l->output, addend);
  return run_main(primitive, &list, work);
}

int onednn_convolve_input_gradient(const onednn_primitive *primitive, const float *output_gradient,
                                   const float *weight, float *input_gradient, void *work) {
  arguments list = {.status = own_weights(primitive, &weight, work)};
  const norm_layouts *l = &primitive->layouts;
  add(&list, DNNL_ARG_DIFF_DST, l->output, output_gradient);
  add(&list, DNNL_ARG_WEIGHTS, l->weights, weight);
  add(&list, DNNL_ARG_DIFF_SRC, l->input, input_gradient);
  return run_main(primitive, &list, work);
}

int onednn_convolve_weight_gradient(const onednn_primitive *primitive, const float *input,
                                    const float *output_gradient, float *weight_gradient,
                                    float *bias_gradient, void *work) {
  arguments list = {0};
  const norm_layouts *l = &primitive->layouts;
  void *own = primitive->reorder ? work : weight_gradient;
  add(&list, DNNL_ARG_SRC, l->input, input);
  add(&list, DNNL_ARG_DIFF_DST, l->output, output_gradient);
  add(&list, DNNL_ARG_DIFF_WEIGHTS, l->weights, own);
  if (bias_gradient) add(&list, DNNL_ARG_DIFF_BIAS, l->bias, bias_gradient);
  dnnl_status_t status = run_main(primitive, &list, work);
  if (status != dnnl_success || !primitive->reorder) return status;
  return reorder(primitive, l->weights, own, primitive->plain_weights, weight_gradient);
}

int onednn_pool(const onednn_primitive *primitive, const float *input, float *output,
                void *record, void *work) {
  arguments list = {0};
  add(&list, DNNL_ARG_SRC, primitive->layouts.input, input);
  add(&list, DNNL_ARG_DST, primitive->layouts.output, output);
  if (primitive->record) add(&list, DNNL_ARG_WORKSPACE, primitive->record, record);
  return run_main(primitive, &list, work);
}

int onednn_pool_gradient(const onednn_primitive *primitive, const float *output_gradient,
                         float *input_gradient, const void *record, void *work) {
  arguments list = {0};
  add(&list, DNNL_ARG_DIFF_DST, primitive->layouts.output, output_gradient);
  add(&list, DNNL_ARG_DIFF_SRC, primitive->layouts.input, input_gradient);
  if (primitive->record) add(&list, DNNL_ARG_WORKSPACE, primitive->record, record);
  return run_main(primitive, &list, work);
}
