// What differs between oneDNN 2.6 and 3.x: memory descriptors and the making of primitive descriptors.
#ifndef LAYOUTS_H
#define LAYOUTS_H

#include <oneapi/dnnl/dnnl.h>

#include "onednn_shim.h"

// A memory descriptor as the library's functions take it.
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t norm_layout;
#else
typedef const dnnl_memory_desc_t *norm_layout;
#endif

/// A layout of Float32 elements, or NULL. `dnnl_format_tag_any` leaves the choice to the library.
norm_layout norm_layout_create(int rank, const dnnl_dims_t extents, dnnl_format_tag_t tag);
void norm_layout_destroy(norm_layout layout);

/// The layouts of a convolution's or a pooling's tensors; weights and bias are NULL for pooling.
typedef struct {
  norm_layout input, weights, bias, output;
} norm_layouts;

/// The descriptor of a computation. `hint`: that of the forward computation, for gradients.
dnnl_status_t norm_describe(dnnl_primitive_desc_t *result, onednn_kind kind,
                            const onednn_window *window, onednn_options options,
                            const norm_layouts *layouts, const_dnnl_primitive_attr_t attributes,
                            dnnl_engine_t engine, const_dnnl_primitive_desc_t hint);

/// Memory to work in comes from the caller; behind a convolution the sum with a tensor of the output's layout, and ReLU.
dnnl_status_t norm_attributes(dnnl_primitive_attr_t *result, onednn_options options,
                              norm_layout output);

#endif
