"""A private app: whoever is not signed in gets the way in and nothing else, on every route there is, Gradio's too."""

import re

import pytest

from engine.domain import Problem, ProjectOptions, Role, Run, Sampling, Solution, now
from storage import NOBODYS, open_store
from tests.support.api_accounts import make_person, sign_in
from tests.support.app_routes import walk
from tests.support.scripted import scripted_engine
from tests.support.served_app import served_app
from tests.visualprm_ui.conftest import png
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity
from visualprm_ui.access.private_app import SIGN_IN
from visualprm_ui.use_cases.workbench import Workbench

SECRET = "xyzzy"
PAGE = {"Accept": "text/html"}
WAY_IN = {"/account/sign-in", "/account/join"}
TAKE_PART = {("POST", "/api/session"), ("DELETE", "/api/session"), ("POST", "/api/invitation")} | {
    ("POST", "/api/invitation/accept"),
    ("GET", "/api/health"),  # for monitors
}
OPEN = WAY_IN | {  # the others are files, and what Gradio asks itself at the start
    "/favicon.ico", "/robots.txt", "/static/3", "/assets/3", "/vp/assets/3", "/vp/components/3", "/vp/guideline/3", "/logout",
    "/gradio_api/startup-events",
}  # fmt: skip


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    """A client of a private app, the application, its store, and the ids that addresses may hold."""
    store = open_store(tmp_path_factory.mktemp("private") / "data")
    sha = store.images.add(png(), NOBODYS).sha
    problem = Problem(images=(sha,), question=f"{SECRET}?", data_source=SECRET)
    run = Run(problem_id=problem.id, sampling=Sampling(n=1), made_by=SECRET, shared_at=now())
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    solution = Solution(problem_id=problem.id, draw=0, steps=(f"{SECRET}.",), policy_model=SECRET)
    store.runs.add_solution(run.id, solution)
    project = store.projects.add_project(SECRET, ProjectOptions())
    (queue,) = store.projects.list_queues(project.id)
    ids = {"run_id": run.id, "sha": sha, "solution_id": solution.id, "project_id": project.id, "queue_id": queue.id}
    with scripted_engine([f"{SECRET}.\n\nFinal answer: 6"]) as engine:
        identity = Identity("secret", Accounts(store.accounts, private=True))
        with served_app(Workbench(store, engine), identity) as (client, app):
            yield client, app, store, ids
    store.close()


@pytest.fixture(autouse=True)
def signed_out(private):
    private[0].cookies.clear()


def addresses(app, ids):
    """Every route there is as method and address, the ids of what exists put in."""
    for method, path, _ in walk(app.routes):
        yield method, re.sub(r"\{(\w+)(:path)?\}", lambda part: ids.get(part[1], "3"), path)


def test_every_route_answers_that_one_has_to_sign_in_and_tells_nothing(private):
    client, app, _, ids = private
    found = set(addresses(app, ids))
    assert len(found) > 130
    answered = {}
    for method, path in sorted(found):
        answer = client.request(method, path, headers={"X-VP": "1"}, content=b"{}" if method != "GET" else None)
        assert SECRET not in answer.text + str(answer.headers), path
        if (answer.status_code, answer.text if method != "HEAD" else "") not in (
            (401, f'{{"error":"{SIGN_IN}"}}'),
            (401, ""),
        ):
            answered[method, path] = answer.status_code
    assert {(method, path) for method, path in answered if path.startswith("/api/")} == TAKE_PART
    assert {path for _, path in answered if not path.startswith("/api/")} == OPEN


def test_every_page_leads_to_the_sign_in_page_and_back(private):
    client, _, _, ids = private
    for path, after in (
        ("/", ""),
        (f"/?run={ids['run_id']}", f"?run={ids['run_id']}"),
        ("/annotate?queue=q", "annotate?queue=q"),
        ("/annotate/", "annotate"),
        ("/dataset?view=agreement", "dataset?view=agreement"),
        ("/admin", "admin"),
        ("/nowhere", "nowhere"),
        ("/account", "account"),
        ("/api/docs", "api/docs"),
        (f"/api/images/{ids['sha']}", f"api/images/{ids['sha']}"),
        ("//evil.example", "evil.example"),
    ):
        answer = client.get(f"http://testserver{path}", headers=PAGE, follow_redirects=False)
        assert answer.status_code == 303, path
        led_to = answer.request.url.join(answer.headers["location"])
        assert (led_to.path.lstrip("/"), led_to.params["next"]) == ("account/sign-in", after), path
        assert SECRET not in answer.text


def test_the_way_in_and_static_files_are_open(private):
    client = private[0]
    for path in (*WAY_IN, "/vp/assets/app.css", "/vp/components/account/sign_in.js", "/robots.txt"):
        answer = client.get(path, headers=PAGE)
        assert answer.status_code == 200, path
        assert SECRET not in answer.text


@pytest.mark.parametrize(
    "path", ["/vp/assets/../../config", "/vp/%2e%2e/config", "/static/../config", "/assets/..%2fconfig"]
)
def test_no_way_leads_round_the_door(private, path):
    answer = private[0].get(path)
    assert answer.status_code in (401, 403, 404)
    assert "components" not in answer.text


def test_who_is_signed_in_sees_what_there_is(private):
    client, _, store, ids = private
    assert client.get(f"/api/runs/{ids['run_id']}").status_code == 401
    sign_in(store, client, make_person(store, "mei", Role.ANNOTATOR))
    for path in ("/", "/annotate", "/config", "/gradio_api/info", "/api/status", f"/api/images/{ids['sha']}"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/api/runs/{ids['run_id']}").json()["question"] == f"{SECRET}?"
    assert client.post(f"/api/runs/{ids['run_id']}/share", headers={"X-VP": "1"}).status_code == 403
    assert client.get(f"/api/runs/{ids['run_id']}/share").json() == {"opens_for": "signed_in", "may_change": False}


def test_a_token_opens_the_api_and_a_wrong_one_does_not(private):
    client, _, store, _ = private
    secret = store.accounts.add_token(make_person(store, "tom", Role.ANNOTATOR), "script").secret
    assert client.get("/api/runs", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert client.get("/api/runs", headers={"Authorization": "Bearer vp_wrong"}).status_code == 401
