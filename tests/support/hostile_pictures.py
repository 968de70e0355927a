"""Small picture files that cost a lot to read, or look like something else. Each is made when it is asked for."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.support.pictures import encode

SIDE = 5_000  # pixels: the largest square that is taken


def chunk(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(between: bytes = b"", after: bytes = b"", size: tuple[int, int] = (8, 8), rows: bytes | None = None) -> bytes:
    """A PNG with these parts before and behind its pixels; it may say another size than its rows have."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(9 * 8) if rows is None else rows, 9))
    return b"\x89PNG\r\n\x1a\n" + header + between + pixels + after + chunk(b"IEND")


def tiff(directories: int, compression: str | None = None) -> bytes:
    data = bytearray(encode(Image.new("L", (8, 8), 7), "TIFF", **({"compression": compression} if compression else {})))
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    link = start + 2 + 12 * count
    directory = bytes(data[start:link])
    for _ in range(directories):
        data += b"\0" * (len(data) % 2)
        struct.pack_into("<I", data, link, len(data))
        data += directory + b"\0\0\0\0"
        link = len(data) - 4
    return bytes(data)


def tags_of_the_same_bytes(tags: int, count: int, size: int) -> bytes:
    """A list of tags that all name the same bytes, four times ``count``, in so many bytes."""
    entries = b"".join(struct.pack("<HHII", number, 4, count, 8) for number in range(300, 300 + tags))
    head = b"II*\0" + struct.pack("<IH", 8, tags) + entries + bytes(4)
    return head + bytes(size - len(head))


def jpeg_of_exif(parts: int) -> bytes:
    """Every part of its EXIF goes behind the one before, and the tags in the first name all of them."""
    exif = tags_of_the_same_bytes(5_000, parts * 16_000, parts * 65_000)
    data = encode(Image.new("L", (8, 8), 7), "JPEG")
    cut = (b"Exif\0\0" + exif[at : at + 65_000] for at in range(0, len(exif), 65_000))
    return data[:2] + b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 2) + part for part in cut) + data[2:]


def gif(before: bytes = b"", frames: int = 1) -> bytes:
    data = encode(Image.new("L", (8, 8), 7), "GIF")
    frame = data.index(b",")
    return data[:frame] + before + data[frame:-1] * frames + b";"


def jpeg(remarks: int = 0) -> bytes:
    data = encode(Image.new("L", (8, 8), 7), "JPEG")
    return data[:2] + b"\xff\xfe\x00\x02" * remarks + data[2:]


def jpeg_of_scans(scans: int, size: int = 64) -> bytes:
    data = encode(Image.new("L", (size, size), 7), "JPEG", progressive=True)
    return data[:-2] + data[data.rindex(b"\xff\xda") : -2] * scans + data[-2:]


def turned_noise() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    noise = Image.effect_noise((5000, 1000), 200).resize((5000, 5000), Image.Resampling.NEAREST)
    channels = [noise.transpose(turn) for turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180)]
    return encode(Image.merge("RGB", (noise, *channels)), "JPEG", quality=50, exif=exif)


