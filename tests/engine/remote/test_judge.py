"""A served general model as a judge of steps: by the chances of yes and no, else by its words; what says neither has no score.

Covers engine/remote/scoring.py.
"""

import json
import math

import pytest
from PIL import Image

from engine import Engine, InvalidRequest, LoadError, Models, Problem, Solution
from engine.__main__ import main
from engine.aggregate import aggregate
from engine.domain import Aggregation
from engine.events import RunStarted, SolutionScored
from engine.protocols import run_to_end
from engine.remote import connect
from engine.remote.judge import MOST_TOKENS, read_answer
from tests.engine.remote.conftest import FAST
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Scripted, last_step

PICTURE = Image.new("RGB", (8, 6), "red")
WORDS = {"right": "**Yes**.", "wrong": "no", "odd": "I cannot tell.", "both": "Yes and no."}


class Speaking(Scripted):
    """A judge that gives no log-probabilities; its answer is that of WORDS for the step's first word."""

    def answer(self, body):
        return {"message": {"role": "assistant", "content": WORDS[last_step(body).split()[0]]}}


class Weighing(Scripted):
    """A judge whose yes is as likely as the step's number says, in two spellings."""

    def answer(self, body):
        yes = float(last_step(body))
        chances = {"Yes": 0.6 * yes, " yes": 0.2 * yes, "No": 0.8 * (1 - yes), "Well": 0.2}
        listed = [{"token": token, "logprob": math.log(chance)} for token, chance in chances.items() if chance]
        first = {**listed[0], "top_logprobs": listed}
        return {"message": {"content": "Yes"}, "logprobs": {"content": [first]}}


@pytest.fixture
def judge():
    """A function that serves a backend and opens it as a judge."""
    opened = []

    def open_one(backend, **script):
        server = OpenAIServer(backend, **script)
        model = connect.open_reward_model(f"{server.address}?prm_format=judge", limits=FAST)
        opened.extend((model, server))
        return model, server

    yield open_one
    for each in opened:
        each.close()


def scores(model, steps, images=()):
    return run_to_end(run_to_end(model.open_session(list(images), "How many?")).score({0: steps}))[0]


def test_the_chances_of_yes_and_no_are_compared_in_every_spelling(judge):
    model, server = judge(Weighing())
    assert scores(model, ["0.9", "0.25", "1", "0"]) == pytest.approx((0.9, 0.25, 1.0, 0.0))
    assert (model.card.name, model.card.prm_format) == ("tiny-internvl", "judge")
    assert "not trained to score steps" in model.notice
    assert "1 and 0" not in model.notice
    body = next(each for each in server.chats() if len(each["messages"]) == 4)
    assert [each["role"] for each in body["messages"]] == ["system", "user", "assistant", "user"]
    assert "answer with one word" in body["messages"][0]["content"]
    assert [body["messages"][2]["content"], body["messages"][3]["content"]] == ["Yes", "0.25"]
    assert (body["max_tokens"], body["temperature"], body["top_logprobs"]) == (MOST_TOKENS, 0.0, 20)


def test_where_only_words_are_given_they_are_read_and_log_probabilities_asked_for_once(judge):
    model, server = judge(Speaking(), refuses_logprobs=True)
    assert scores(model, ["right"]) == (1.0,)
    assert scores(model, ["right a", "wrong b", "odd c", "both d"]) == (1.0, 0.0, None, None)
    assert sum("logprobs" in each for each in server.chats()) == 1
    assert "the scores are 1 and 0" in model.notice


def test_pictures_go_along_where_the_question_says(judge):
    model, server = judge(Weighing())
    assert scores(model, ["0.5"], [PICTURE]) == pytest.approx((0.5,))
    first, second = server.chats()[-1]["messages"][1]["content"]
    assert first["image_url"]["url"].startswith("data:image/png;base64,")
    assert second["text"] == "### Question:\nHow many?\n\n### Solution Process:\n0.5"
    with pytest.raises(InvalidRequest, match="'<image>' 2 times"):
        next(model.open_session([PICTURE], "<image> and <image>?"))


