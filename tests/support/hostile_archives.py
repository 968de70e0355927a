"""Archives and rows that are made to hold, fill or leave the server. Each is made when it is asked for."""

from __future__ import annotations

import io
import json
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.support.pictures import encode, noisy

ROW = {
    "question": "How many?",
    "answer": "5",
    "response": {"steps": ["Five."]},
    "policy_model": "p",
    "data_source": "s",
}


def rows(*changes: Mapping[str, object]) -> bytes:
    return "".join(
        json.dumps({**ROW, "question": f"How many {at}?", **change}) + "\n" for at, change in enumerate(changes)
    ).encode()


def archive(files: Mapping[str | zipfile.ZipInfo, bytes], **options: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **options) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


def link(name: str, target: bytes) -> bytes:
    info = zipfile.ZipInfo(name)
    info.external_attr = 0o120777 << 16
    return archive({info: target, "test.jsonl": rows({"image": [name]})})


def packed_zeros(size: int) -> bytes:
    """An archive whose test.jsonl is one line of so many zeros."""
    return archive({"test.jsonl": bytes(size)}, compresslevel=9)


def of_wrong_size() -> bytes:
    """An archive that says its file has another size and another checksum."""
    data = bytearray(archive({"test.jsonl": rows({})}))
    for at, size in ((14, 4), (22, 4)):
        data[at : at + size] = b"\xff\x00\xff\x00"
    at = data.rindex(b"PK\x01\x02")
    data[at + 16 : at + 28] = struct.pack("<III", 7, 1, 2**31)
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(archive({"test.jsonl": rows({})}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def doubled() -> bytes:
    out = io.BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(out, "w") as packed:
        packed.writestr("test.jsonl", rows({}))
        packed.writestr("test.jsonl", rows({"answer": "6"}))
    return out.getvalue()


def overlapping(count: int) -> bytes:
    """An archive whose entries all name one and the same packed file of 100 MB of zeros."""
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = raw.compress(bytes(100 << 20)) + raw.flush()
    crc = zlib.crc32(bytes(100 << 20))
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 33, crc, len(body), 100 << 20, 1, 0) + b"a"
    central = b"".join(
        struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 33, crc, len(body), 100 << 20, 1, 0, 0, 0, 0, 0, 0
        )
        + b"a"
        for _ in range(count)
    )
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(central), len(local) + len(body), 0)
    return local + body + central + end


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "zip slip": lambda: archive({"../../../evil.txt": b"x", "test.jsonl": rows({})}),
    "an absolute name": lambda: archive({"/tmp/evil.txt": b"x", "test.jsonl": rows({})}),
    "a link to a secret": lambda: link("images/a.png", b"../../../secret"),
    "a link to a folder": lambda: link("images", b"/etc"),
    "a picture of the server": lambda: archive(
        {"test.jsonl": rows({"image": ["../../../../etc/passwd"]}, {"image": ["/etc/passwd"]})}
    ),
    "a bomb of 1 GB": lambda: packed_zeros(1 << 30),
    "a bomb in a bomb": lambda: archive({"test.jsonl": packed_zeros(1 << 28), "images/a.zip": packed_zeros(1 << 28)}),
    "one file a thousand times": lambda: overlapping(1_000),
    "100,000 files": lambda: archive(
        {f"images/{number}.png": b"" for number in range(100_000)} | {"test.jsonl": rows({})}
    ),
    "wrong sizes": of_wrong_size,
    "a password": encrypted,
    "names that come twice": doubled,
    "a name of another encoding": lambda: archive({"images/\u00fc\u202e\u0000.png": b"x", "test.jsonl": rows({})}),
    "a name of 60,000 characters": lambda: archive({"a" * 60_000: b"x", "test.jsonl": rows({})}),
    "a name of 20,000 folders": lambda: archive({"a/" * 20_000 + "a": b"x", "test.jsonl": rows({})}),
    "no rows": lambda: archive({"images/a.png": encode(noisy(), "PNG")}),
    "an end without a beginning": lambda: archive({"test.jsonl": rows({})})[40:],
    "a beginning without an end": lambda: archive({"test.jsonl": rows({})})[:-40],
}
LONG = 1_000_000  # characters
TEXTS: dict[str, str] = {
    "braces": "{" * LONG,
    "boxes": r"\boxed{" * (LONG // 7),
    "fractions": r"\frac{1}{" * (LONG // 9),
    "dollars": "$" * LONG,
    "stars": "*" * LONG,
    "stars and spaces": "* " * (LONG // 2),
    "underscores": "_a" * (LONG // 2),
    "brackets": "[" * LONG,
    "links": "[a](" * (LONG // 4),
    "backticks": "`" * LONG,
    "pipes": "|-" * (LONG // 2),
    "spaces": " " * LONG,
    "lines": "\n" * LONG,
    "lines with spaces": " \n" * (LONG // 2),
    "signs of right to left": "\u202e\u2066" * (LONG // 2),
    "joined letters": "\u200d\u0301" * (LONG // 2),
    "answers": "The answer is " * (LONG // 14),
    "thoughts": "<think>" * (LONG // 7),
    "tags": "<a " * (LONG // 3),
    "digits": "9" * LONG,
    "powers": "9^" * (LONG // 2),
    "macros": r"\def\a{\a\a}\a" * (LONG // 14),
    "zero bytes": "\0" * LONG,
    "half pairs of surrogates": "\ud800" * LONG,
}
ROWS: dict[str, Callable[[], bytes]] = {
    "deep lists": lambda: b"[" * LONG,
    "deep objects": lambda: b'{"a":' * (LONG // 5),
    "a row of 1,000,000 fields": lambda: json.dumps(
        {**ROW, **{f"field{number}": 0 for number in range(LONG)}}
    ).encode(),
    "a million steps": lambda: rows({"response": {"steps": ["a"] * LONG}}),
    "steps in steps": lambda: rows(
        {"response": {"steps": [["a"]]}}, {"response": {"steps": {"a": 1}}}, {"response": 7}
    ),
    "a million pictures": lambda: rows({"image": ["a"] * LONG}),
    "numbers of 100,000 digits": lambda: b'{"question": ' + b"9" * 100_000 + b"}\n",
    "no text": lambda: b"\xff\xfe" * (LONG // 2),
    "a line of 30 MB": lambda: b'{"question": "' + b"a" * (30 << 20) + b'"}\n',
    "300,000 empty lines": lambda: b"\n" * 300_000,
    "100,000 bad lines": lambda: b"{}\n" * 100_000,
}
