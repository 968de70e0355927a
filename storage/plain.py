"""Is a picture file plain: the pixels and how to show them, with nothing beside or behind? Reads bytes, decodes nothing.

A plain file may be kept bit for bit. Anything else (camera and place in EXIF, comments, more pictures of a phone's burst, a web
page glued to the end) is left behind by writing the pixels anew. When in doubt the answer is no: that costs time, not privacy.
"""

from __future__ import annotations

_PNG_CHUNKS = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"pHYs",
        b"bKGD",
        b"cICP",
    )
)
_WEBP_CHUNKS = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"))
# JFIF, ICC profile, Adobe's colour transform, tables, frame headers, restart interval
_JPEG_SEGMENTS = frozenset((0xE0, 0xE2, 0xEE, 0xDB, 0xC0, 0xC1, 0xC2, 0xC4, 0xDD))


def is_plain_png(data: bytes) -> bool:
    """Say whether the file is 8-bit (or less) PNG of known chunks that ends where it says."""
    if len(data) < 33 or data[24] == 16:
        return False
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        at += 12 + length
        if kind not in _PNG_CHUNKS:
            return False
        if kind == b"IEND":
            return at == len(data)
    return False


def is_plain_jpeg(data: bytes) -> bool:
    """Say whether the file is JPEG of known segments that ends at its first end marker."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            return data.find(b"\xff\xd9", at) == len(data) - 2
        if marker not in _JPEG_SEGMENTS:
            return False
        if marker == 0xE2 and data[at + 4 : at + 16] != b"ICC_PROFILE\x00":
            return False  # further pictures of a multi-picture file
        at += 2 + length
    return False


def is_plain_webp(data: bytes) -> bool:
    """Say whether the file is one still WebP picture without metadata that ends where it says."""
    if len(data) < 20 or int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] not in _WEBP_CHUNKS:
            return False
        at += 8 + length + length % 2
    return at == len(data)