def bomb(size: int = 400 << 20) -> bytes:
    """So many zeros, packed."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def apng(frames: int) -> bytes:
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    frame = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0))
    return png(control + frame, frame * frames)


def webp(frames: int) -> bytes:
    """An animation whose last frame comes again and again."""
    two = [Image.new("L", (8, 8), value).convert("RGB") for value in (7, 200)]
    data = bytearray(encode(two[0], "WEBP", save_all=True, append_images=two[1:], lossless=True))
    data += data[data.rindex(b"ANMF") :] * frames
    struct.pack_into("<I", data, 4, len(data) - 8)
    return bytes(data)


def webp_of_size(width: int, height: int) -> bytes:
    """A WebP whose canvas is said to be of this size."""
    data = bytearray(webp(1))
    data[24:27], data[27:30] = (width - 1).to_bytes(3, "little"), (height - 1).to_bytes(3, "little")
    return bytes(data)


def gif_of_size(width: int, height: int) -> bytes:
    data = bytearray(gif())
    struct.pack_into("<HH", data, 6, width, height)
    return bytes(data)


def icc_bomb() -> bytes:
    return png(chunk(b"iCCP", b"profile\0\0" + bomb()))


def largest(mode: str = "RGBA", kind: str = "PNG", **options: object) -> bytes:
    """A picture of as many pixels as are taken, which is no fault: what it takes is what one visitor may take."""
    return encode(Image.linear_gradient("L").resize((SIDE, SIDE)).convert(mode), kind, **options)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "tiff of 150,000 directories": lambda: tiff(150_000),
    "tiff of 150,000 packed directories": lambda: tiff(150_000, "tiff_lzw"),
    "tiff of 60,000 tags of the same 14 MB": lambda: tags_of_the_same_bytes(60_000, 3_500_000, 15 << 20),
    "exif of 300 tags of the same 14 MB": lambda: png(chunk(b"eXIf", tags_of_the_same_bytes(300, 3_500_000, 15 << 20))),
    "jpeg of 5,000 tags of the same 64 KB": lambda: jpeg_of_exif(1),
    "jpeg of 5,000 tags of the same 18 MB": lambda: jpeg_of_exif(280),
    "webp of 25 megapixels": lambda: largest("RGB", "WEBP", method=0),  # its decoder holds four of them
    "png of 1,500,000 remarks": lambda: png(chunk(b"tEXt") * 1_500_000),
    "png of 1,500,000 rows": lambda: png(chunk(b"IDAT") * 1_500_000),
    "png of 60,000 x 60,000": lambda: png(size=(60_000, 60_000)),
    "png of 2,147,483,647 x 1": lambda: png(size=(2**31 - 1, 1)),
    "png whose rows unpack to 400 MB": lambda: png(rows=bytes(400 << 20)),
    "apng of 100,000 frames": lambda: apng(100_000),
    "bomb in iCCP": icc_bomb,
    "bomb in zTXt": lambda: png(chunk(b"zTXt", b"Comment\0\0" + bomb())),
    "bomb in iTXt": lambda: png(chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb())),
    "bombs in 100 zTXt": lambda: png(chunk(b"zTXt", b"Comment\0\0" + bomb(64 << 20)) * 100),
    "exif of 18 MB": lambda: png(chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + bytes(18 << 20))),
    "gif of 6,000,000 remarks": lambda: gif(b"!\xfe\0" * 6_000_000),
    "gif of a remark of 9,000,000 blocks": lambda: gif(b"!\xfe" + b"\x01a" * 9_000_000 + b"\0"),
    "gif of 500,000 frames": lambda: gif(frames=500_000),
    "gif of 65,535 x 65,535": lambda: gif_of_size(65_535, 65_535),
    "webp of 100,000 frames": lambda: webp(100_000),
    "webp of 16,384 x 16,384": lambda: webp_of_size(16_384, 16_384),
    "jpeg of 4,000,000 remarks": lambda: jpeg(4_000_000),
    "jpeg of 3,000 scans": lambda: jpeg_of_scans(3_000),
    "jpeg of 30 scans of 25 megapixels": lambda: jpeg_of_scans(25, SIDE),
    "jpeg of turned noise": turned_noise,
    "picture cut off": lambda: largest("L")[:-2_000],
    "svg": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 4_000_000,
    "svg of entities": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "' + b"a" * 9_000_000 + b'">]><svg>&a;&a;</svg>'
    ),
    "avif": lambda: b"\0\0\0 ftypavif" + bytes(1 << 20),
    "heic": lambda: b"\0\0\0 ftypheic" + bytes(1 << 20),
    "gif that is a script": lambda: b"GIF89a/*" + bytes(1 << 20) + b"*/=1;alert(1)",
    "zip behind a png": lambda: png() + b"PK\x05\x06" + bytes(18),
    "zeros": lambda: bytes(19 << 20),
    "nothing": bytes,
}
USUAL: dict[str, Callable[[], bytes]] = {
    "png of 25 megapixels": lambda: largest("RGB"),
    "png of 25 megapixels with an alpha channel": largest,
    "png of 16 bits": lambda: encode(Image.new("I;16", (SIDE, SIDE), 40_000), "PNG"),
    "png of 1 bit": lambda: largest("1"),
    "jpeg in CMYK": lambda: largest("CMYK", "JPEG"),
    "progressive jpeg": lambda: largest("RGB", "JPEG", progressive=True),
    "webp of 12 megapixels": lambda: encode(Image.new("RGB", (3_500, 3_500), "red"), "WEBP", method=0),
    "bmp": lambda: encode(Image.new("RGB", (2_500, 2_500), "red"), "BMP"),
}
