"""A real store in a temporary folder, the REST application over it, and a scripted engine that needs no model."""

import io
from collections.abc import Iterator
from contextlib import ExitStack
from shutil import copytree

import pytest
from fastapi._compat import v2 as fastapi_fields
from fastapi.dependencies import models as fastapi_dependencies
from PIL import Image
from starlette.testclient import TestClient

from engine.domain import Problem, Role, Run, RunState, Sampling, Scoring, Solution, StepScore, now
from storage import open_store
from tests.support.api_accounts import accounts_api, make_person, sign_in
from tests.support.api_labelling import OPTIONS, label_all
from tests.support.scripted import scripted_engine
from visualprm_ui.access.identity import Identity
from visualprm_ui.api import build_api
from visualprm_ui.use_cases.workbench import Workbench


def png(colour="white", size=(60, 40)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="session", autouse=True)
def known_adapters() -> Iterator[None]:
    """Compile what checks a value of a route once for all tests: it is most of the half second that an application takes."""
    compiled, made = fastapi_fields.TypeAdapter, {}

    def adapter_of(annotation, **settings):
        key = (repr(annotation), repr(settings))
        if key not in made:
            made[key] = compiled(annotation, **settings)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fastapi_fields, "TypeAdapter", adapter_of)
        yield


@pytest.fixture
def store(empty_data, tmp_path) -> Iterator:
    store = open_store(copytree(empty_data, tmp_path / "data"))
    yield store
    store.close()


@pytest.fixture
def engine() -> Iterator:
    with scripted_engine(["Read 2.\n\nFinal answer: 5", "Guess.\n\nFinal answer: 6"]) as engine:
        yield engine


@pytest.fixture
def workbench(store, engine) -> Iterator:
    workbench = Workbench(store, engine)
    yield workbench
    workbench.close()
    for each in vars(fastapi_dependencies).values():  # each holds the last twenty applications
        if hasattr(each, "cache_clear"):
            each.cache_clear()


@pytest.fixture
def identity() -> Identity:
    return Identity("secret")


@pytest.fixture
def person(workbench, identity) -> Iterator:
    """A function that gives a REST client for a new person."""
    api = build_api(workbench, identity)
    with ExitStack() as clients:

        def new() -> TestClient:
            client = clients.enter_context(TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False))
            client.cookies.set(identity.guest_cookie.name, identity.new_cookie())
            return client

        yield new


@pytest.fixture
def client(person) -> TestClient:
    return person()


@pytest.fixture
def run(store) -> Run:
    """A finished run of two solutions with three and two steps. "annotator" started it, and it is shared."""
    image = store.images.add(png())
    problem = Problem(images=(image.sha,), question="What is $2 + 3$?", answer="5")
    of_somebody = {"made_by": "annotator", "shared_at": now()}
    run = Run(problem_id=problem.id, sampling=Sampling(n=2), state=RunState.DONE, seconds=1.5, **of_somebody)
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    for draw, (answer, steps) in enumerate(
        [("5", ("Read 2.", "Add 3.", "Final answer: 5")), ("6", ("Guess.", "Final answer: 6"))]
    ):
        solution = Solution(problem_id=problem.id, draw=draw, steps=steps, answer=answer, policy_model="p", tokens=9)
        store.runs.add_solution(run.id, solution)
        scores = tuple(StepScore(first=i, last=i, score=0.9 - 0.5 * draw) for i in range(len(steps)))
        store.runs.add_scoring(run.id, Scoring(solution_id=solution.id, reward_model="r", step_scores=scores))
    return run


@pytest.fixture
def team(workbench, store):
    """Clients of an admin and two annotators."""
    api = accounts_api(workbench)
    made = {}
    for name, role in (("ada", Role.ADMIN), ("mei", Role.ANNOTATOR), ("tom", Role.ANNOTATOR)):
        client = TestClient(api, headers={"X-VP": "1"}, raise_server_exceptions=False)
        made[name] = sign_in(store, client.__enter__(), make_person(store, name, role))
    yield made
    for client in made.values():
        client.__exit__(None, None, None)


@pytest.fixture
def project(team, run):
    made = team["ada"].post("/projects", json={"title": "Sums", "options": OPTIONS}).json()
    filled = team["ada"].post(f"/projects/{made['project']}/items", json={"runs": [run.id]}).json()
    assert (filled["added"], filled["total"]) == (2, 2)
    return made


@pytest.fixture
def labelled(team, project):
    label_all(team["mei"], project["queue"], 1)
    label_all(team["tom"], project["queue"], -1)
    return project
