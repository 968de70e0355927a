"""PRM and ORM see the same solutions under different questions; a few steps of training lower the loss and resume.

Covers nano/train/reward_loss.py, nano/train/stages/samples.py.
"""

import dataclasses
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedTokenizerFast

from nano.bench import WEIGHTS
from nano.model.architecture import REWARD_LAYERS
from nano.model.parts import NanoModel, with_text_layers
from nano.train import loop
from nano.train.data import pictures
from nano.train.data.arithmetic_rows import arithmetic_batches
from nano.train.data.perception_rows import perception_steps
from nano.train.data.policy_samples import read_samples, sample_files
from nano.train.data.reward_rows import RewardKind, labelled_row
from nano.train.data.rows import IGNORED, LabelledStep, RowEncoder, TrainingRow, batches
from nano.train.data.step_labels import exact_labels, reaches_answer
from nano.train.loop import StageRun, fit, parameter_group
from nano.train.reward_loss import reward_loss
from nano.train.stages.reward import RewardData, RewardLosses, maybe_corrupted
from nano.train.stages.samples import write_samples
from nano.world.questions import problems, reading_step
from nano.world.scenes import Scene, SceneSplit, Slot, scenes


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pictures, "POOL", 8)
    monkeypatch.setattr("nano.train.stages.reward.BATCH", 4)
    monkeypatch.setattr("nano.train.data.arithmetic_rows.BATCH", 4)
    monkeypatch.setattr("nano.train.data.arithmetic_rows.POOL_ROWS", 8)
    monkeypatch.setattr("nano.train.batch_sampling.MAX_NEW_TOKENS", 40)


@pytest.fixture(scope="module")
def encoder() -> RowEncoder:
    return RowEncoder(PreTrainedTokenizerFast.from_pretrained(WEIGHTS / "policy"))


PROBLEM = next(problems(1, SceneSplit.TRAIN))


def test_the_prm_is_asked_after_every_step_and_the_orm_once(encoder: RowEncoder) -> None:
    prm = labelled_row(encoder, PROBLEM, PROBLEM.steps, 0, RewardKind.PROCESS)
    orm = labelled_row(encoder, PROBLEM, PROBLEM.steps, 0, RewardKind.OUTCOME)
    assert [label for label in prm.labels if label != IGNORED] == [1] * len(PROBLEM.steps)
    assert [label for label in orm.labels if label != IGNORED] == [1]


def test_labels_are_the_checkers_and_talk_is_not_judged() -> None:
    wrong = f"Final answer: {PROBLEM.answer + 1}"
    assert exact_labels(PROBLEM, (PROBLEM.steps[0], "Let me see.", "$2+2=5$", wrong)) == [True, None, False, False]
    assert reaches_answer(PROBLEM, PROBLEM.steps)
    assert not reaches_answer(PROBLEM, (wrong,))
    assert not reaches_answer(PROBLEM, ("The red bar is 3.",))


def test_most_spoilt_solutions_hold_a_mistake() -> None:
    rng = random.Random(0)
    some = [maybe_corrupted(scene, rng) for scene in itertools.islice(scenes(1, SceneSplit.TRAIN), 60)]
    assert 0.6 < sum(False in exact_labels(*one) for one in some) / len(some) < 0.95


def test_more_layers_change_nothing_until_they_are_trained(encoder: RowEncoder) -> None:
    ids = torch.tensor([encoder.prompt_ids("How tall is the red bar?")])
    empty = torch.zeros(1, 9, 192)
    shallow, deep = (NanoModel(with_text_layers(WEIGHTS / "policy", layers, 0)).text for layers in (4, 5))
    with torch.no_grad():
        assert torch.allclose(shallow.hidden_states(ids, empty), deep.hidden_states(ids, empty), atol=1e-4)


def test_a_few_steps_lower_the_loss_and_go_on_where_they_stopped(
    encoder: RowEncoder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loop, "STATE", tmp_path / "state")
    text_model = NanoModel(with_text_layers(WEIGHTS / "policy", REWARD_LAYERS, 0)).text
    probe = next(arithmetic_batches(encoder, "probe"))

    empty = torch.zeros(0, 9, 192)

    def losses(pool: int) -> Iterator[torch.Tensor]:
        for batch in itertools.islice(arithmetic_batches(encoder, f"test {pool}"), 3):
            yield reward_loss(text_model, encoder, batch, empty)

    def loss() -> float:
        with torch.no_grad():
            return float(reward_loss(text_model, encoder, probe, empty))

    before = loss()
    for steps in (3, 6):
        fit(
            StageRun(name="test", steps=steps, groups=(parameter_group(text_model, 0.01, 0.002),)),
            text_model,
            losses,
        )
    assert loss() < before
    state = torch.load(tmp_path / "state" / "test.run.pt", weights_only=True)
    assert state["progress"][0] == 6
    learnt = dict(text_model.named_parameters())
    assert any(not torch.equal(value, learnt[name]) for name, value in state["averaged"].items() if name in learnt)


