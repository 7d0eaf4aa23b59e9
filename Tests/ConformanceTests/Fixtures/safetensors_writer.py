"""Writes safetensors files, the same bytes for the same tensors; the fixture scripts share it.

Needs NumPy alone, so that each script runs beside whatever it asks. The order is that of the reference
library: tensors by falling size of their type, then by name; metadata by key. Files hold F32 and F64.
"""

import json

import numpy

TYPES = {"F32": numpy.dtype("<f4"), "F64": numpy.dtype("<f8")}


def write(path, tensors, metadata):
    """Saves named arrays and a map of strings to strings."""
    names = {dtype: name for name, dtype in TYPES.items()}
    entries = sorted(tensors.items(), key=lambda entry: (-entry[1].dtype.itemsize, entry[0]))
    header, data = {"__metadata__": dict(sorted(metadata.items()))}, b""
    for name, tensor in entries:
        start = len(data)
        data += numpy.ascontiguousarray(tensor).tobytes()
        header[name] = {
            "dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [start, len(data)],
        }  # fmt: skip
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def compact(value):
    """JSON without spaces: a setting as a string of the metadata."""
    return json.dumps(value, separators=(",", ":"))
