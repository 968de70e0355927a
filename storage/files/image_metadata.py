"""A picture file as plain as it can be: the pixels and how to show them, nothing beside or behind. Reads bytes, decodes nothing.

A plain file is kept bit for bit. Of a JPEG whatever else there is (camera and place in EXIF, comments, more pictures of a phone's
burst, a web page glued to the end) is cut out, which leaves its pixels as they are; other files are not plain then, and their
pixels are written anew. When in doubt a file is not plain: that costs time, and of a JPEG a little sharpness, but not privacy.
"""

from __future__ import annotations

import re

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
_JPEG_FRAMES = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended and progressive
_JPEG_TABLES = frozenset((0xDB, 0xC4, 0xDD))  # of quantisation and Huffman coding; the restart interval
_JPEG_REMARKS = frozenset((*range(0xE0, 0xF0), 0xFE))  # what applications add, and comments

_MAX_JPEG_PARTS = 2**14  # before and between the coded pixels; each takes a step of the loop below
_NEXT_MARKER = re.compile(
    rb"\xff[^\x00\xd0-\xd7]", re.DOTALL
)  # in coded pixels FF has a zero or a restart mark behind it


def png_has_no_metadata(data: bytes) -> bool:
    """Return whether the file is 8-bit (or less) PNG of known chunks that ends where it says."""
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


def strip_jpeg(data: bytes) -> bytes | None:
    """Return the JPEG without what is not needed to show it, its coded pixels bit for bit; None where it is out of the ordinary.

    Kept are the tables, the frame, the scans, and JFIF, ICC profile and Adobe's colour transform, which say what the colours mean.
    """
    kept = [b"\xff\xd8"]
    at, frames, scans = 2, 0, 0
    for _ in range(_MAX_JPEG_PARTS):
        if data[at : at + 1] != b"\xff" or data[at : at + 2] == b"\xff\xd9" or at + 4 > len(data):
            break
        marker = data[at + 1]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        body = data[at + 4 : end]
        if end < at + 4 or end > len(data):
            return None
        frames, scans = frames + (marker in _JPEG_FRAMES), scans + (marker == 0xDA)
        if marker == 0xDA:
            end = _end_of_scan(data, end)
        elif marker in _JPEG_REMARKS:
            if (is_needed := _says_what_colours_mean(marker, body)) is None:
                return None
            if not is_needed:
                at = end
                continue
        elif marker not in _JPEG_FRAMES and marker not in _JPEG_TABLES:
            return None
        kept.append(data[at:end])
        at = end
    is_whole = data[at : at + 2] == b"\xff\xd9" and frames == 1 and scans > 0
    return b"".join((*kept, b"\xff\xd9")) if is_whole else None


def _end_of_scan(data: bytes, at: int) -> int:
    """Return where the next marker is."""
    found = _NEXT_MARKER.search(data, at)
    return len(data) if found is None else found.start()


def _says_what_colours_mean(marker: int, body: bytes) -> bool | None:
    """Return whether a remark is needed to show the pixels; None: it is, and holds more than that, or not what it should."""
    if marker == 0xE0 and body.startswith(b"JFIF\x00"):
        return True if len(body) == 14 and body[12:] == b"\x00\x00" else None  # else a small picture of its own
    if marker == 0xEE and body.startswith(b"Adobe"):
        return True if len(body) == 12 else None
    return marker == 0xE2 and body.startswith(b"ICC_PROFILE\x00")


def webp_has_no_metadata(data: bytes) -> bool:
    """Return whether the file is one still WebP picture without metadata that ends where it says."""
    if len(data) < 20 or int.from_bytes(data[4:8], "little") + 8 != len(data):
        return False
    at = 12
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] not in _WEBP_CHUNKS:
            return False
        at += 8 + length + length % 2
    return at == len(data)
