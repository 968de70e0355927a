"""Whatever strangers hand in, it is taken or refused with one of our own errors: pictures, dataset files, answers, tokenizers.

Sixty examples each, the same ones every time; `make fuzz` takes a minute each, with new ones.
Covers storage/files/image_upload.py, storage/transfer/importing.py, engine/answers/, engine/prompts/tokenizer.py.
"""

import contextlib
import io
import json
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from engine.answers import answers_equal, bare_answer, read_answer
from engine.errors import LoadError
from engine.prompts.tokenizer import TOKENIZER, Tokens
from storage import Store
from storage.backup import check
from storage.errors import BadFile, BadImage
from storage.files.image_upload import MAX_UPLOAD_PIXELS, read_upload
from storage.transfer.importing import import_any
from tests.support.fuzzing import damaged, fuzzed, repeat

ROOT = Path(__file__).parents[2]


def pictures() -> list[bytes]:
    """A small picture in every format that is taken, plain and with everything a format may have."""
    image = Image.radial_gradient("L").resize((48, 32)).convert("RGB")
    alpha = image.convert("RGBA")
    made = []
    for form, shown, more in (
        ("PNG", image, {}),
        ("PNG", alpha, {"optimize": True}),
        ("PNG", image.convert("P"), {"transparency": 0}),
        ("JPEG", image, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"}),
        ("JPEG", image, {"progressive": True, "comment": "c"}),
        ("WEBP", alpha, {"lossless": True}),
        ("WEBP", image, {"save_all": True, "append_images": [alpha.convert("RGB")]}),
        ("GIF", image, {"save_all": True, "append_images": [image.rotate(90)]}),
        ("BMP", image, {}),
        ("TIFF", image, {"compression": "tiff_lzw", "save_all": True, "append_images": [image]}),
    ):
        out = io.BytesIO()
        shown.save(out, form, **more)
        made.append(out.getvalue())
    return made


def test_any_picture_is_kept_whole_or_refused_in_a_second():
    @fuzzed
    @given(damaged(pictures()))
    def door(data: bytes) -> None:
        started = time.thread_time()
        try:
            kept = read_upload(data)
        except BadImage:
            pass
        else:
            assert 0 < kept.width * kept.height <= MAX_UPLOAD_PIXELS
            again = read_upload(kept.data)
            assert (again.width, again.height) == (kept.width, kept.height)
        assert time.thread_time() - started < 4  # seconds of CPU: twice what one reading may take

    repeat(door)


def rows() -> list[bytes]:
    """Files of three rows: labelled, unlabelled, and with ``response`` as JSON text."""
    steps = {"steps": ["Read 2.", "So $x = 5$."], "process_correctness": [1, -1]}
    row = {"question": "How many?", "answer": "5", "response": steps, "policy_model": "p", "data_source": "s", "id": 7}
    forms = (row, row | {"response": {"steps": ["One."]}}, row | {"response": json.dumps(steps), "image": []})
    text = "".join(json.dumps(each) + "\n" for each in forms)
    return [text.encode(), text.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + text.encode()]


def test_any_file_is_imported_as_far_as_it_goes(store: Store, tmp_path: Path):
    path = tmp_path / "test.jsonl"

    @fuzzed
    @given(damaged(rows()))
    def door(data: bytes) -> None:
        path.write_bytes(data)
        with contextlib.suppress(BadFile):
            assert all(bad.reason and bad.line for bad in import_any(store, path).errors)

    repeat(door)
    assert check(store).faults == ()


SIGNS = r"\frac \boxed{ } { $ $$ \( \) \[ \] ^ _ \sqrt \text{ ( ) [ ] , = ≈ ± < > % ° | ** # #### ; : . ! \\ & ~"
WORDS = r"""the answer is
答案：C
\begin{align*}
Final answer:
Therefore, x =
(A)
Option C
12
-7
0.5 cm
1/2
π
<think>
</think>"""
PIECES = st.sampled_from([*SIGNS.split(" "), *WORDS.splitlines(), " ", "\n"])
ANSWERS = st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join)


def test_any_response_is_read_and_graded_both_ways_round():
    @fuzzed
    @given(ANSWERS, ANSWERS)
    def door(left: str, right: str) -> None:
        stated = read_answer(left)
        assert stated is None or bare_answer(stated) is not None
        assert answers_equal(left, right, algebra=False) == answers_equal(right, left, algebra=False)

    repeat(door)


def test_any_tokenizer_file_is_read_or_refused(tmp_path: Path):
    whole = (ROOT / "nano" / "weights" / "policy" / TOKENIZER).read_bytes()
    small = json.dumps(
        {
            "version": "1.0",
            "added_tokens": [],
            "pre_tokenizer": {"type": "Whitespace"},
            "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "[UNK]": 2}, "unk_token": "[UNK]"},
        }
    ).encode()

    @fuzzed
    @given(damaged([small, small, whole]))
    def door(data: bytes) -> None:
        (tmp_path / TOKENIZER).write_bytes(data)
        with contextlib.suppress(LoadError):
            assert isinstance(Tokens.open(tmp_path).encode("a b ü"), list)

    repeat(door)
