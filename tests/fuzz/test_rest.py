"""Whatever is sent to REST, the answer is one that its description names, and no route fails: for strangers, annotators and admins.

Requests are made up from the OpenAPI document that the app serves, fitting ones and others. A few for each route, the same ones
every time; `make fuzz` takes a minute for each kind of visitor, with new ones.
Covers visualprm_ui/api/.
"""

import logging
import warnings
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Problem, Role, Run, RunState, Sampling, Solution
from storage import Store
from tests.support.api_accounts import SECRET, accounts_api, make_person
from tests.support.fuzzing import fuzzed, repeat
from tests.support.scripted import scripted_engine
from visualprm_ui.access.identity import Identity
from visualprm_ui.use_cases.workbench import Workbench

with warnings.catch_warnings(action="ignore"):  # of libraries that it imports
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

EXAMPLES = 3  # of each route
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
VISITORS = ("stranger", "annotator", "admin")


@pytest.fixture
def people(store: Store) -> dict[str, Callable[[], dict[str, str]]]:
    """Fresh headers of each kind of visitor for each request: some routes sign out whoever asks."""
    cookie = Identity(SECRET).session_cookie.name
    made = {role: make_person(store, role, Role(role)) for role in ("annotator", "admin")}
    kept = make_person(store, "the last admin", Role.ADMIN)
    assert kept

    def signed_in(role: str) -> dict[str, str]:
        person = store.accounts.get_person(made[role].name)
        return {"cookie": f"{cookie}={store.accounts.open_session(person)}"}

    return {"stranger": dict, **{role: (lambda role=role: signed_in(role)) for role in made}}


@pytest.fixture
def api(store: Store) -> Iterator[object]:
    """REST over a store with a run, a queue and a project, so that lists are not empty."""
    problem = Problem(question="What is $2 + 3$?", answer="5")
    run = Run(problem_id=problem.id, sampling=Sampling(n=1), state=RunState.DONE)
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    store.runs.add_solution(run.id, Solution(problem_id=problem.id, draw=0, steps=("Add.", "5"), policy_model="p"))
    store.labelling.open_run_queue(run.id, "Sums")
    store.projects.add_project("Sums")
    with scripted_engine(["One."]) as engine:
        yield accounts_api(Workbench(store, engine))


@pytest.mark.parametrize("visitor", VISITORS)
def test_every_answer_of_rest_is_one_that_its_description_names(api, people, caplog, visitor):
    schema = schemathesis.openapi.from_asgi("/openapi.json", api)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 50

    wrong: dict[str, str] = {}

    def ask(operation) -> None:
        kinds = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]

        @settings(fuzzed, max_examples=EXAMPLES)
        @given(st.one_of(kinds))
        def door(case) -> None:
            if "wait" in (case.query or {}):
                case.query["wait"] = 0  # seconds that the feed waits for something new
            answer = case.call(headers={"X-VP": "1", **people[visitor]()})
            case.validate_response(answer, checks=CHECKS)

        try:
            door()
        except Exception as failure:
            wrong[operation.label] = str(failure)

    def every_door() -> None:
        for operation in operations:
            ask(operation)

    with caplog.at_level(logging.WARNING), warnings.catch_warnings(action="ignore"):
        repeat(every_door)
    assert wrong == {}
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []
