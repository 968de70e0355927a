"""What the models say of an input before a run, and when the engine has time to ask them.

Covers engine/serving/examination.py, engine/serving/job.py.
"""

import threading

import pytest
from PIL import Image

from engine import Engine, EngineState, Examination, InvalidRequest, Loader, ModelChoice, Models, Problem, Sampling
from engine.events import RunStarted
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel, scripted_engine

PICTURE = Image.new("RGB", (60, 40))


def ready(engine: Engine) -> Engine:
    assert engine.wait_ready(10).state is EngineState.READY
    return engine


class Refusing(ScriptedRewardModel):
    """Takes one picture."""

    def open_session(self, images, question, *, one_pass=True):
        if len(images) > 1:
            raise InvalidRequest("This model takes one picture.")
        return (yield from super().open_session(images, question, one_pass=one_pass))


class Gate(threading.Event):
    """An event that says when somebody waits for it."""

    def __init__(self):
        super().__init__()
        self.reached = threading.Event()

    def wait(self, timeout=None):
        self.reached.set()
        return super().wait(timeout)


class Broken(ScriptedPolicy):
    def out_of_distribution_notice(self, images, question):
        raise RuntimeError("out of paper")


class Held(ScriptedPolicy):
    """Says nothing of an input until the gate opens."""

    def __init__(self, texts, gate):
        super().__init__(texts)
        self._gate = gate

    def out_of_distribution_notice(self, images, question):
        self._gate.wait(60)
        return None


def test_a_model_says_that_it_does_not_know_an_input():
    with scripted_engine(["One."], notice="Only charts are known.") as engine:
        assert ready(engine).examine([PICTURE], "What?", 10) == Examination(notice="Only charts are known.")


def test_what_a_model_would_refuse_is_said_before_the_run():
    models = Models(policy=ScriptedPolicy(["One."], notice="Only charts."), reward_model=Refusing())
    with Engine(lambda: models) as engine:
        assert ready(engine).examine([PICTURE], "What?", 10) == Examination(notice="Only charts.")
        assert engine.examine([PICTURE] * 2, "What?", 10) == Examination(refusal="This model takes one picture.")


def test_it_is_answered_between_the_steps_of_a_run():
    gate = threading.Event()
    with scripted_engine(["word " * 50], gate=gate) as engine:
        job = ready(engine).solve(Problem(question="What?"), (), Sampling(n=1))
        assert any(isinstance(event, RunStarted) for event in job.take(10))
        threading.Timer(0.05, gate.set).start()
        assert engine.examine([PICTURE], "What?", 10) == Examination()


def test_without_models_and_without_an_answer_in_time_nothing_is_said():
    gate = Gate()
    with scripted_engine(["word " * 50], gate=gate) as engine:
        ready(engine).solve(Problem(question="What?"), (), Sampling(n=1))
        assert gate.reached.wait(60)
        assert engine.examine([PICTURE], "What?", 0.01) is None
        gate.set()
        assert engine.examine([PICTURE], "What?", 10) == Examination()  # the one before held nobody
    with Engine(lambda: None) as engine:
        assert engine.wait_ready(10).state is EngineState.EMPTY
        assert engine.examine([PICTURE], "What?", 10) is None
    assert engine.examine([PICTURE], "What?", 10) is None


def test_a_failing_model_says_nothing_and_the_engine_goes_on():
    models = Models(policy=Broken(["One."]), reward_model=ScriptedRewardModel())
    with Engine(lambda: models) as engine:
        assert ready(engine).examine([PICTURE], "What?", 10) is None
        assert engine.status().state is EngineState.READY


@pytest.mark.slow
def test_the_embedded_models_know_one_small_drawn_picture():
    with Engine(Loader(ModelChoice()).load) as engine:
        said = ready(engine).examine([Image.effect_noise((320, 320), 90).convert("RGB")] * 2, "How many?", 30)
    assert "there are 2 pictures, and they know one at a time" in said.notice
    assert "picture 1 does not look like one of them" in said.notice
    assert "--policy" not in said.notice


def test_no_more_than_so_many_inquiries_wait(monkeypatch):
    """Everybody's typing asks: thousands would wait behind one long step, each with its pictures decoded."""
    monkeypatch.setattr("engine.engine.MAX_INQUIRIES", 2)
    gate = Gate()
    models = Models(policy=Held(["One."], gate), reward_model=ScriptedRewardModel())
    with Engine(lambda: models) as engine:
        ready(engine)
        answers = []
        askers = [
            threading.Thread(target=lambda: answers.append(engine.examine([PICTURE], "What?", 60))) for _ in range(3)
        ]
        askers[0].start()
        assert gate.reached.wait(60)  # the engine is answering the first
        for asker in askers[1:]:
            asker.start()
        while engine.takes_inquiries():
            askers[2].join(0.01)
        assert engine.examine([PICTURE], "What?", 3600) is None  # at once: a test may take a minute or two
        gate.set()
        for asker in askers:
            asker.join()
        assert answers == [Examination()] * 3
        assert engine.takes_inquiries()