@pytest.mark.parametrize(
    ("said", "score"),
    [
        ("yes", 1.0),
        ("No, because ...", 0.0),
        ("The answer is: NO.", 0.0),
        ("", None),
        ("Nope", None),
        ("yes or no", None),
    ],
)
def test_words_are_read_where_they_say_one_thing(said, score):
    assert read_answer({"choices": [{"message": {"content": said}}]}) == score


def spoken(text, **logprobs):
    """An answer whose first token is the first of these, with its chances as natural logs."""
    listed = [{"token": token, "logprob": value} for token, value in logprobs.items()]
    first = {**listed[0], "top_logprobs": listed}
    return {"choices": [{"message": {"content": text}, "logprobs": {"content": [first]}}]}


def test_chances_behind_other_words_are_noise():
    """Models that think or chat first got scores out of probabilities of a millionth."""
    thinking = spoken("<think>\nOkay, let me check the", **{"<think>": -1e-6, "Yes": -16.1, "No": -18.5})
    assert read_answer(thinking) is None
    chatting = spoken("The solution is right so far: Yes.", The=-1e-6, **{" no": -14.0})
    assert read_answer(chatting) == 1.0
    assert read_answer(spoken("no", no=-3.0, Yes=-4.0, Well=-0.1)) == pytest.approx(1 / (1 + math.e))
    assert read_answer(spoken("**", **{"**": -0.8, "Yes": -1.0, "No": -1.5})) == pytest.approx(1 / (1 + math.exp(-0.5)))


def test_an_answer_of_another_shape_has_no_score():
    for answer in (None, {}, {"choices": []}, {"choices": [{"message": {"content": None}}]}):
        assert read_answer(answer) is None


def test_a_run_keeps_what_could_not_be_read_and_says_how_it_was_asked(judge):
    model, _server = judge(Speaking())
    problem = Problem(question="How many?")
    solution = Solution(problem_id=problem.id, steps=("right", "odd", "wrong"), policy_model="")
    with Engine(lambda: Models(policy=None, reward_model=model)) as engine:
        events = list(engine.score(problem, (), (solution,)).events())
    (scored,) = (each for each in events if isinstance(each, SolutionScored))
    assert [each.score for each in scored.scoring.step_scores] == [1.0, None, 0.0]
    assert aggregate(scored.scoring.step_scores, Aggregation.MEAN) == 0.5
    (started,) = (each for each in events if isinstance(each, RunStarted))
    assert started.record.prompt_version.endswith("+judge")


def test_a_model_known_as_a_judge_is_told_how_to_be_asked():
    with OpenAIServer(models=["InternVL2_5-8B"]) as server:
        with pytest.raises(LoadError, match=r"#InternVL2_5-8B\?prm_format=judge"):
            connect.open_reward_model(server.address, limits=FAST)
        with pytest.raises(LoadError, match=r"'mm-prm'.*'visualprm' or as 'judge'"):
            connect.open_reward_model(f"{server.address}?prm_format=mm-prm", limits=FAST)


def test_what_cannot_be_read_counts_against_both_classes(tmp_path, capfd):
    steps = ["right a", "odd b", "wrong c", "odd d"]
    row = {"question": "q", "image": [], "response": {"steps": steps, "process_correctness": [1, 1, -1, -1]}}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    with OpenAIServer(Speaking()) as server:
        command = ["evaluate", "step-benchmark", "--input", str(tmp_path / "rows.jsonl"), "--json"]
        scored = ["--scores", str(tmp_path / "scores.jsonl")]
        assert main([*command, *scored, "--reward-model", f"{server.address}?prm_format=judge"]) == 0
        out, err = capfd.readouterr()
        asked = len(server.chats())
        assert main([*command, *scored]) == 0  # the file has them, the unread ones too
        assert (
            json.loads(capfd.readouterr().out.splitlines()[-1])["overall"]
            == json.loads(out.splitlines()[-1])["overall"]
        )
        assert len(server.chats()) == asked
    assert "2 steps have a score that could not be read; they count as missed" in err
    overall = json.loads(out.splitlines()[-1])["overall"]
    assert (overall["f1_correct"], overall["f1_incorrect"]) == (2 / 3, 2 / 3)
    assert (overall["unread"], overall["called_correct"], overall["labelled_correct"]) == (2, 0.5, 0.5)
