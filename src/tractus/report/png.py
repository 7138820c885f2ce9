"""A picture as PNG, inside the page: eight bits per channel, nothing more."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def data_uri(rgba: NDArray[np.uint8]) -> str:
    """Address of a picture (rows, columns, 4) that stands in the page itself."""
    return "data:image/png;base64," + base64.b64encode(png(rgba)).decode()


def png(rgba: NDArray[np.uint8]) -> bytes:
    """PNG (ISO/IEC 15948) of a picture (rows, columns, 4), the first row on top."""
    height, width, _ = rgba.shape
    raw = np.zeros((height, 1 + 4 * width), np.uint8)  # each row begins with its filter: none
    raw[:, 1:] = rgba.reshape(height, 4 * width)
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(raw.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
