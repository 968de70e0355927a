"""The benchmark of the embedded world: stored once with exact labels, and measured by the command that its figures name."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from engine import Engine, Loader, ModelChoice
from engine.domain import Label
from nano.world.problem_source import NanoWorld
from settings import NANO
from storage import BadSetting
from storage.runs.built_in_benchmark import CHECKER, DATA_SOURCE
from storage.transfer.job_folder import JobKind, JobState
from tests.support.evaluations import evaluated, opened
from tests.support.model_jobs import NamedRewardModel
from tests.support.solution_pools import TEXTS, CountedPolicy, engine_with
from visualprm_ui.use_cases.evaluations.files import EvaluationFiles
from visualprm_ui.use_cases.evaluations.labelled_choices import list_choices
from visualprm_ui.use_cases.evaluations.labelled_set import iter_labelled
from visualprm_ui.use_cases.evaluations.nano_benchmark import SOLUTIONS, NanoBenchmark
from visualprm_ui.use_cases.evaluations.request import Asked, EvaluationRequest, SetChoice
from visualprm_ui.use_cases.evaluations.work import CommandSources
from visualprm_ui.use_cases.model_job_request import ModelId

REWARD_MODEL = NANO / "weights" / "reward_model"


def made(store, problems, tell=lambda _done, _share: None):
    """A benchmark of so many problems, made as an evaluation of it does first; returns it with what the evaluation asks for."""
    benchmark = NanoBenchmark(store, NanoWorld(), problems=problems)
    request = EvaluationRequest(
        kind=JobKind.STEP_BENCHMARK,
        set=benchmark.as_asked().set,
        set_name="",
        reward_model=ModelId(name="prm", revision="1", prompt_version="p"),
    )
    folder = store.data_dir / "evaluation"
    folder.mkdir(exist_ok=True)
    benchmark.make_for(request, EvaluationFiles(folder), tell)
    return benchmark, request


def test_it_is_made_once_with_the_labels_of_the_checker(store):
    told = []
    _, request = made(store, 3, lambda done, _share: told.append(done))
    assert told == [0, 1, 2]
    made(store, 3, lambda _done, _share: pytest.fail("it is there"))
    problems = list(store.runs.iter_problems(DATA_SOURCE))
    assert len(problems) == 3
    assert all(each.images and each.answer for each in problems)
    found = list(iter_labelled(store, request.set))
    assert len(found) == 3 * SOLUTIONS
    whole = [each for each in found if set(each.labels) == {Label.CORRECT}]
    assert len({each.problem for each in whole}) == 3  # the right solution of each
    assert any(Label.WRONG in each.labels for each in found)
    made(store, 4)  # cut short: it goes on
    assert len(list(store.runs.iter_problems(DATA_SOURCE))) == 4


def test_it_is_among_the_sets_before_it_is_there(store):
    """Only a button led to it, and Best-of-N could not be asked for its problems before that was pressed."""
    benchmark = NanoBenchmark(store, NanoWorld(), problems=3)
    (labelled,) = benchmark.list_labelled(list_choices(store.results))
    (problems,) = benchmark.list_problems(store.projects.list_problem_sets())
    assert (labelled.solutions, labelled.is_stored, problems.answered) == (12, False, 3)
    made(store, 2)  # a part says no less
    assert benchmark.list_labelled(list_choices(store.results)) == [labelled]
    assert benchmark.list_problems(store.projects.list_problem_sets()) == [problems]
    made(store, 3)
    assert benchmark.list_labelled(list_choices(store.results)) == [replace(labelled, is_stored=True)]
    assert benchmark.list_problems(store.projects.list_problem_sets()) == [problems]
    assert NanoBenchmark(store, None).list_labelled([]) == []


def test_best_of_n_is_measured_on_a_part_of_its_problems_and_makes_them_first(store):
    benchmark = NanoBenchmark(store, NanoWorld(), problems=3)
    asked = Asked(kind=JobKind.BEST_OF_N, set=SetChoice(data_source=DATA_SOURCE, problem_count=2), n=2)
    engine = engine_with(CountedPolicy(TEXTS), NamedRewardModel("prm"))
    with opened(store, engine, benchmark) as jobs:
        before = jobs.measure(asked).extent.counts
        found = evaluated(jobs, asked)
        assert (found.job.state, found.job.message) == (JobState.DONE, None)
        assert found.state.counts == before == jobs.measure(asked).extent.counts
        assert (before.problems, before.solutions) == (2, 4)
    assert len(list(store.runs.iter_problems(DATA_SOURCE))) == 3


def test_its_names_are_those_of_the_pages():
    page = (NANO.parent / "visualprm_ui/components/dataset_board/nano_benchmark.js").read_text(encoding="utf-8")
    assert f'const SOURCE = "{DATA_SOURCE}";' in page
    assert f'const CHECKER = "{CHECKER}";' in page


def test_without_such_problems_it_is_refused(store):
    with pytest.raises(BadSetting, match="no nano benchmark"):
        NanoBenchmark(store, None).as_asked()


@pytest.mark.slow
def test_the_command_gives_the_same_figures_again(store, tmp_path):
    choice = ModelChoice(policy=None, reward_model=str(REWARD_MODEL))
    engine = Engine(Loader(choice).load)
    engine.wait_ready(60)
    benchmark = NanoBenchmark(store, NanoWorld(), problems=6)
    with opened(store, engine, benchmark) as jobs:
        assert jobs.measure(benchmark.as_asked()).extent.counts.solutions == 24
        found = evaluated(jobs, benchmark.as_asked())
        assert (found.job.state, found.failed) == (JobState.DONE, 0), found.job.message
        sources = CommandSources(reward_model=str(REWARD_MODEL), policy=None, data_dir=store.data_dir)
        command = jobs.command_of(found.request, sources)
    figure = found.state.headline.figure
    assert 0.5 < figure.value <= 1
    export, measure = command.replace("python -m", f"{sys.executable} -m").split(" && ")
    root = NANO.parent
    for each in (export, measure):
        each = each.replace("evaluated/", f"{tmp_path}/evaluated/").replace(
            "export evaluated", f"export {tmp_path}/evaluated"
        )
        done = subprocess.run(each, shell=True, cwd=root, capture_output=True, text=True, check=True)
    again = json.loads(done.stdout.splitlines()[-1])["overall"]
    assert again["macro_f1"] == pytest.approx(figure.value, abs=1e-9)
    assert again["interval"] == pytest.approx([figure.interval.low, figure.interval.high], abs=1e-9)
