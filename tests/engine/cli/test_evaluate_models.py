"""The models of an evaluation: what each is called, and which are loaded together."""

import pytest

from engine.cli.evaluate_models import NamedModel, load_together, named_models
from engine.errors import InvalidRequest
from engine.protocols import Models
from tests.support.scripted import ScriptedRewardModel


def test_models_have_names(tmp_path):
    def names(*models):
        return [(each.name, each.source, each.is_outcome) for each in named_models(*models)]

    assert names(["a/b", "c/d/"], ["o"]) == [("prm", "a/b", False), ("d", "c/d/", False), ("orm", "o", True)]
    assert names(["x=http://h:1/v=1"], []) == [("x", "http://h:1/v=1", False)]
    assert names(["runs/lr=1"], []) == [("prm", "runs/lr=1", False)]
    with pytest.raises(InvalidRequest, match="Two models are called 'm'"):
        named_models(["m=a", "m=b"], [])


def test_as_many_models_are_loaded_as_fit():
    models = [NamedModel(name=name, source=name, is_outcome=False) for name in "abcd"]
    loaded = Models(policy=None, reward_model=ScriptedRewardModel())

    def groups(fits):
        return [[model.name for model in group] for group in load_together(models, lambda _model: loaded, fits)]

    assert groups(lambda _model: True) == [["a", "b", "c", "d"]]
    assert groups(lambda _model: False) == [["a"], ["b"], ["c"], ["d"]]
    assert groups(lambda model: model.name != "c") == [["a", "b"], ["c", "d"]]
