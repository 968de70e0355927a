"""Monte-Carlo labels replace exact ones and nothing else does.

Covers nano/train/data/policy_samples.py, nano/train/data/step_labels.py.
"""

from pathlib import Path

import pytest

from nano.train.data.policy_samples import PolicySample, labelled_steps, read_rollouts
from nano.train.data.step_labels import monte_carlo_labels, training_labels
from nano.train.stages.label_ablation import EXACT, ablation_labels
from nano.world.questions import problems
from nano.world.scenes import SceneSplit

PROBLEM = next(problems(1, SceneSplit.TRAIN))
SAMPLED = PolicySample(scene=0, problem=PROBLEM, steps=(PROBLEM.steps[0], "Let me see.", "Final answer: 100000"))
ROLLED = (1.0, 1.0, 0.25, 0.0)


@pytest.mark.parametrize(
    ("threshold", "expected"),
    [(EXACT, [True, None, False]), (0.0, [True, True, False]), (0.25, [True, False, False])],
)
def test_labels_come_from_the_checker_or_from_completions(threshold: float | None, expected: list[bool | None]) -> None:
    assert ablation_labels(SAMPLED, ROLLED, threshold) == expected
    steps = labelled_steps(SAMPLED, expected)
    assert [step.text for step in steps] == list(SAMPLED.steps)
    assert [step.label for step in steps] == expected
    assert all(step.claims == () for step in steps)  # what each number should be is the checker's knowledge


def test_nothing_but_the_answer_is_judged_after_the_first_wrong_step_when_stopped_early() -> None:
    assert monte_carlo_labels((1.0, 1.0, 0.0, 0.5, 1.0), early_stop=True) == [True, False, None, True]
    assert monte_carlo_labels((1.0, 1.0, 0.5, 0.5, 0.0), early_stop=True) == [True, True, True, False]
    assert monte_carlo_labels((1.0, 1.0, 0.0, 0.5, 0.0)) == [True, False, True, False]


def test_a_step_is_taught_as_wrong_where_completions_could_tell() -> None:
    assert training_labels((0.5, 0.0, 0.5, 0.0)) == [False, None, False]
    assert training_labels((0.25, 0.0, 0.5, 1.0)) == [None, None, True]  # hardly ever solved before: chance
    assert training_labels((0.25, 0.125, 0.375, 0.0, 0.0)) == [True, True, False, False]
    assert training_labels((0.0, 1.0)) == [True]


def test_labels_without_all_rollouts_say_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "0-00000.json").write_text("[[1.0, 0.25], [0.0]]", encoding="utf-8")
    assert read_rollouts(0, 2, tmp_path) == [(1.0, 0.25), (0.0,)]
    for number, count in ((0, 3), (1, 2)):
        with pytest.raises(FileNotFoundError, match=r"nano\.train rollouts"):
            read_rollouts(number, count, tmp_path)
