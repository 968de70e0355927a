"""A threshold tuned on a dev split: taken from there, marked, and refused where the split is a part of what is tested.

Covers engine/cli/scored_rows.py, engine/cli/evaluate_models.py.
"""

import re

import pytest

from engine.cli import threshold_tuning
from engine.models import registry
from engine.pictures.image_decoding import decode_image
from tests.engine.cli.test_evaluate_steps import row, scores
from tests.support.evaluate_command import run_evaluate, write_lines
from tests.support.tiny import drawing

TEST = [row([1, -1, 1, -1], question="Tested?")]
TEST_SCORES = [scores(1, 0.95, 0.7, 0.85, 0.2)]
DEV = [row([1, -1], question="One?"), row([1, -1], question="Two?")]
DEV_SCORES = [scores(1, 0.9, 0.6), scores(2, 0.8, 0.7)]  # all are told apart between 0.7 and 0.8


@pytest.fixture
def tune(tmp_path, capsys):
    """Run the command with a dev split; return exit code, printed object (None: none) and standard error."""

    def run(dev, dev_scores, *options, test=TEST, test_scores=TEST_SCORES):
        files = {"input": test, "scores": test_scores, "tune-on": dev, "tune-scores": dev_scores}
        paths = {
            name: write_lines(tmp_path / f"{name}.jsonl", lines) for name, lines in files.items() if lines is not None
        }
        arguments = [part for name, path in paths.items() for part in (f"--{name}", str(path))]
        return run_evaluate(capsys, "step-benchmark", *arguments, *options)

    return run


def test_the_threshold_of_the_dev_split_is_used_and_the_best_of_the_test_is_an_upper_bound(tune, tmp_path):
    code, found, errors = tune(DEV, DEV_SCORES)
    dev = str(tmp_path / "tune-on.jsonl")
    assert (code, found["threshold"], found["overall"]["accuracy"]) == (0, 0.75, 1.0)
    assert f"threshold 0.7500, tuned on {dev}: macro-F1 1.0000 there" in errors
    none = {"interval": None, "tuned_on": None, "is_upper_bound": False}  # one problem has no interval
    assert found["thresholds"] == [
        {**none, "threshold": 0.5, "macro_f1": pytest.approx(0.7333, abs=1e-4)},
        {**none, "threshold": 0.75, "macro_f1": 1.0, "tuned_on": dev},
        {**none, "threshold": 0.8, "macro_f1": 1.0},
        {**none, "threshold": 0.85, "macro_f1": pytest.approx(0.7333, abs=1e-4)},
        {**none, "threshold": pytest.approx(0.775), "macro_f1": 1.0, "is_upper_bound": True},
    ]


def test_every_threshold_but_the_upper_bound_has_its_interval(tune):
    test = [row([1, -1, 1, -1], question=f"{number} tested?") for number in range(4)]
    known = [scores(at + 1, 0.95, 0.7 - 0.2 * at, 0.85, 0.2 + 0.25 * at) for at in range(4)]
    _code, found, _errors = tune(DEV, DEV_SCORES, test=test, test_scores=known)
    intervals = {each["threshold"]: each["interval"] for each in found["thresholds"]}
    assert intervals[found["threshold"]] == found["overall"]["interval"]
    assert [each["interval"] is None for each in found["thresholds"]] == [False] * 4 + [True]


def test_without_a_dev_split_nothing_is_tuned(tune):
    _code, found, _errors = tune(None, None)
    assert (found["threshold"], [each["tuned_on"] for each in found["thresholds"]]) == (0.5, [None] * 4)


@pytest.mark.parametrize(
    ("dev", "dev_scores", "options", "words"),
    [
        (DEV, None, (), "Say where the dev split's scores come from"),
        (DEV, DEV_SCORES, ("--threshold", "0.8"), "not both"),
        ([*DEV, *TEST], [*DEV_SCORES, scores(3, 0.9, 0.6, 0.9, 0.1)], (), "Line 3 of .* would leak"),
        ([row([1, 1], question="One?")], [scores(1, 0.9, 0.6)], (), "No step of .* is labelled wrong"),
        ([row([1, 1], question="One?"), row([-1])], [scores(1, 0.9, 0.6)], (), "no scored steps of both classes"),
    ],
)
def test_what_cannot_be_tuned_on_is_refused(tune, dev, dev_scores, options, words):
    code, found, errors = tune(dev, dev_scores, *options)
    assert (code, found) == (1, None)
    assert re.search(words, errors), errors


