"""Writes what numpy finds in the checkpoints beside it: for every tensor the CRC-32 of its values in row-major order,
ternary weights as int8, floats as little-endian float32, and for ternary weights the float32 bits of their scale.

python golden.py
"""
import json, struct, zlib
from pathlib import Path

import numpy as np


def tensors(path):
    raw = path.read_bytes()
    (length,) = struct.unpack_from("<Q", raw)
    for name, t in json.loads(raw[8:8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + o for o in t["data_offsets"])
            yield name, t["dtype"], t["shape"], raw[begin:end]


def floats(dtype, data):
    assert dtype == "BF16"
    return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4")


for model in Path(__file__).parent.glob("*/model.safetensors"):
    scales = {n: floats(d, b)[0] for n, d, _, b in tensors(model) if n.endswith("_scale")}
    lines = ["name,rows,columns,crc32,scale"]
    for name, dtype, shape, data in sorted(tensors(model)):
        if dtype == "U8":
            packed = np.frombuffer(data, np.uint8).reshape(shape)
            w = np.concatenate([packed >> 2 * i & 3 for i in range(4)]).astype(np.int8) - 1
            bits = scales[name + "_scale"].view("<u4")
            lines.append(f"{name},{w.shape[0]},{w.shape[1]},{zlib.crc32(w.tobytes()):08x},{bits:08x}")
        elif not name.endswith("_scale"):
            rows, columns = shape if len(shape) == 2 else (1, shape[0])
            lines.append(f"{name},{rows},{columns},{zlib.crc32(floats(dtype, data).tobytes()):08x},")
    (model.parent / "golden.csv").write_text("\n".join(lines) + "\n")
