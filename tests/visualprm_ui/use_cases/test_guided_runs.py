"""Guided search as a run: followed, stored, reloaded as it was seen, stopped, labelled, refused; and what stands beside it.

Covers visualprm_ui/use_cases/independent_run.py, visualprm_ui/use_cases/search_view.py.
"""

import threading
from dataclasses import replace

import pytest

from engine import Engine, InvalidRequest, Models
from engine.domain import Aggregation, Role, RunState, Sampling
from engine.outcomes.guided_search import BeamPlan
from tests.support import searched_steps
from tests.support.scripted import (
    CARD,
    CompletingPolicy,
    ScriptedPolicy,
    ScriptedRewardModel,
    ThinkingCompletions,
    scripted_engine,
)
from tests.support.searched_steps import judge
from tests.support.store_labelling import submit
from tests.support.waiting import awaited
from visualprm_ui.access.identity import Principal
from visualprm_ui.use_cases.branch_control import BranchForm
from visualprm_ui.use_cases.live_branches import BranchKind
from visualprm_ui.use_cases.sample_form import SampleForm
from visualprm_ui.use_cases.workbench import Workbench

ADA, TOM = (Principal(name=name, display_name=name, role=Role.REVIEWER) for name in ("ada", "tom"))


def complete(text, draw):
    """Behind a first step every try is that of draw 0: an answer."""
    return searched_steps.complete(text, 0 if text else draw)


@pytest.fixture
def engine():
    with scripted_engine(["Bad.\n\nFinal answer: 3", "Good.\n\nFinal answer: 2"], judge, complete=complete) as engine:
        yield engine


def form(width=2, expansions=2, *, how=Aggregation.MEAN, **sampling):
    plan = BeamPlan(width=width, expansions=expansions, how=how)
    return SampleForm(images=(), question="What?", answer="2", sampling=Sampling(**sampling), search=plan)


def independent(n=2, question="What?"):
    return SampleForm(images=(), question=question, answer="2", sampling=Sampling(n=n))


def run_to_end(workbench, asked, principal=ADA):
    run_id = workbench.runs.start(asked, principal)
    return list(workbench.runs.follow(run_id))[-1]


def test_a_search_whose_thoughts_never_end_shows_them_cut_off(store):
    """Its page had no cards for them, and it ended as a defect with one solution of two."""
    with scripted_engine([""], judge, complete=lambda text, draw: None, kind=ThinkingCompletions) as engine:
        workbench = Workbench(store, engine)
        view = run_to_end(workbench, form())
        assert (view["state"], view["message"]) == ("done", None)
        assert [(card["steps"], card["truncated"], card["state"]) for card in view["cards"]] == [([], True, "done")] * 2
        assert all(card["thought"].startswith("on on") for card in view["cards"])
        assert view["tokens"] == view["search"]["rounds"][0]["tokens"] == 4 * 40
        assert view["ranking"]["mean"] == []
        again = Workbench(store, engine).runs.view(view["run"])
        assert (again["cards"], again["tokens"]) == (view["cards"], view["tokens"])


def test_a_search_is_a_run_of_the_paths_that_it_kept(workbench, store):
    view = run_to_end(workbench, form())
    assert (view["state"], view["sampling"]["n"], view["finished"]) == ("done", 2, 2)
    assert [[step["text"] for step in card["steps"]] for card in view["cards"]] == [
        ["Good.", "Final answer: 2"],
        ["Fair.", "Final answer: 3"],
    ]
    assert [[step["score"] for step in card["steps"]] for card in view["cards"]] == [[0.9, 0.8], [0.6, 0.2]]
    assert (view["ranking"]["mean"], view["cards"][0]["matches"]) == ([0, 1], True)
    first, second = view["search"]["rounds"]
    assert (view["search"]["width"], view["search"]["expansions"], view["search"]["how"]) == (2, 2, "mean")
    assert [(each["text"], each["count"], each["is_kept"]) for each in first["tries"]] == [
        ("Good.", 2, True),
        ("Fair.", 1, True),
        ("Bad.", 1, False),
    ]
    assert view["tokens"] == first["tokens"] + second["tokens"], "tries that were given up were paid for too"
    assert view["tokens"] > sum(card["tokens"] for card in view["cards"])
    assert view["majority"] is None, "what a search keeps are no votes"
    assert view["curve"] is None, "its estimates hold for independent solutions alone"
    assert len(store.runs.get_run(view["run"]).solutions) == 2


def test_it_is_reloaded_as_it_was_seen(workbench):
    view = run_to_end(workbench, form(how=Aggregation.MIN))
    assert workbench.runs.view(view["run"]) == view
    assert view["search"]["how"] == "min"


