"""The benchmarks of models run, print what they promise, and their ways agree on the small model.

Covers benchmarks/batching.py, benchmarks/metering.py, benchmarks/midsize.py, benchmarks/rollouts.py, benchmarks/sampling.py,
benchmarks/scoring.py.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from benchmarks import batching, midsize, rollouts, scoring
from benchmarks.metering import metered

ROOT = Path(__file__).parent.parent.parent
CPU = torch.device("cpu")
QUICK = midsize.SIZES["quick"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    midsize.write_model(folder, QUICK, CPU)
    return folder


def test_scoring_gives_its_figures_and_all_ways_agree(model):
    """In this process, whose memory says little by then, so it is not compared."""
    costs = {way: work(model, QUICK, CPU) for way, work in scoring.WAYS.items()}
    figures = scoring.compare({way: {**cost, "extra_bytes": 1 << 20} for way, cost in costs.items()}, QUICK)
    assert figures["max_abs_difference"] < 1e-5
    assert figures["compared_scores"] > 2 * figures["steps"] > 0
    for name in ("speedup_over_single_pass", "speedup_over_copied_prefix", "speedup_over_stepwise"):
        assert figures[name] > 0
    assert figures["matrix_rate_fraction"] > 0
    assert figures["memory_ratio_to_copied_prefix"] == 1
    assert (figures["tiles"], figures["solutions"]) == (3, 3)
    assert figures["scaled_from_calls"] == {"single_pass": [3, 3], "stepwise": [3, figures["steps"]]}


def test_sampling_prints_its_figures_and_both_write_the_same():
    command = [sys.executable, "-m", "benchmarks.sampling", "--quick", "--json", "--device", "cpu"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["greedy_tokens_equal"] is True
    assert (figures["solutions"], figures["tokens_each"]) == (3, 6)
    assert figures["speedup_over_generate"] > 0
    assert figures["memory_ratio_to_generate"] > 0
    assert figures["memory_bandwidth_fraction"] > 0
    assert figures["decoding_milliseconds_per_step"] > 0
    assert figures["peak_gib"] > 0


def test_problems_together_write_what_each_writes_alone(model):
    """In this process, whose memory says little by then."""
    costs = {way: work(model, QUICK, CPU) for way, work in batching.WAYS.items()}
    figures = batching.compare(costs, QUICK)
    assert figures["greedy_texts_equal"] is True
    assert (figures["problems"], figures["solutions"], figures["tokens_each"]) == (3, 2, 5)
    assert len(costs["together, one tile"]["texts"]) == 3
    assert figures["speedup_with_one_tile"] > 0
    assert figures["speedup_with_all_tiles"] > 0


@pytest.mark.slow
def test_rollouts_print_their_figures_and_all_ways_write_the_same(model):
    """In this process, whose memory says little by then, so it is not compared."""
    costs = {way: work(model, QUICK, CPU) for way, work in rollouts.WAYS.items()}
    figures = rollouts.compare(
        {way: {**cost, "extra_bytes": 1 << 20} for way, cost in costs.items()},
        QUICK,
    )
    assert figures["greedy_texts_equal"] is True
    assert figures["first_success_labels_equal"] is True
    assert figures["max_abs_difference"] < 1e-5
    assert 0 < figures["tokens_saved_by_first_success"] < 1
    for name in ("speedup_over_separate_prefixes", "speedup_over_generate", "unlike_rows_efficiency"):
        assert figures[name] > 0
    assert figures["joining_rows_efficiency"] > 0
    assert (figures["beginnings"], figures["completions_each"], figures["tokens_each"]) == (2, 2, 4)
    assert figures["chi_square"]["pairs"] == 3


def test_counts_that_differ_by_chance_only_and_counts_that_do_not():
    """By hand: of 4 and 4, 1 and 3 give (1 - 3)^2 / (8 * 0.25) * 7 / 8 = 1.75; pairs of none and of all say nothing."""
    found = rollouts.chi_square([1, 0, 4], [3, 0, 4], 4)
    assert found["statistic"] == pytest.approx(1.75)
    assert (found["degrees_of_freedom"], found["pairs"]) == (1, 3)
    assert found["p_value"] == pytest.approx(0.1859, abs=1e-3)
    assert rollouts.chi_square([16] * 20, [4] * 20, 16)["p_value"] < 1e-6
    assert rollouts.chi_square([4], [4], 4)["p_value"] == 1


def test_solutions_are_of_the_lengths_said():
    size = midsize.SIZES["mid"]
    solutions = midsize.solutions(size)
    assert len(solutions) == 32
    assert {len(steps) for steps in solutions} <= set(range(6, 11))
    assert all(30 <= step.count(";") <= 50 for steps in solutions for step in steps)
    assert solutions == midsize.solutions(size)
    assert {len(steps) for steps in midsize.solutions(midsize.SIZES["8b"])} == {8}


def test_the_peak_is_measured_and_what_was_held_before_is_not():
    held = bytearray(64 << 20)
    with metered(CPU) as cost:
        block = bytearray(128 << 20)
        del block
    assert len(held) == 64 << 20
    assert 120 << 20 < cost.extra_bytes < 150 << 20
