"""The benchmark of the embedded world: stored once with exact labels, and measured by the command that its figures name."""

import json
import subprocess
import sys

import pytest

from engine import Engine, Loader, ModelChoice
from engine.domain import Label
from nano.world.problem_source import NanoWorld
from settings import NANO
from storage import BadSetting
from storage.runs.built_in_benchmark import CHECKER, DATA_SOURCE
from storage.transfer.job_folder import JobState
from tests.support.evaluations import evaluated, opened
from visualprm_ui.use_cases.evaluations.labelled_set import iter_labelled
from visualprm_ui.use_cases.evaluations.nano_benchmark import SOLUTIONS, NanoBenchmark
from visualprm_ui.use_cases.evaluations.work import CommandSources

REWARD_MODEL = NANO / "weights" / "reward_model"


def test_it_is_stored_once_with_the_labels_of_the_checker(store):
    asked = NanoBenchmark(store, NanoWorld(), problems=3).store_once()
    assert NanoBenchmark(store, NanoWorld(), problems=3).store_once() == asked
    problems = list(store.runs.iter_problems(DATA_SOURCE))
    assert len(problems) == 3
    assert all(each.images and each.answer for each in problems)
    found = list(iter_labelled(store, asked.set))
    assert len(found) == 3 * SOLUTIONS
    whole = [each for each in found if set(each.labels) == {Label.CORRECT}]
    assert len({each.problem for each in whole}) == 3  # the right solution of each
    assert any(Label.WRONG in each.labels for each in found)
    assert NanoBenchmark(store, NanoWorld(), problems=4).store_once() == asked  # cut short: it goes on
    assert len(list(store.runs.iter_problems(DATA_SOURCE))) == 4


def test_its_names_are_those_of_the_pages():
    page = (NANO.parent / "visualprm_ui/components/dataset_board/nano_benchmark.js").read_text(encoding="utf-8")
    assert f'const SOURCE = "{DATA_SOURCE}";' in page
    assert f'const CHECKER = "{CHECKER}";' in page


def test_without_such_problems_it_is_refused(store):
    with pytest.raises(BadSetting, match="no nano benchmark"):
        NanoBenchmark(store, None).store_once()


@pytest.mark.slow
def test_the_command_gives_the_same_figures_again(store, tmp_path):
    choice = ModelChoice(policy=None, reward_model=str(REWARD_MODEL))
    engine = Engine(Loader(choice).load)
    engine.wait_ready(60)
    with opened(store, engine) as jobs:
        found = evaluated(jobs, NanoBenchmark(store, NanoWorld(), problems=6).store_once())
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