def test_while_it_goes_on_the_cards_are_the_paths_that_are_kept(store):
    """A path that is dropped makes room for a better one: no step of it stays on the card in its place."""
    gate = threading.Event()

    def slow(text, draw):
        if text:
            gate.wait(60)
        return complete(text, draw)

    with scripted_engine(["Bad."], judge, complete=slow) as engine:
        workbench = Workbench(store, engine)
        run_id = workbench.runs.start(form(), ADA)
        view = awaited(lambda: workbench.runs.view(run_id), lambda found: found["cards"])
        assert [[step["text"] for step in card["steps"]] for card in view["cards"]] == [["Good."], ["Fair."]]
        assert [card["state"] for card in view["cards"]] == ["writing", "writing"]
        assert (view["state"], view["finished"]) == ("running", 0)
        assert workbench.runs.stop(run_id, ADA)
        gate.set()
        *_, view = workbench.runs.follow(run_id)
        assert (view["state"], [card["answer"] for card in view["cards"]]) == ("stopped", [None, None])
        assert [[step["text"] for step in card["steps"]] for card in view["cards"]] == [["Good."], ["Fair."]]
        assert workbench.runs.view(run_id) == view
        assert store.runs.get_run(run_id).run.state is RunState.STOPPED


def test_its_solutions_are_labelled_like_others(workbench, store):
    view = run_to_end(workbench, form())
    queue = workbench.runs.open_queue(view["run"], ADA)
    assert store.labelling.get_queue(queue, "ada").queue.total == 2


def test_branches_of_its_steps_are_independent(workbench):
    """They would have been searched for, or refused as a search that begins with a step."""
    view = run_to_end(workbench, form())
    asked = BranchForm(kind=BranchKind.SOLUTIONS, solution=view["cards"][0]["solution"], step=0, n=3)
    workbench.branches.start(view["run"], asked, ADA)
    made = awaited(lambda: workbench.branches.view(view["run"], ADA)["continuations"])
    assert len(made[0]["cards"]) == 3
    assert workbench.runs.view(view["run"]) == view


def test_beside_it_stands_the_newest_independent_run_of_the_same_question(workbench):
    view = run_to_end(workbench, form())
    assert workbench.runs.beside(view["run"], ADA) is None, "none was sampled: no figure is made up"
    run_to_end(workbench, independent(question="Which?"))
    run_to_end(workbench, independent(n=1))
    newest = run_to_end(workbench, independent(n=2))
    run_to_end(workbench, form(width=1))
    found = workbench.runs.beside(view["run"], ADA)
    assert (found["run"], found["n"], found["answer"], found["matches"]) == (newest["run"], 2, "2", True)
    assert found["score"] == pytest.approx(0.85)
    assert found["tokens"] == newest["tokens"]
    assert workbench.runs.beside(newest["run"], ADA) is None, "it is no search"
    assert workbench.runs.is_own(view["run"], ADA)
    assert not workbench.runs.is_own(view["run"], TOM), "what he samples is not compared with her search"


def test_what_stands_beside_it_is_sampled_of_the_same_problem_with_the_same_budget(workbench, store):
    view = run_to_end(workbench, form())
    run_id = workbench.runs.sample_beside(view["run"], ADA)
    *_, other = workbench.runs.follow(run_id)
    search = view["search"]
    assert other["sampling"] == {**view["sampling"], "n": search["width"] * search["expansions"]}
    assert store.runs.get_run(run_id).problem == store.runs.get_run(view["run"]).problem
    assert workbench.runs.beside(view["run"], ADA)["run"] == run_id
    with pytest.raises(InvalidRequest, match="no guided search"):
        workbench.runs.sample_beside(run_id, ADA)


def test_runs_of_other_models_do_not_stand_beside_it(workbench, store):
    """Their tokens are others, and so is what a score means."""
    view = run_to_end(workbench, form())
    reward_model = ScriptedRewardModel(judge)
    reward_model.card = replace(CARD, name="another")
    models = Models(policy=ScriptedPolicy(["Good.\n\nFinal answer: 2"]), reward_model=reward_model)
    with Engine(lambda: models) as other:
        unlike = run_to_end(Workbench(store, other), independent(), TOM)["run"]
    assert workbench.runs.beside(view["run"], ADA) is None
    tasks = [submit(store, workbench.runs.open_queue(run, ADA), 0, "ada", "+-") for run in (view["run"], unlike)]
    assert workbench.runs.beside(view["run"], ADA) is None
    assert [store.labelling.get_task(task, "ada").revealed for task in tasks] == [True, False], "it was not shown"


def test_what_it_cannot_be_combined_with_is_refused_in_a_sentence(workbench, store):
    for asked, said in (
        (form(temperature=0), "At temperature 0 all tries of a step are the same"),
        (form(width=65), "A search that keeps 65 and tries 2 of each is not accepted"),
        (form(expansions=0), "both must be at least 1"),
    ):
        with pytest.raises(InvalidRequest, match=said):
            workbench.runs.start(asked, ADA)
    assert store.runs.list_runs() == ()


def test_a_policy_that_cannot_go_on_from_a_step_is_refused_before_a_run_is_there(store):
    models = Models(policy=ScriptedPolicy(["One."]), reward_model=ScriptedRewardModel())
    with Engine(lambda: models) as engine:
        engine.wait_ready()
        assert "cannot search" in engine.status().search_refusal
        with pytest.raises(InvalidRequest, match=r"so it cannot search\. Load another policy"):
            Workbench(store, engine).runs.start(form(), ADA)
    assert store.runs.list_runs() == ()
    completes = Models(policy=CompletingPolicy(["One."], complete), reward_model=ScriptedRewardModel())
    with Engine(lambda: completes) as engine:
        engine.wait_ready()
        assert engine.status().search_refusal is None
