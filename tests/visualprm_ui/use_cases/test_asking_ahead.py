"""Jobs ask about several problems at once: each is asked about once, whatever fails, and none of their time is told twice.

Covers visualprm_ui/use_cases/batch_requests.py, visualprm_ui/use_cases/evaluations/pool_work.py.
"""

import time
from collections import Counter
from contextlib import closing

import pytest

from engine import Engine, InvalidRequest, Models
from engine.domain import Sampling
from engine.evaluation.solution_pool import Protocol
from storage.transfer.job_folder import JobState
from tests.support.evaluations import evaluated
from tests.support.evaluations import opened as opened_evaluations
from tests.support.model_jobs import NamedRewardModel, add_problem, ended
from tests.support.scripted import ScriptedPolicy
from tests.support.solution_pools import JUDGE, TEXTS, CountedPolicy, add_problems, best_of_n, engine_with, pools_of
from visualprm_ui.use_cases.batch_requests import ASKED_AT_ONCE, BatchRequests
from visualprm_ui.use_cases.model_job_request import Wanted
from visualprm_ui.use_cases.model_jobs import ModelJobs

PROBLEMS = ASKED_AT_ONCE + 3


class SlowPolicy(ScriptedPolicy):
    """Takes its time for every word."""

    def sample(self, images, question, sampling):
        for chunks in super().sample(images, question, sampling):
            time.sleep(0.01)
            yield chunks


class PickyPolicy(CountedPolicy):
    """Refuses to sample one question with a temperature; greedily it answers all."""

    refused = ""

    def sample(self, images, question, sampling):
        found = super().sample(images, question, sampling)
        if question == self.refused and sampling.temperature == 0:
            raise InvalidRequest("Not that one.")
        return found


@pytest.fixture
def left_over(monkeypatch):
    """What was asked about and never read, of each job that went through."""
    found = []

    def close(requests):
        found.append(sorted(job.request.problem.question for job in requests._ahead.values()))
        close_all(requests)

    close_all = BatchRequests.close
    monkeypatch.setattr(BatchRequests, "close", close)
    return found


def test_what_runs_took_adds_up_to_the_time_that_passed(store):
    """Eight problems that were served together each had the time of all: a pool's seconds were told up to eight times."""
    for number in range(ASKED_AT_ONCE):
        add_problem(store, f"Q{number}")
    policy = SlowPolicy(["So it goes on and on.\n\nFinal answer: 1"])
    with (
        Engine(lambda: Models(policy=policy, reward_model=NamedRewardModel("prm"))) as engine,
        closing(ModelJobs(store, engine)) as jobs,
    ):
        engine.wait_ready(10)
        began = time.monotonic()
        job = ended(jobs, jobs.start(Wanted(), Sampling(n=1), "ada").job.id)
        took = time.monotonic() - began
    assert (job.job.state, job.job.done) == (JobState.DONE, ASKED_AT_ONCE)
    solutions = [one for each in store.projects.list_selected(Wanted().as_selection()) for one in each.solutions]
    runs = [store.runs.get_run(store.results.get_solution(each).run_id).run for each in solutions]
    seconds = [run.seconds for run in runs]
    assert 0 < sum(seconds) <= took
    assert max(seconds) > 0.1, "the first has the time of its own"


def test_every_batch_of_every_problem_is_asked_for_once(store, left_over):
    add_problems(store, *(f"Q{number}" for number in range(PROBLEMS)))
    policy = CountedPolicy(TEXTS)
    with opened_evaluations(store, engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(4, protocol=Protocol.GREEDY_FIRST))
        pools = pools_of(jobs, found)
    assert (found.job.state, found.failed, left_over) == (JobState.DONE, 0, [[]])
    assert Counter(policy.draws()) == {
        (f"Q{number}", n, temperature): 1 for number in range(PROBLEMS) for n, temperature in ((1, 0), (3, 0.7))
    }
    assert [len(each.draws) for each in pools.values()] == [4] * PROBLEMS


def test_what_was_asked_about_a_problem_that_failed_is_given_up(store, left_over):
    """The eighth failed in its first batch, and the second was sampled for nobody."""
    questions = [f"Q{number}" for number in range(PROBLEMS)]
    order = add_problems(store, *questions)
    policy = PickyPolicy(TEXTS)
    policy.refused = store.runs.get_problem(order[ASKED_AT_ONCE - 1]).question
    with opened_evaluations(store, engine_with(policy, NamedRewardModel("prm", JUDGE))) as jobs:
        found = evaluated(jobs, best_of_n(4, protocol=Protocol.GREEDY_FIRST))
        pools = pools_of(jobs, found)
    assert (found.job.state, [each.problem for each in found.failures]) == (JobState.DONE, [order[ASKED_AT_ONCE - 1]])
    assert "Not that one." in found.failures[0].reason
    assert sorted(pools) == sorted({*order} - {order[ASKED_AT_ONCE - 1]})
    assert left_over == [[]]
