"""Runs from a request to the stored end: followed, stopped, failed, refused; and problems that are drawn.

Covers visualprm_ui/use_cases/live_runs.py, visualprm_ui/use_cases/problem_drawing.py,
visualprm_ui/use_cases/problem_source.py.
"""

import math
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from engine import Engine, InvalidRequest, LoadError, ModelChoice, Models
from engine.domain import FinishReason, Role, RunState, Sampling
from engine.loading import load_models
from storage import NOBODYS, NotFound, open_store
from tests.support.calibration import kept_map
from tests.support.openai_server import OpenAIServer
from tests.support.scripted import ScriptedPolicy, ScriptedRewardModel, scripted_engine
from tests.support.waiting import awaited
from tests.visualprm_ui.conftest import png
from visualprm_ui.access.identity import ANONYMOUS, Principal
from visualprm_ui.use_cases import live_runs
from visualprm_ui.use_cases.live_runs import UPDATE_SECONDS, update_interval
from visualprm_ui.use_cases.run_control import NotOwner
from visualprm_ui.use_cases.sample_form import MAX_QUESTION, SampleForm
from visualprm_ui.use_cases.workbench import Workbench

TEXTS = ["Read 2.\n\nFinal answer: 5", "Guess.\n\nFinal answer: 6"]


def ask(workbench, question="What?", n=2, **fields):
    image = workbench.store.images.add(png(), NOBODYS).sha
    return SampleForm(
        images=(image,), question=question, answer=fields.pop("answer", None), sampling=Sampling(n=n, **fields)
    )


def end_of(workbench, run_id):
    views = list(workbench.runs.follow(run_id))
    return views[-1]


def test_a_run_is_followed_to_its_end_and_stored_once(workbench, store):
    run_id = workbench.runs.start(ask(workbench, answer="5"))
    view = end_of(workbench, run_id)
    assert view["state"] == "done"
    assert [card["answer"] for card in view["cards"]] == ["5", "6"]
    assert [card["matches"] for card in view["cards"]] == [True, False]
    stored = store.runs.get_run(run_id)
    assert (len(stored.solutions), len(stored.scorings), stored.run.state) == (2, 2, RunState.DONE)
    assert stored.run.record.policy_model == "scripted"
    assert workbench.runs.view(run_id) == view


def test_what_a_server_asks_and_takes_is_told_with_the_run_and_kept(store):
    prices = "tiny-internvl=1000000/1000000"
    with OpenAIServer() as server:
        choice = ModelChoice(policy=server.address, reward_model=server.address, token_prices=prices)
        with Engine(lambda: load_models(choice)) as engine:
            engine.wait_ready()
            server.script.answers = [(429, {"retry-after": "1"}, b"{}")]
            workbench = Workbench(store, engine)
            run_id = workbench.runs.start(ask(workbench))
            views = list(workbench.runs.follow(run_id))
    assert {f"waiting {seconds} s: the server's rate limit" for seconds in (1, 2)} & {view["waiting"] for view in views}
    assert (views[-1]["state"], views[-1]["waiting"]) == ("done", None)
    policy, reward_model = views[-1]["usage"]
    assert policy == {"model": "tiny-internvl", "requests": 1, "counted": 1, "read": 2, "written": 7, "cost": 9.0}
    assert reward_model["requests"] == reward_model["counted"] == 4
    assert workbench.runs.view(run_id)["usage"] == [policy, reward_model]


def test_a_kept_map_says_what_scores_of_a_run_mean_and_nothing_is_chosen_by_it(store):
    with scripted_engine(TEXTS, judge=lambda step: 0.4 if step == "Guess." else 0.9) as engine:
        workbench = Workbench(store, engine)
        plain = end_of(workbench, workbench.runs.start(ask(workbench)))
        record = store.runs.get_run(plain["run"]).run.record
        pair = {
            name: getattr(record, name)
            for name in ("policy_model", "policy_revision", "reward_model", "reward_model_revision", "prompt_version")
        }
        store.runs.add_calibration_map(kept_map((0.2, 0.25), (0.6, 0.75), **pair))
        stored = workbench.runs.view(plain["run"])
        again = end_of(workbench, workbench.runs.start(ask(workbench)))
    assert [step["calibrated"] for card in plain["cards"] for step in card["steps"]] == [None] * 4
    for view in (stored, again, workbench.runs.view(again["run"])):
        assert [[step["score"] for step in card["steps"]] for card in view["cards"]] == [[0.9, 0.9], [0.4, 0.9]]
        mapped = [[step["calibrated"] for step in card["steps"]] for card in view["cards"]]
        assert mapped == [[None, None], [pytest.approx(0.5), None]], "above what was measured nothing is said"
        assert [card["scores"] for card in view["cards"]] == [card["scores"] for card in plain["cards"]]
        assert view["ranking"] == plain["ranking"]