@pytest.mark.parametrize(
    ("dev", "options", "words"),
    [
        ([*DEV, *TEST], (), "would leak"),
        ([*DEV, row([1], question="Other shard?")], ("--shard", "1/2"), "would leak"),
        ([row([-1, 0], question="One?")], (), "No step of .* is labelled correct"),
        (DEV, ("--scores", "./folder/../mine.jsonl", "--tune-scores", "mine.jsonl"), "a file of their own"),
    ],
)
def test_a_dev_split_is_refused_before_a_model_is_loaded(tune, tmp_path, monkeypatch, dev, options, words):
    """It was refused after hours of scoring, the file named twice never where its paths were written otherwise."""
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    test = [*TEST, row([1], question="Other shard?")]
    gone = ("--reward-model", str(tmp_path / "gone"))  # loading it would be another error
    code, found, errors = tune(dev, None, *gone, *options, test=test, test_scores=None)
    assert (code, found) == (1, None)
    assert re.search(words, errors), errors
    assert not (tmp_path / "mine.jsonl").exists()


def test_the_same_question_about_another_picture_is_another_problem(tune, tmp_path):
    for name, seed in (("one.png", 1), ("copy.png", 1), ("other.png", 2)):
        drawing(seed=seed).save(tmp_path / name)
    tested = [row([1, -1], image=["one.png"])]
    for name, code in (("other.png", 0), ("copy.png", 1)):
        found = tune(
            [row([1, -1], image=[name])], [scores(1, 0.9, 0.6)], test=tested, test_scores=[scores(1, 0.9, 0.2)]
        )
        assert found[0] == code, found


def test_a_picture_is_read_once_however_many_rows_have_it(tune, tmp_path, monkeypatch):
    """All of both sets were decoded for each pair of rows with the same question."""
    read = []

    def counted(data):
        read.append(data)
        return decode_image(data)

    monkeypatch.setattr(threshold_tuning, "decode_image", counted)
    names = [f"{seed}.png" for seed in range(8)]
    for seed, name in enumerate(names):
        drawing(seed=seed).save(tmp_path / name)
    dev, tested = ([row([1, -1], image=[name]) for name in some * 2] for some in (names[:4], names[4:]))
    known = [scores(at + 1, 0.9, 0.6) for at in range(8)]
    code, _found, errors = tune(dev, known, test=tested, test_scores=known)
    assert (code, len(read)) == (0, 8), errors


def test_another_models_scores_tune_nothing(tune):
    named = [each | {"reward_model": "b@1"} for each in DEV_SCORES]
    tested = [TEST_SCORES[0] | {"reward_model": "a@1"}]
    code, found, errors = tune(DEV, named, test_scores=tested)
    assert (code, found) == (1, None)
    assert "holds scores made with reward_model 'b@1', not 'a@1'" in errors


def test_a_question_spaced_otherwise_is_the_same_problem(tune):
    code, _found, errors = tune([row([1, -1], question="  Tested? <image>")], [scores(1, 0.9, 0.6)])
    assert (code, "would leak" in errors) == (1, True)


def test_dev_rows_that_cannot_be_read_are_told_with_their_file(tune):
    code, found, errors = tune([*DEV, row([2])], DEV_SCORES)
    assert (code, found["threshold"]) == (1, 0.75)
    assert "tune-on.jsonl, line 3: not a row to evaluate: the label 2" in errors


def test_one_model_scores_what_is_tested_and_the_dev_split(tune, tiny_folder, monkeypatch):
    """It was loaded a second time for the dev split."""
    load, loaded = registry.load_reward_model, []

    def counted(*arguments):
        loaded.append(load(*arguments))
        return loaded[-1]

    monkeypatch.setattr(registry, "load_reward_model", counted)
    options = ("--reward-model", str(tiny_folder), "--device", "cpu", "--dtype", "float32")
    code, found, errors = tune(DEV, None, *options, test_scores=None)
    assert (code, len(loaded)) == (0, 1)
    assert f"threshold {found['threshold']:.4f}, tuned on " in errors
