#include "zlib_shim.h"

int zlib_begin_gzip_inflation(z_stream *stream) {
  // 16 more than the window's bits: gzip's header and checksum, and no other format.
  return inflateInit2(stream, 16 + MAX_WBITS);
}