def test_stop_keeps_what_is_finished(store):
    gate = threading.Event()
    with scripted_engine([TEXTS[0], "One.\n\nTwo. and more and more"], gate=gate) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        awaited(lambda: workbench.runs.view(run_id)["cards"][0]["open"])
        assert workbench.runs.stop(run_id)
        gate.set()
        view = end_of(workbench, run_id)
    assert view["state"] == "stopped"
    assert "kept" in view["message"]
    solutions = store.runs.get_run(run_id).solutions
    assert {solution.finish for solution in solutions} == {FinishReason.CANCELLED}
    assert not workbench.runs.stop(run_id), "a run that has ended cannot be stopped"


def test_a_run_whose_end_was_shown_is_not_stopped_while_its_thread_lingers(store, monkeypatch):
    """For some milliseconds the page was told that a run was stopped which it had just seen end."""
    lingering, linger = threading.Event(), threading.Event()

    def consume(live):
        original(live)
        lingering.set()
        linger.wait(60)

    original = live_runs.LiveRun.consume
    monkeypatch.setattr(live_runs.LiveRun, "consume", consume)
    with scripted_engine(TEXTS) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        assert end_of(workbench, run_id)["state"] == "done"
        assert lingering.wait(60)
        assert not workbench.runs.stop(run_id)
        linger.set()


def test_a_run_of_another_process_is_followed_and_stopped(store):
    """Two processes on one store, behind one address: a run was dead on the pages of the other."""
    gate = threading.Event()
    with scripted_engine(["One. and more and more"], gate=gate) as engine, open_store(store.data_dir) as theirs:
        here, elsewhere = Workbench(store, engine), Workbench(theirs, engine)
        run_id = here.runs.start(ask(here, n=1))
        views = elsewhere.runs.follow(run_id)
        assert next(views)["state"] == "running"
        tom = Principal(name="tom", display_name="tom", role=Role.REVIEWER)
        with pytest.raises(NotOwner):
            elsewhere.runs.stop(run_id, tom)
        assert elsewhere.runs.stop(run_id)
        awaited(here.runs._live.get(run_id)._job.is_stop_asked)  # the model's first step lasts until the gate opens
        gate.set()
        assert list(here.runs.follow(run_id))[-1]["state"] == "stopped"
        assert list(views)[-1]["state"] == "stopped"
        assert not elsewhere.runs.stop(run_id)


def test_two_pages_follow_one_run_and_a_closed_page_does_not_end_it(store):
    gate = threading.Event()
    with scripted_engine(TEXTS, gate=gate) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        closed = workbench.runs.follow(run_id)
        next(closed)
        closed.close()
        second = workbench.runs.follow(run_id)
        next(second)
        gate.set()
        assert list(second)[-1]["state"] == "done"


def test_a_run_without_models_names_no_folder_of_the_server(store):
    def fail():
        raise LoadError("'/srv/secret/prm' has no config.json.")

    with Engine(fail) as engine:
        workbench = Workbench(store, engine)
        engine.wait_ready(10)
        view = end_of(workbench, workbench.runs.start(ask(workbench)))
    assert (view["state"], "secret" in view["message"]) == ("failed", False)
    assert "No model is loaded" in view["message"]


def test_two_people_are_served_at_the_same_time(store):
    gate = threading.Event()
    with scripted_engine(TEXTS, gate=gate) as engine:
        workbench = Workbench(store, engine)
        runs = [workbench.runs.start(ask(workbench)) for _ in range(2)]
        gate.set()
        assert [end_of(workbench, run)["state"] for run in runs] == ["done", "done"]


def test_a_notice_stays_with_the_run(store):
    with scripted_engine(TEXTS, notice="Only charts are known.") as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        assert end_of(workbench, run_id)["notice"] == "Only charts are known."
        assert workbench.runs.view(run_id)["notice"] == "Only charts are known."


def test_why_scores_are_approximate_is_told_with_the_run_and_kept(store):
    judge = ScriptedRewardModel()
    judge.notice = "The scores are approximate."
    models = Models(policy=ScriptedPolicy(TEXTS, notice="Only charts are known."), reward_model=judge)
    with Engine(lambda: models) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        assert end_of(workbench, run_id)["notice"] == "Only charts are known. The scores are approximate."
        assert workbench.runs.view(run_id)["notice"] == "Only charts are known. The scores are approximate."


