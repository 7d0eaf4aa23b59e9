// The system's zlib, and a function for a macro of its that Swift does not see.
#ifndef ZLIB_SHIM_H
#define ZLIB_SHIM_H

#include <zlib.h>

/// Begins to inflate a gzip file; fields of `stream` that zlib asks for are 0. Returns zlib's status.
/// The stream must stay where it is until `inflateEnd`: zlib keeps its address.
int zlib_begin_gzip_inflation(z_stream *stream);

#endif
