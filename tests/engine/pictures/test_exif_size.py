"""What the tags of a picture name is told without reading it."""

import struct

import pytest

from engine.pictures.exif_size import named_bytes
from tests.support.hostile_pictures import tags_of_the_same_bytes

MANY = tags_of_the_same_bytes(10, 200, 1_000)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"exif": MANY}, (8_000, 1_000)),
        ({"exif": b"Exif\0\0" + MANY}, (8_000, 1_000)),
        ({"exif": b"Exif\0\0Exif\0\0" + MANY}, (8_000, 1_000)),
        ({"exif": tags_of_the_same_bytes(10, 2**31, 1_000)}, (10_000, 1_000)),  # no more than there are
        ({"exif": b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHII", 1, 3, 2, 0)}, (4, 22)),
        ({"exif": MANY[:30]}, (30, 30)),  # cut off in its second tag
        ({"exif": b"II*\0\xff\xff\xff\xff\0\0"}, (0, 10)),
        ({"exif": b"no tags"}, (0, 7)),
        ({"exif": b""}, (0, 0)),
        ({"Raw profile type exif": "\nexif\n 1000\n" + MANY.hex()}, (8_000, 1_000)),
        ({"Raw profile type exif": "\nexif\n 1000\nno hexadecimal"}, (0, 0)),
        ({"exif": None}, (0, 0)),
        ({}, (0, 0)),
    ],
)
def test_what_tags_name(info, expected):
    assert named_bytes(info) == expected
