"""A checkpoint folder as it lies on disk: its content hash, and what is none."""

import hashlib

import pytest

from engine.errors import LoadError
from engine.models.checkpoints.folder import BLOCK_BYTES, WHOLE_BYTES, fingerprint, model_type


def with_weights(folder, data):
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").write_bytes(data)
    return fingerprint(folder)


def test_a_small_file_is_hashed_with_its_name_and_size(tmp_path):
    """The revision of what was hashed whole before is still the same."""
    assert with_weights(tmp_path, b"abc") == hashlib.sha256(b"model.safetensors 3\nabc").hexdigest()[:12]


@pytest.mark.parametrize("place", [0, (1 << 20) + 5, WHOLE_BYTES - 1])
def test_every_byte_of_a_file_up_to_the_limit_counts(tmp_path, place):
    """Fine-tunes that differ behind the first MiB once had the same revision."""
    data = bytearray(WHOLE_BYTES)
    before = with_weights(tmp_path, data)
    data[place] = 1
    assert with_weights(tmp_path, data) != before


def test_of_a_large_file_what_changes_widely_counts_wherever_it_is(tmp_path):
    size = 3 * WHOLE_BYTES + 7
    plain = with_weights(tmp_path, bytes(size))
    seen = {plain}
    for start in (0, size // 5, size // 2, size - 1):
        data = bytearray(size)
        data[start : start + size // 100] = b"x" * len(data[start : start + size // 100])
        seen.add(with_weights(tmp_path, data))
    assert len(seen) == 5
    assert with_weights(tmp_path, bytes(size)) == plain
    assert with_weights(tmp_path, bytes(size + 1)) != plain


def test_a_large_file_is_not_read_whole(tmp_path):
    data = bytearray(2 * WHOLE_BYTES)
    before = with_weights(tmp_path, data)
    data[2 * BLOCK_BYTES] = 1  # between the first two blocks
    assert with_weights(tmp_path, data) == before


def test_no_weights_at_all(tmp_path):
    assert len(fingerprint(tmp_path)) == 12


def test_a_refusal_does_not_tell_whether_a_folder_is_there(tmp_path):
    """An admin of a shared app could look for folders of the server."""
    (tmp_path / "there").mkdir()
    said = []
    for name in ("there", "gone"):
        with pytest.raises(LoadError) as refused:
            model_type(tmp_path / name)
        said.append(str(refused.value).replace(str(tmp_path / name), "FOLDER"))
    assert said[0] == said[1]
