"""Stages were renamed: checkpoints under the former names are found, and the command takes these names."""

from pathlib import Path

import pytest
import torch
from torch import nn

from nano.train import __main__ as command
from nano.train import loop
from nano.train.loop import checkpoint, load_stage


def test_a_checkpoint_of_a_stage_under_its_former_name_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loop, "STATE", tmp_path)
    torch.save({"averaged": {"weight": torch.ones(2, 2), "bias": torch.zeros(2)}}, tmp_path / "roaming.run.pt")
    module = nn.Linear(2, 2)
    load_stage("vision_free", module)
    assert torch.equal(module.weight, torch.ones(2, 2))
    assert checkpoint("labels_mc") == tmp_path / "labels_mc.run.pt"


def test_a_stage_that_never_ran_is_named_as_the_command_takes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(loop, "STATE", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"python -m nano\.train vision_free"):
        load_stage("vision_free", nn.Linear(2, 2))


@pytest.mark.parametrize(
    ("former", "stage"),
    [
        ("reading", "language"),
        ("eyes", "vision"),
        ("roaming", "vision_free"),
        ("rewarding", "reward"),
        ("mined", "hard_examples"),
        ("sharpening", "reward_monte_carlo"),
    ],
)
def test_the_command_takes_former_names(
    former: str, stage: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    ran: list[int] = []
    monkeypatch.setitem(command.STAGES, stage, lambda seed, steps: ran.append(seed))
    assert command.main([former, "--seed", "3"]) == 0
    assert ran == [3]