def test_a_score_that_is_no_number_is_said_and_not_shown_as_zero(store):
    with scripted_engine(TEXTS, judge=lambda step: math.nan if "6" in step else 0.5) as engine:
        workbench = Workbench(store, engine)
        view = end_of(workbench, workbench.runs.start(ask(workbench)))
    assert view["cards"][0]["scores"]["mean"] == 0.5
    assert view["cards"][1]["scores"] is None
    assert "Solution 2" in view["message"]
    assert view["ranking"]["mean"] == [0]


def test_a_failing_engine_says_so_and_keeps_serving(store):
    broken = ["Fine.\n\nFinal answer: 5"]

    def judge(step):
        if broken:
            broken.pop()
            raise RuntimeError("out of paper")
        return 0.5

    with scripted_engine(TEXTS, judge=judge) as engine:
        workbench = Workbench(store, engine)
        first = end_of(workbench, workbench.runs.start(ask(workbench)))
        assert first["state"] == "failed"
        assert "out of paper" not in first["message"], "a traceback is for the log"
        assert end_of(workbench, workbench.runs.start(ask(workbench)))["state"] == "done"


@pytest.mark.parametrize(
    ("question", "fields", "says"),
    [
        ("", {}, "question"),
        (" \n\x00 ", {}, "question"),
        ("x" * (MAX_QUESTION + 1), {}, "8,001 characters"),
        ("?", {"n": 0}, "Solutions"),
        ("?", {"n": 129}, "Solutions"),
        ("?", {"temperature": math.nan}, "Temperature"),
        ("?", {"seed": -5}, "Seed is -5; choose a value from 0 to"),
        ("?", {"seed": 2**53}, "Seed is 9007199254740992"),  # what a browser makes of 2**53 + 1, too
        ("?", {"answer": "9" * 501}, "reference answer"),
        ("?", {"repetition_penalty": 0.4}, "Repetition penalty is 0.4; choose a value from 0.5 to 2"),
        ("?", {"stop": tuple("abcdefghijklmnopq")}, "17 stop texts; the most is 16"),
        ("?", {"stop": ("x" * 201,)}, "201 characters; the most is 200"),
    ],
)
def test_what_cannot_be_used_is_named_before_anything_starts(workbench, store, question, fields, says):
    with pytest.raises(InvalidRequest, match=says):
        workbench.runs.start(ask(workbench, question, **fields))
    assert store.runs.list_runs() == ()


def test_a_page_gets_few_views_of_a_run_and_the_end_at_once(store, monkeypatch):
    """Twelve times a second the whole view, 190 KiB with 128 solutions, made the page stutter."""
    monkeypatch.setattr(live_runs, "update_interval", lambda view: 3600.0)
    gate = threading.Event()
    with scripted_engine(["word " * 500], gate=gate) as engine:
        workbench = Workbench(store, engine)
        following = workbench.runs.follow(workbench.runs.start(ask(workbench, n=1)))
        states = [next(following)["state"]]
        gate.set()
        states += [view["state"] for view in following]
    assert (len(states), states[-1]) == (2, "done")


def test_the_larger_a_view_is_the_longer_a_page_waits_for_the_next(workbench):
    """Only the solutions were counted, but each view has every thought and all that a search tried."""
    view = end_of(workbench, workbench.runs.start(ask(workbench)))
    card = view["cards"][0]
    intervals = [update_interval(view | {"cards": [card] * n}) for n in (1, 8, 64, 128)]
    assert intervals == [UPDATE_SECONDS, UPDATE_SECONDS, 0.25, 0.5]
    long = "word " * 40_000
    assert update_interval(view | {"cards": [card | {"thought": long}] * 4}) == pytest.approx(2.0, rel=0.01)
    tried = {
        "parent": None,
        "text": long,
        "finish": None,
        "score": None,
        "step_score": None,
        "count": 1,
        "is_kept": True,
    }
    search = {"width": 1, "expansions": 4, "how": "mean", "rounds": [{"step": 0, "tokens": 1, "tries": [tried] * 4}]}
    assert update_interval(view | {"search": search}) == pytest.approx(2.0, rel=0.01)


def test_a_question_may_have_no_image(workbench):
    run_id = workbench.runs.start(SampleForm(images=(), question="What is 3 + 4?", answer=None, sampling=Sampling(n=2)))
    view = end_of(workbench, run_id)
    assert (view["state"], view["images"], view["finished"]) == ("done", [], 2)


def test_a_question_may_have_several_images_in_their_order(workbench, store):
    shas = tuple(store.images.add(png(colour)).sha for colour in ("red", "green", "blue"))
    form = SampleForm(images=shas, question="Which?", answer=None, sampling=Sampling(n=1))
    view = end_of(workbench, workbench.runs.start(form))
    assert (view["state"], view["images"]) == ("done", list(shas))
    assert store.runs.get_run(view["run"]).problem.images == shas
    with pytest.raises(InvalidRequest, match="9 pictures; the most is 8"):
        workbench.runs.start(replace(form, images=shas * 3))


