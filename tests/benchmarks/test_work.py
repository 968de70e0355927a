"""What work costs at least: by hand, and as torch itself counts it on a real forward of the native class.

Covers benchmarks/peaks.py.
"""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import InternVLForConditionalGeneration

from benchmarks import midsize, peaks, work
from engine.models.registry import load_network
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt

CPU = torch.device("cpu")
QUICK = midsize.SIZES["quick"]
EIGHT_B = midsize.SIZES["8b"]


def test_numbers_of_a_layer_by_hand():
    # queries and output 64 x 64 each; keys and values 64 x 32 each (2 heads of 16); three of 64 x 128
    assert work.layer_parameters(QUICK) == 2 * 4096 + 2 * 2048 + 3 * 8192 == 36_864
    assert 32 * work.layer_parameters(EIGHT_B) == 6_979_321_856  # the 6.98 billion of InternLM2.5-7B without embeddings


def test_operations_of_a_layer_by_hand():
    # five tokens; each pair 4 heads x 16 numbers, multiplied and added, twice
    assert work.layer_operations(QUICK, 5, 15) == 2 * 36_864 * 5 + 4 * 64 * 15


def test_scoring_reads_a_prefix_once_and_solutions_behind_it():
    everything = [[0, 1, 2], [0, 1]]
    layer = work.layer_operations(QUICK, 15, 55 + (3 * 10 + 6) + (2 * 10 + 3))
    # of the last layer's prefix only keys and values, two matrices of 64 x 32
    last = work.layer_operations(QUICK, 5, (3 * 10 + 6) + (2 * 10 + 3)) + 2 * 10 * 2 * 64 * 32
    assert work.scoring_operations(QUICK, 0, 10, [3, 2], everything) == layer + last
    # one score, at the second token of the first solution, which sees twelve
    one = work.layer_operations(QUICK, 1, 12) + 2 * 14 * 2 * 64 * 32
    assert work.scoring_operations(QUICK, 0, 10, [3, 2], [[1], []]) == layer + one
    with_picture = work.scoring_operations(QUICK, 2, 10, [3, 2], [[1], []])
    assert with_picture == work.picture_operations(QUICK, 2) + layer + one


def test_picture_operations_by_hand():
    # 56 / 7: 64 patches of 147 numbers and a class token; one layer of width 32; 16 tokens of 128 numbers to 64 and 64 to 64
    embedding = 2 * 64 * 147 * 32
    layer = 2 * 65 * (4 * 32 * 32 + 2 * 32 * 128) + 4 * 65 * 65 * 32
    projector = 2 * 16 * (128 * 64 + 64 * 64)
    assert work.picture_operations(QUICK, 1) == embedding + layer + projector
    assert work.picture_operations(QUICK, 13) == 13 * (embedding + layer + projector)


def test_decoding_reads_weights_and_prefix_once_a_step():
    # three rows; a token holds 2 layers x (32 + 32) float32; the own part grows by one a step
    weights = 2 * 36_864 + 1000 * 64
    assert work.decoding_bytes(QUICK, 100, 1) == 4 * (weights + 100 * 128 + 3 * 128)
    assert work.decoding_bytes(QUICK, 100, 2) == 4 * (2 * (weights + 100 * 128) + 3 * 128 * (1 + 2))
    halved = replace(QUICK, dtype=torch.bfloat16)
    assert work.decoding_bytes(halved, 100, 2) * 2 == work.decoding_bytes(QUICK, 100, 2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    midsize.write_model(folder, QUICK, CPU)
    return folder


def test_operations_are_those_torch_counts(folder):
    """Attention without a fused kernel computes all pairs, seen or not, so that is what is compared."""
    network = load_network(folder)
    images = [midsize.picture(QUICK)]
    tiles = sum(network.count_tiles(images))
    ids = encode(policy_prompt(network.style, "What?", network.count_tiles(images)), network.tokens)
    native = InternVLForConditionalGeneration.from_pretrained(folder, attn_implementation="eager").eval()
    pixels = network.processor(images, return_tensors="pt")["pixel_values"]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        native(input_ids=torch.tensor([ids]), pixel_values=pixels, logits_to_keep=1)
    angles = 2 * (16 // 2) * len(ids)  # rotary angles are a matrix product to torch
    last = 2 * 1000 * 64  # logits of one token
    expected = (
        work.picture_operations(QUICK, tiles)
        + QUICK.layers * work.layer_operations(QUICK, len(ids), len(ids) ** 2)
        + last
    )
    assert counter.get_total_flops() in (expected, expected + angles)


def test_peaks_are_numbers_of_this_machine():
    assert 1e8 < peaks.matrix_rate(CPU, torch.float32) < 1e13
    assert 1e8 < peaks.memory_bandwidth(CPU) < 1e13
