"""The self-test passes on sound models of every family, and sees each of the mistakes it is there for.

Covers engine/cli/selftest.py.
"""

import json
import re
import shutil
from dataclasses import replace

import pytest
from safetensors.torch import load_file, save_file

from engine import DEFAULT_POLICY, DEFAULT_REWARD_MODEL
from engine.__main__ import main
from engine.models import selftest
from engine.models.registry import load_network
from engine.prompts.prm_formats.visualprm import PLUS, VisualPrm
from engine.prompts.segments import Special, Text
from engine.protocols import ModelPath
from tests.support.originals import Variant, write_original
from tests.support.tiny import write_tiny_qwen, write_tiny_text


class ReadLate(VisualPrm):
    """Reads each score behind the answer instead of before it: the published off-by-one."""

    def first(self, style, question, step, tiles):
        return (*super().first(style, question, step, tiles), Special(PLUS))

    def following(self, step):
        return (*super().following(step)[1:], Special(PLUS))

    def closing(self):
        return super().closing()[1:]


class ReadEarly(VisualPrm):
    """Reads each score at the last word of the header, before the new line that ends it."""

    def first(self, style, question, step, tiles):
        return (*super().first(style, question, step, tiles)[:-1], Text("assistant"))

    def following(self, step):
        return (Text("\n"), *super().following(step)[:-1], Text("assistant"))

    def closing(self):
        return (Text("\n"), *super().closing())


def failed(checks):
    return {check.name for check in checks if not check.passed}


def with_format(network, prm_format):
    return replace(network, prm_format=prm_format)


@pytest.mark.parametrize("kind", ["qwen2", "llama"])
def test_sound_text_models_pass_without_a_picture(tmp_path, kind):
    network = load_network(write_tiny_text(tmp_path, kind=kind))
    checks = (*selftest.check_reward_model(network), *selftest.check_policy(network))
    assert failed(checks) == set()
    assert {check.name.partition(", ")[2] for check in checks} == {"no picture"}


def test_a_published_mixture_of_experts_is_read_once_for_all(tmp_path):
    """InternVL3.5-30B-A3B was refused."""
    write_original(tmp_path, Variant(text="qwen3_moe"))
    network = load_network(tmp_path)
    assert network.card.path is ModelPath.FAST
    checks = (*selftest.check_reward_model(network), *selftest.check_policy(network))
    assert failed(checks) == set()
    assert {"shared scores, one picture", "greedy text, one picture"} <= {each.name for each in checks}


@pytest.mark.parametrize("version", ["2", "2.5", "3", "3-moe"])
def test_sound_qwens_pass(tmp_path, version):
    network = load_network(write_tiny_qwen(tmp_path, version=version))
    assert failed(selftest.check_reward_model(network)) == set()
    assert failed(selftest.check_policy(network)) == set()


def test_a_sound_internvl_passes(tiny):
    checks = selftest.check_reward_model(tiny)
    assert failed(checks) == set()
    assert len(checks) == 8
    assert failed(selftest.check_policy(tiny)) == set()


def test_a_score_read_one_token_late_is_seen(tiny):
    found = failed(selftest.check_reward_model(with_format(tiny, ReadLate())))
    assert {"score places, one picture", "shared scores, one picture"} <= found


def test_a_score_read_one_token_early_is_seen(tiny):
    checks = selftest.check_reward_model(with_format(tiny, ReadEarly()))
    assert failed(checks) == {
        f"{name}, {pictures}"
        for name in ("score places", "shared scores")
        for pictures in ("no picture", "one picture")
    }
    (places,) = (check.detail for check in checks if check.name == "score places, no picture")
    read, before_answers = (json.loads(part) for part in re.findall(r"\[[\d, ]+\]", places))
    assert [place + 1 for place in read] == before_answers  # one early, and nothing else is wrong


def test_a_wrong_number_of_image_tokens_is_seen(tiny):
    broken = replace(tiny, style=replace(tiny.style, tokens_per_tile=tiny.style.tokens_per_tile + 1))
    found = failed(selftest.check_reward_model(broken))
    assert {"image tokens, one picture", "shared scores, one picture"} <= found
    assert not any("no picture" in name for name in found)
    assert "image tokens, one picture" in failed(selftest.check_policy(broken))


def test_weights_that_are_no_numbers_are_seen(tiny_folder, tmp_path):
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    damage(folder, lambda tensor: tensor.fill_(float("nan")))
    network = load_network(folder)
    assert "shared scores, no picture" in failed(selftest.check_reward_model(network))
    assert "greedy text, no picture" in failed(selftest.check_policy(network))


@pytest.mark.skipif(not DEFAULT_REWARD_MODEL.is_dir(), reason="nano/weights is not there")
def test_the_shipped_models_give_their_known_answers(capsys):
    assert main(["selftest", "--policy", str(DEFAULT_POLICY), "--dtype", "float32", "--json"]) == 0
    printed = capsys.readouterr().out.splitlines()
    told = json.loads(printed[-1])
    assert told["passed"] is True
    names = [check["name"] for checks in told["models"].values() for check in checks]
    assert "known scores" in names
    assert "known text" in names
    assert any(line.startswith("  ok    shared scores, one picture") for line in printed)


@pytest.mark.skipif(not DEFAULT_REWARD_MODEL.is_dir(), reason="nano/weights is not there")
def test_damaged_weights_of_a_known_model_are_seen(tmp_path, capsys):
    """A model may be wrong and agree with itself: only a stored answer tells."""
    folder = shutil.copytree(DEFAULT_REWARD_MODEL, tmp_path / "model")
    damage(folder, lambda tensor: tensor.mul_(0.5))
    assert main(["selftest", "--reward-model", str(folder), "--dtype", "float32", "--json"]) == 1
    out = capsys.readouterr().out
    assert "  FAIL  known scores" in out
    assert json.loads(out.splitlines()[-1])["passed"] is False


def test_a_server_cannot_be_looked_into(capsys):
    assert main(["selftest", "--reward-model", "http://127.0.0.1:9/v1"]) == 1
    assert "is a server" in capsys.readouterr().err


def damage(folder, change):
    path = folder / "model.safetensors"
    tensors = load_file(path)
    name = next(name for name in sorted(tensors) if name.endswith("layers.1.mlp.up_proj.weight"))
    change(tensors[name])
    save_file({key: tensor.contiguous() for key, tensor in tensors.items()}, path, metadata={"format": "pt"})
