"""Models picked while the app runs are what the next start begins with, unless a start option names others.

Covers storage/files/chosen_models.py.
"""

import json

import pytest

from engine import DEFAULT_POLICY, DEFAULT_REWARD_MODEL, Engine, EngineState, LoadError, ModelRole
from engine.remote.address import is_address
from storage.files.chosen_models import NAME
from tests.support.openai_server import OpenAIServer
from tests.support.tiny import write_tiny
from visualprm_ui.use_cases.model_control import ModelControl
from visualprm_ui.use_cases.model_memory import ModelMemory

HOW = {"device": "cpu", "dtype": "auto", "quantise": "none", "prompt_file": "", "private_servers": True}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return str(write_tiny(tmp_path_factory.mktemp("models") / "tiny"))


def sources(loader):
    return [loader.choice.source(role) for role in ModelRole]


def pick(memory, **sources):
    """Start with the shipped models, and pick others as the panel does."""
    loader = memory.open_loader("", "", HOW)
    with Engine(loader.load) as engine:
        assert engine.wait_ready(60).state is EngineState.READY
        ModelControl(engine, loader, None, memory).switch(**sources)
        return engine.wait_ready(60)


def test_what_was_picked_is_what_the_next_start_begins_with(tmp_path, tiny):
    memory = ModelMemory(tmp_path)
    assert sources(memory.open_loader("", "", HOW)) == [str(DEFAULT_POLICY), str(DEFAULT_REWARD_MODEL)]
    pick(memory, reward_model=tiny)
    again = ModelMemory(tmp_path).open_loader("", "", HOW)
    assert sources(again) == [str(DEFAULT_POLICY), tiny]
    assert again.load().reward_model.card.name == "tiny"
    named = ModelMemory(tmp_path).open_loader("", str(DEFAULT_REWARD_MODEL), HOW)
    assert sources(named) == [str(DEFAULT_POLICY), str(DEFAULT_REWARD_MODEL)], "what a start option names goes first"
    assert sources(ModelMemory(tmp_path).open_loader(tiny, "", HOW)) == [tiny, tiny]
    pick(memory, reward_model=str(DEFAULT_REWARD_MODEL))
    assert sources(ModelMemory(tmp_path).open_loader("", "", HOW)) == [str(DEFAULT_POLICY), str(DEFAULT_REWARD_MODEL)]


def test_what_did_not_load_is_not_remembered(tmp_path):
    memory = ModelMemory(tmp_path)
    assert "no/such" in pick(memory, policy="no/such/model").message
    assert sources(ModelMemory(tmp_path).open_loader("", "", HOW))[0] == str(DEFAULT_POLICY)


def test_a_remembered_model_that_is_gone_leaves_the_shipped_ones_one_press_away(tmp_path, tiny):
    memory = ModelMemory(tmp_path)
    memory.remember({"policy": str(tmp_path / "gone")})
    loader = memory.open_loader("", "", HOW)
    with Engine(loader.load) as engine:
        status = engine.wait_ready(60)
        assert status.state is EngineState.FAILED
        assert "gone" in status.message
        control = ModelControl(engine, loader, None, memory)
        control.load_shipped()
        assert engine.wait_ready(60).state is EngineState.READY
        assert control.view(in_full=True)["policy"]["name"] == "nano-policy"
    assert sources(ModelMemory(tmp_path).open_loader("", "", HOW)) == [str(DEFAULT_POLICY), str(DEFAULT_REWARD_MODEL)]


@pytest.mark.parametrize("text", ["", "[]", '{"policy": 3}', "{", "\x00"])
def test_a_damaged_file_costs_nothing_but_the_memory(tmp_path, text):
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    memory = ModelMemory(tmp_path)
    assert sources(memory.open_loader("", "", HOW))[0] == str(DEFAULT_POLICY)
    memory.remember({"policy": "some/model"})
    assert json.loads((tmp_path / NAME).read_text("utf-8")) == {"policy": "some/model"}


def test_a_remembered_server_is_held_to_the_rule_for_private_addresses(tmp_path):
    """An option of the start may name any server; what somebody picked may be forbidden by now."""
    with OpenAIServer() as server:
        ModelMemory(tmp_path).remember({"policy": server.address})
        forbidding = HOW | {"private_servers": False}
        loader = ModelMemory(tmp_path).open_loader("", "", forbidding)
        assert is_address(loader.choice.policy)
        with pytest.raises(LoadError, match="private"):
            loader.load()
        ModelMemory(tmp_path).open_loader(server.address, "", forbidding).load().policy.close()