@pytest.mark.parametrize("asked", RewardKind)
def test_samples_are_written_once_and_become_losses(encoder: RowEncoder, tmp_path: Path, asked: RewardKind) -> None:
    model = NanoModel(with_text_layers(WEIGHTS / "policy", REWARD_LAYERS, 0))
    write_samples(model, encoder, 1, 1, tmp_path / "samples")
    (path,) = (tmp_path / "samples").iterdir()
    assert len(read_samples(pictures.picture_pool(0, 1), 0, tmp_path / "samples")) == 16
    written = path.read_text()
    write_samples(model, encoder, 1, 1, tmp_path / "samples")
    assert path.read_text() == written
    losses = list(
        RewardLosses(model, encoder, RewardData(files=[sample_files(tmp_path / "samples")], kind=asked), 1)(0)
    )
    assert len(losses) >= 4
    assert all(torch.isfinite(loss) for loss in losses)


def test_bare_readings_come_from_pictures_that_the_policy_misread(
    encoder: RowEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Scene, Sequence[Slot]]] = []

    def recorded(scene: Scene, rng: random.Random, misreadings: Sequence[Slot] = ()) -> tuple[str, ...]:
        asked.append((scene, misreadings))
        return perception_steps(scene, rng, misreadings)

    monkeypatch.setattr("nano.train.stages.reward.perception_steps", recorded)
    monkeypatch.setattr("nano.train.stages.reward.PERCEPTION_PICTURES", 2)
    shown = pictures.picture_pool(0, 1).scenes
    slot = next(slot for slot in shown[5].slots if slot.shown)
    wrong = dataclasses.replace(slot, value=slot.value + 1)
    rows = [
        {
            "scene": index,
            "question_seed": "q",
            "steps": [reading_step(scene.family, wrong)] if index == 5 else ["Well."],
        }
        for index, scene in enumerate(shown)
    ]
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = NanoModel(with_text_layers(WEIGHTS / "policy", REWARD_LAYERS, 0))
    losses = list(
        RewardLosses(
            model, encoder, RewardData(files=[sample_files(tmp_path / "samples")], kind=RewardKind.PROCESS), 1
        )(0)
    )
    assert sum((scene, [*some]) == (shown[5], [wrong]) for scene, some in asked) >= len(losses) > 1
    assert len(asked) == 2 * len(losses)


def test_stages_without_samples_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nano\.train samples"):
        sample_files(tmp_path / "samples")


def test_a_batch_without_anything_to_teach_is_judged_alone(encoder: RowEncoder) -> None:
    text_model = NanoModel(with_text_layers(WEIGHTS / "policy", REWARD_LAYERS, 0)).text
    row = encoder.reward_row("How tall?", [LabelledStep(text="The red bar is 3.", label=False)], 0)
    (batch,) = batches([row], 1, encoder.pad)
    assert torch.isfinite(reward_loss(text_model, encoder, batch, torch.zeros(1, 9, 192)))


def test_what_the_policy_wrote_is_labelled_by_its_completions_where_there_are_any(
    encoder: RowEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = NanoModel(with_text_layers(WEIGHTS / "policy", REWARD_LAYERS, 0))
    shown = pictures.picture_pool(0, 1).scenes
    steps = ["Well.", "And then.", "Final answer: 100000"]
    rows = [{"scene": index, "question_seed": "q", "steps": steps} for index in range(len(shown))]
    for folder in ("samples", "rollouts"):
        (tmp_path / folder).mkdir()
    (tmp_path / "samples" / "0.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "rollouts" / "0-00000.json").write_text(json.dumps([[0.5, 0.625, 0.0, 0.0]] * len(rows)))
    seen: list[list[bool | None]] = []
    judged = RowEncoder.reward_row

    def recorded(self: RowEncoder, question: str, some: Sequence[LabelledStep], scene: int) -> TrainingRow:
        if [step.text for step in some] == steps:
            seen.append([step.label for step in some])
        return judged(self, question, some, scene)

    monkeypatch.setattr(RowEncoder, "reward_row", recorded)
    material = RewardData(
        files=[sample_files(tmp_path / "samples")], kind=RewardKind.PROCESS, rollouts=tmp_path / "rollouts"
    )
    assert all(torch.isfinite(loss) for loss in RewardLosses(model, encoder, material, 1)(0))
    # up to the first wrong step, and the answer; the checker would judge that alone
    assert seen == [[True, False, False]] * len(rows)