def test_a_stranger_holds_no_more_memory_than_one_allowed_picture_takes(workbench, store):
    large = store.images.add(png("red", (4000, 4000)), NOBODYS).sha
    form = SampleForm(images=(large,) * 2, question="Which?", answer=None, sampling=Sampling(n=1))
    stranger = Principal(name="guest-1", display_name="guest-1", role=None)
    with pytest.raises(InvalidRequest, match="32 megapixels together; without an account the most is 25"):
        workbench.runs.start(form, stranger)
    assert end_of(workbench, workbench.runs.start(form, replace(stranger, role=Role.ADMIN)))["state"] == "done"


def test_the_newest_run_of_somebody_is_their_own(workbench):
    ada, bob = (Principal(name=name, display_name=name, role=Role.ADMIN) for name in ("ada", "bob"))
    nobody = Principal(name=ANONYMOUS, display_name=ANONYMOUS, role=Role.ADMIN)
    assert workbench.runs.newest_of(ada) is None
    first, second = (workbench.runs.start(ask(workbench, n=1), ada) for _ in range(2))
    workbench.runs.start(ask(workbench, n=1), nobody)
    assert first != second
    assert [workbench.runs.newest_of(each) for each in (ada, bob, nobody)] == [second, None, None]


def test_an_unknown_run_is_not_found(workbench):
    with pytest.raises(NotFound):
        next(iter(workbench.runs.follow("none")))
    with pytest.raises(NotFound):
        workbench.runs.stop("none")


def test_a_run_whose_thread_meets_a_defect_ends_as_failed_and_holds_nobody(store):
    """Anything but a store error once left a run "running" for ever, with the pages that follow it waiting."""
    gate = threading.Event()
    with scripted_engine(TEXTS, gate=gate) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(ask(workbench))
        following = workbench.runs.follow(run_id)
        next(following)
        store.runs.add_solution = None  # calling it is a TypeError, as a defect would be
        gate.set()
        last = list(following)[-1]
        assert last["state"] == "failed"
        assert "log" in last["message"]
        del store.runs.add_solution
        assert workbench.runs.view(run_id)["state"] == "failed"
        assert end_of(workbench, workbench.runs.start(ask(workbench)))["state"] == "done"


class SumWorld:
    """A world of sums: step "N" is right when N is the seed."""

    name = "sums"

    def draw(self, seed):
        return SimpleNamespace(image=png("blue"), question=f"What is {seed} + 0?", answer=str(seed))

    def check(self, seed, steps):
        right = [str(seed) in step for step in steps]
        return tuple(SimpleNamespace(label=1 if ok else -1, reason=None if ok else "not the seed") for ok in right)


def draw(workbench, **changes):
    problem, seed = workbench.problems.draw()
    fields = {"images": problem.images, "question": problem.question, "answer": problem.answer, "problem_seed": seed}
    return seed, SampleForm(**{**fields, "sampling": Sampling(n=2), **changes})


def test_a_drawn_problem_is_checked_step_by_step_beside_its_scores(store):
    world = SumWorld()
    with scripted_engine(["Is 7.\n\nFinal answer: 7", "No."], judge=lambda step: 0.9) as engine:
        workbench = Workbench(store, engine, world)
        seed, request = draw(workbench)
        view = end_of(workbench, workbench.runs.start(request))
        steps = [step["check"] for card in view["cards"] for step in card["steps"]]
        assert all(check == {"label": -1, "reason": "not the seed"} for check in steps if str(seed) != "7")
        assert view["checker"] == {"right": 0, "steps": 3}
        assert workbench.problems.seed_of(view["problem"]) == seed
        assert workbench.runs.view(view["run"]) == view, "a reload shows the same verdicts"


def test_a_drawn_problem_that_was_changed_is_nobodys_to_check(store):
    with scripted_engine(["One."]) as engine:
        workbench = Workbench(store, engine, SumWorld())
        for changes in ({"question": "Why?"}, {"answer": "0.5"}, {"images": (store.images.add(png("red")).sha,)}):
            _, request = draw(workbench, **changes)
            view = end_of(workbench, workbench.runs.start(request))
            assert view["checker"] is None
            assert view["cards"][0]["steps"][0]["check"] is None


def test_without_a_world_there_is_nothing_to_draw(workbench):
    assert not workbench.problems.is_available
    with pytest.raises(InvalidRequest, match="without problems"):
        workbench.problems.draw()
