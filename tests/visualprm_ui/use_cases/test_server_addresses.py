"""Addresses of model servers stay with whoever runs the app: no run and no form tells them to those who may open it."""

from dataclasses import replace

import pytest

from engine import Engine, InvalidRequest, ModelChoice
from engine.domain import Problem, Run, RunState, Sampling
from engine.loading import load_models
from engine.outcomes.guided_search import BeamPlan
from tests.support.openai_server import OpenAIServer
from tests.support.run_records import RECORD
from visualprm_ui.use_cases.sample_form import SampleForm
from visualprm_ui.use_cases.server_addresses import without_addresses
from visualprm_ui.use_cases.workbench import Workbench

FORM = SampleForm(images=(), question="How many bars?", answer=None, sampling=Sampling(n=1))
HOST = "127.0.0.1"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("The server at http://10.0.0.3:8000/v1 has not answered yet.", "The server has not answered yet."),
        ("The server at https://prm.lab/v1: overloaded.", "The server: overloaded."),
        ("Too long for the model at http://[::1]:80/v1: 9 tokens.", "Too long for the model: 9 tokens."),
        ("It sends us elsewhere, to 'http://10.0.0.3/x'. Stop.", "It sends us elsewhere. Stop."),
        ("It has no model 'http://10.0.0.3/v1'; it serves none.", "It has no model; it serves none."),
        ("Its steps are too many: 3 at most.", "Its steps are too many: 3 at most."),
    ],
)
def test_sentences_hold_no_address_of_a_server(said, shown):
    assert without_addresses(said) == shown


def test_no_run_tells_where_its_models_are_served(store):
    failure = (500, {}, b'{"error": {"message": "out of paper"}}')
    with OpenAIServer(knows_token_ids=False) as server:
        choice = ModelChoice(policy=server.address, reward_model=server.address)
        with Engine(lambda: load_models(choice)) as engine:
            workbench = Workbench(store, engine)

            def view_of_run():
                return list(workbench.runs.follow(workbench.runs.start(FORM)))[-1]

            done = view_of_run()
            assert "approximate" in done["notice"]
            server.script.answers = [failure]
            failed = view_of_run()
            assert "out of paper" in failed["message"]
            server.script.owner = "somebody"
    assert HOST not in str([done, failed])
    stored = [store.runs.get_run(each["run"]).run for each in (done, failed)]
    assert HOST not in str(stored), "runs are exported"


def test_a_form_that_is_refused_does_not_tell_it_either(store):
    with OpenAIServer(owner="somebody") as server:
        choice = ModelChoice(policy=server.address, reward_model=server.address)
        with Engine(lambda: load_models(choice)) as engine:
            workbench = Workbench(store, engine)
            list(workbench.runs.follow(workbench.runs.start(FORM)))  # the server is known by now
            search = replace(FORM, search=BeamPlan(width=1, expansions=2), sampling=Sampling(n=1, temperature=1.0))
            with pytest.raises(InvalidRequest, match="does not say that it is vLLM") as refused:
                workbench.runs.start(search)
    assert HOST not in str(refused.value)


def test_runs_of_earlier_versions_are_shown_without_it(store, engine):
    problem = Problem(images=(), question="How many bars?")
    told = "Scores of 'prm' at http://10.0.0.3/v1 are approximate."
    failed = Run(
        problem_id=problem.id,
        sampling=Sampling(n=1),
        state=RunState.FAILED,
        message="The server at http://10.0.0.3/v1 does not answer.",
        record=replace(RECORD, approximate=told),
    )
    store.runs.add_problem(problem)
    store.runs.add_run(failed)
    store.runs.update_run(failed)
    view = Workbench(store, engine).runs.view(failed.id)
    assert (view["message"], view["notice"]) == (
        "The server does not answer.",
        "Scores of 'prm' are approximate.",
    )
