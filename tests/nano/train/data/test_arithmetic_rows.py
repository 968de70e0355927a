"""Bare computations: repeatable, about half true, false ones near misses, labels as arithmetic says."""

import itertools
import random

from transformers import PreTrainedTokenizerFast

from nano.bench import WEIGHTS
from nano.train.data.arithmetic_rows import BATCH, ROW, arithmetic_batches, computations, near_miss
from nano.train.data.rows import IGNORED, RowEncoder

SOME = list(itertools.islice(computations("test"), 600))


def test_results_are_what_arithmetic_says() -> None:
    for claim in SOME:
        assert eval(claim.left.replace("\\times", "*")) == claim.result >= 0
        assert claim.true == (claim.claimed == claim.result)
        assert claim.text == f"${claim.left}={claim.claimed}$"


def test_about_half_are_true_and_every_sign_occurs() -> None:
    assert 0.4 < sum(claim.true for claim in SOME) / len(SOME) < 0.6
    assert all(any(sign in claim.left for claim in SOME) for sign in ("+", "-", "\\times"))


def test_the_same_seed_gives_the_same_computations() -> None:
    assert list(itertools.islice(computations("test"), 20)) == SOME[:20]
    assert list(itertools.islice(computations("other"), 20)) != SOME[:20]


def test_near_misses_are_wrong_not_negative_and_often_a_carry_off() -> None:
    misses = [near_miss(87, "+", 19, random.Random(seed)) for seed in range(400)]
    assert 106 not in misses
    assert min(misses) >= 0
    assert misses.count(96) + misses.count(116) > 60


def test_batches_hold_one_label_a_computation() -> None:
    encoder = RowEncoder(PreTrainedTokenizerFast.from_pretrained(WEIGHTS / "policy"))
    batch = next(arithmetic_batches(encoder, "test"))
    assert len(batch.ids) == BATCH
    assert int((batch.labels != IGNORED).sum()) == BATCH * ROW
