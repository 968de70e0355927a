"""What a checkpoint takes on a device, read from its files before anything is loaded."""

import pytest

from engine import (
    LoadError,
)
from engine.model_catalogue.footprint import read_footprint
from engine.models.registry import load_network


def test_the_footprint_is_what_the_weights_take(tiny_folder):
    footprint = read_footprint(tiny_folder)
    network = load_network(tiny_folder)
    assert footprint.parameters == network.card.parameters
    assert footprint.device_bytes("float32") == sum(p.nbytes for p in network.model.parameters())
    assert footprint.device_bytes("bfloat16") == footprint.device_bytes("float32") // 2


@pytest.mark.parametrize("content", [b"", b"\xff" * 16, b"\x04\0\0\0\0\0\0\0nope", b"\x02\0\0\0\0\0\0\0[]"])
def test_a_damaged_weight_file_has_no_footprint(tmp_path, content):
    (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(LoadError, match="damaged or incomplete"):
        read_footprint(tmp_path)


def test_a_folder_without_weights_has_no_footprint(tmp_path):
    with pytest.raises(LoadError, match=r"no model\*\.safetensors"):
        read_footprint(tmp_path)
