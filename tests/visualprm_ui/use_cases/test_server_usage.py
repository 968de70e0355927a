"""What model servers took, and how long they ask to wait, of everything that is asked of them but runs of Explore.

Covers visualprm_ui/use_cases/branch_view.py, visualprm_ui/use_cases/live_branches.py,
visualprm_ui/use_cases/evaluations/scoring_record.py, visualprm_ui/use_cases/evaluations/pool_work.py.
"""

import pytest

from engine import Engine, ModelChoice
from engine.loading import load_models
from engine.outcomes.guided_search import BeamPlan
from storage.transfer.job_folder import JobState
from tests.support.evaluations import add_labelled, ended, opened, step_benchmark
from tests.support.openai_server import OpenAIServer
from tests.support.solution_pools import add_problems, best_of_n, pools_of
from tests.support.waiting import PATIENCE, awaited
from tests.visualprm_ui.use_cases.test_run_owners import person
from visualprm_ui.use_cases.branch_control import BranchForm
from visualprm_ui.use_cases.evaluations.pool_reading import EvaluationPools
from visualprm_ui.use_cases.live_branches import BranchKind
from visualprm_ui.use_cases.workbench import Workbench

PRESS = person("annotator")
BUSY = (429, {"retry-after": "2"}, b"{}")
RESTS = "s: the server's rate limit"


@pytest.fixture
def server():
    with OpenAIServer() as server:
        yield server


@pytest.fixture
def engine(server):
    """Both models are the server's, under one name; a token that is read costs 1."""
    choice = ModelChoice(policy=server.address, reward_model=server.address, token_prices="*=1000000/0")
    with Engine(lambda: load_models(choice)) as engine:
        engine.wait_ready(PATIENCE)
        yield engine


@pytest.mark.parametrize("kind", list(BranchKind))
def test_what_goes_on_from_a_step_says_what_servers_ask_and_keeps_what_they_took(store, engine, server, run, kind):
    """A run said it, and rollouts and continuations from its steps did not."""
    workbench = Workbench(store, engine)
    solution = store.runs.get_run(run.id).solutions[0]
    server.script.answers = [BUSY]
    form = BranchForm(kind=kind, solution=solution.id, step=0, n=2)
    workbench.branches.start(run.id, form, PRESS)

    def look():
        return workbench.branches.view(run.id, PRESS)

    waits = awaited(look, lambda view: any(each["waiting"] for each in view["live"]) or view["rollouts"])
    assert waits["live"][0]["waiting"].endswith(RESTS)
    found = awaited(look, lambda view: not view["live"])
    (made,) = found["rollouts"] if kind is BranchKind.ROLLOUTS else found["continuations"]
    assert len(made["usage"]) == (1 if kind is BranchKind.ROLLOUTS else 2), "the policy, and what scores solutions"
    for usage in made["usage"]:
        assert (usage["model"], usage["requests"]) == ("tiny-internvl", usage["counted"])
        assert usage["cost"] == usage["read"] > 0
    if kind is BranchKind.ROLLOUTS:
        workbench.branches.start(run.id, form, PRESS)
        again = awaited(look, lambda view: not view["live"] and view["rollouts"][0]["times"] == 2)
        assert again["rollouts"][0]["usage"][0]["requests"] == 2 * made["usage"][0]["requests"]


def test_a_step_benchmark_says_what_its_server_asks_and_takes(store, engine, server):
    """It stood still without a word."""
    add_labelled(store, "Q1", (["a", "b"], [1, -1]), (["c", "d"], [1, -1]))
    server.script.answers = [BUSY]
    with opened(store, engine) as jobs:
        started = jobs.start(step_benchmark(), "ada").job.id
        said = awaited(lambda: jobs.get(started).job, lambda job: job.message or not job.state.is_unfinished)
        assert (said.state, said.message and said.message.endswith(RESTS)) == (JobState.RUNNING, True)
        found = ended(jobs, started)
        record = dict(jobs.files(started).read_figures()["record"])
    assert (found.job.state, found.job.message) == (JobState.DONE, None)
    assert record["servers"] == "tiny-internvl: 12 tokens read and 4 written, cost 12.00"


def test_pools_count_searches_and_later_scores_too(store, engine, server):
    """Only what sampled the pools was counted."""
    (one,) = add_problems(store, "Q1")
    with opened(store, engine) as jobs:
        server.script.answers = [BUSY]
        started = jobs.start(best_of_n(2, outcome=True, search=BeamPlan(width=1, expansions=2)), "ada").job.id
        said = awaited(lambda: jobs.get(started).job, lambda job: job.message or not job.state.is_unfinished)
        assert said.message.endswith(RESTS)
        found = ended(jobs, started)
        pool = pools_of(jobs, found)[one]
        (usage,) = EvaluationPools(jobs, store, engine).report(started, None).usage
    (sampled,), (later,) = pool.usage, pool.later_usage
    assert later.requests > 2  # the whole scores of two solutions, and the search
    assert usage.requests == sampled.requests + later.requests
    assert usage.cost == sampled.cost + later.cost
