"""Who gets what: every route of the whole app asked by every kind of visitor, with the answers that this table promises.

The table is read from top to bottom: EXPECTED says what each kind of visitor gets from a kind of route, ROUTES which routes are of
that kind. A route of ours without an entry fails, as does an entry without a route; whatever else Gradio brings must be shut.

Covers visualprm_ui/access/gradio_routes.py, visualprm_ui/api/access.py, visualprm_ui/build.py.
"""

import json
import re
from contextlib import ExitStack
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import gradio.oauth
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from engine import Loader, ModelChoice
from storage import open_store
from tests.support.app_routes import walk
from tests.support.asgi import Answer, ask
from tests.support.credentials import Headers, Visitors, guests, people, people_of_the_hub
from tests.support.scripted import scripted_engine
from tests.support.served_app import served_app
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity
from visualprm_ui.use_cases.guideline import DOCS, PICTURES
from visualprm_ui.use_cases.model_control import ModelControl
from visualprm_ui.use_cases.workbench import Workbench

# open: what was asked for, or why it cannot be had. 401, 403: kept out. sign-in: sent to the page where people sign in.
# shut: as if there were no such route. Kinds of routes from left to right.
EXPECTED = """
app       visitor               anyone  member  annotator  reviewer  admin  board    own      hub   shut
accounts  no cookie             open    401     401        401       401    sign-in  sign-in  shut  shut
accounts  guest                 open    401     401        401       401    sign-in  sign-in  shut  shut
accounts  expired session       open    401     401        401       401    sign-in  sign-in  shut  shut
accounts  deactivated           open    401     401        401       401    sign-in  sign-in  shut  shut
accounts  annotator             open    open    open       403       403    open     open     shut  shut
accounts  reviewer              open    open    open       open      403    open     open     shut  shut
accounts  admin                 open    open    open       open      open   open     open     shut  shut
accounts  annotator's token     open    401     open       403       403    open     open     shut  shut
accounts  reviewer's token      open    401     open       open      403    open     open     shut  shut
accounts  admin's token         open    401     open       open      open   open     open     shut  shut
accounts  deactivated's token   open    401     401        401       401    sign-in  sign-in  shut  shut
accounts  made-up token         open    401     401        401       401    sign-in  sign-in  shut  shut
none      no cookie             open    401     open       open      open   open     sign-in  shut  shut
none      guest                 open    401     open       open      open   open     sign-in  shut  shut
none      made-up token         open    401     401        401       401    sign-in  sign-in  shut  shut
hub       no cookie             open    401     401        401       401    sign-in  sign-in  open  shut
hub       guest                 open    401     401        401       401    sign-in  sign-in  open  shut
hub       hub's annotator       open    open    open       403       403    open     open     open  shut
hub       hub's admin           open    open    open       open      open   open     open     open  shut
"""

ROUTES = {
    "anyone": """
        GET /
        GET /account/join
        GET /account/sign-in
        GET /api/docs
        GET /api/health
        GET /api/images/{sha}
        GET /api/models
        GET /api/openapi.json
        GET /api/runs
        GET /api/runs/{run_id}
        GET /api/runs/{run_id}/beside
        GET /api/runs/{run_id}/branches
        GET /api/runs/{run_id}/deletion
        GET /api/runs/{run_id}/other-scores
        GET /api/runs/{run_id}/share
        GET /api/status
        DELETE /api/runs/{run_id}
        DELETE /api/runs/{run_id}/share
        DELETE /api/session
        POST /api/examination
        POST /api/images
        POST /api/invitation
        POST /api/invitation/accept
        POST /api/runs
        POST /api/runs/{run_id}/beside
        POST /api/runs/{run_id}/branches/{branch_id}/stop
        POST /api/runs/{run_id}/continuations
        POST /api/runs/{run_id}/edit-score
        POST /api/runs/{run_id}/rollouts
        POST /api/runs/{run_id}/share
        POST /api/runs/{run_id}/stop
        POST /api/session
        GET /assets/{path:path}
        GET /config
        GET /favicon.ico
        GET /gradio_api/app_id
        GET /gradio_api/heartbeat/{session_hash}
        GET /gradio_api/info
        GET /gradio_api/queue/data
        GET /gradio_api/startup-events
        POST /gradio_api/cancel
        POST /gradio_api/queue/join
        POST /gradio_api/reset
        POST /gradio_api/run/{api_name}
        GET /robots.txt
        GET /static/{path:path}
        GET /theme.css
        HEAD /
        GET /vp/assets/{path}
        GET /vp/components/{path}
        GET /vp/guideline/{path}
    """,
    "board": """
        GET /admin
        GET /admin/
        GET /annotate
        GET /annotate/
        GET /adjudicate
        GET /adjudicate/
        GET /dataset
        GET /dataset/
        GET /evaluate
        GET /evaluate/
        GET /review
        GET /review/
    """,
    "own": """
        GET /account
    """,
    "member": """
        DELETE /api/account/sessions
        DELETE /api/account/tokens/{token_id}
        GET /api/account
        PATCH /api/account
        POST /api/account/password
        POST /api/account/tokens
    """,
    "annotator": """
        GET /api/dataset
        GET /api/guideline
        GET /api/queues
        GET /api/queues/{queue_id}/items
        GET /api/queues/{queue_id}/next
        GET /api/queues/{queue_id}/tasks/{position}
        GET /api/tasks/{task_id}/reveal
        POST /api/events
        POST /api/queues/{queue_id}/give-back
        POST /api/runs/{run_id}/queue
    """,
    "reviewer": """
        GET /api/agreement
        GET /api/calibration
        GET /api/causes
        GET /api/comparisons
        GET /api/comparisons/best-of-n
        GET /api/comparisons/best-of-n/picks
        GET /api/comparisons/best-of-n/report
        GET /api/comparisons/report
        GET /api/comparisons/steps
        GET /api/dataset/week
        GET /api/disagreements
        GET /api/disagreements/{solution_id}
        GET /api/evaluations
        GET /api/evaluations/sets
        GET /api/evaluations/{evaluation_id}
        GET /api/evaluations/problem-sets
        GET /api/evaluations/{evaluation_id}/curve
        GET /api/evaluations/{evaluation_id}/curve-table
        GET /api/evaluations/{evaluation_id}/picks
        GET /api/evaluations/{evaluation_id}/pool-report
        GET /api/evaluations/{evaluation_id}/pool.jsonl
        GET /api/evaluations/{evaluation_id}/problems.jsonl
        GET /api/evaluations/{evaluation_id}/problems/{problem_id}
        GET /api/evaluations/{evaluation_id}/report
        GET /api/evaluations/{evaluation_id}/searches/{title}
        GET /api/evaluations/{evaluation_id}/step-figures
        GET /api/evaluations/{evaluation_id}/steps
        GET /api/evaluations/{evaluation_id}/table
        GET /api/feed
        GET /api/monte-carlo-labels
        GET /api/monte-carlo-labels/steps
        GET /api/queues/{queue_id}/splits
        GET /api/queues/{queue_id}/splits/{number}
        GET /api/queues/{queue_id}/splits/{number}/items/{task_id}
        GET /api/solutions
        GET /api/solutions/facets
        GET /api/solutions/ids
        GET /api/solutions/summary
        GET /api/solutions/{solution_id}
        GET /api/solutions/{solution_id}/history
        GET /api/splits
        GET /api/waiting
        POST /api/evaluations/extent
        POST /api/queues/{queue_id}/splits/{number}/accept
        POST /api/queues/{queue_id}/splits/{number}/return
        POST /api/queues/{queue_id}/splits/{number}/send-back
        POST /api/queues/{queue_id}/splits/{number}/verdicts
        POST /api/solutions/{solution_id}/decision
    """,
    "admin": """
        DELETE /api/images/{sha}
        DELETE /api/invitations/{invitation_id}
        DELETE /api/problems/{problem_id}
        DELETE /api/projects/{project_id}
        DELETE /api/projects/{project_id}/members/{name:path}
        DELETE /api/evaluations/{evaluation_id}
        DELETE /api/exports/{export_id}
        DELETE /api/imports/{import_id}
        DELETE /api/jobs/{job_id}
        GET /api/export/visualprocessbench
        GET /api/exports
        GET /api/exports/names
        GET /api/exports/{export_id}
        GET /api/exports/{export_id}/file
        GET /api/exports/{export_id}/push
        GET /api/formats
        GET /api/imports
        GET /api/imports/{import_id}
        GET /api/imports/{import_id}/report
        GET /api/images/{sha}/deletion
        GET /api/jobs
        GET /api/jobs/{job_id}
        GET /api/jobs/{job_id}/failures
        GET /api/log
        GET /api/models/available
        GET /api/people
        GET /api/problems/{problem_id}/deletion
        GET /api/projects
        GET /api/projects/{project_id}/deletion
        GET /api/projects/{project_id}/fast-items
        GET /api/projects/{project_id}/gold
        GET /api/projects/{project_id}/guideline
        GET /api/projects/{project_id}/items
        GET /api/projects/{project_id}/members
        GET /api/projects/{project_id}/progress
        GET /api/projects/{project_id}/quiz/{annotator:path}
        PATCH /api/imports/{import_id}
        PATCH /api/people/{name:path}
        PATCH /api/projects/{project_id}
        POST /api/calibration
        POST /api/comparisons/queue
        POST /api/evaluations
        POST /api/evaluations/nano
        POST /api/evaluations/{evaluation_id}/add-search
        POST /api/evaluations/{evaluation_id}/add-solutions
        POST /api/evaluations/{evaluation_id}/cancel
        POST /api/evaluations/{evaluation_id}/queue
        POST /api/evaluations/{evaluation_id}/resume
        POST /api/evaluations/{evaluation_id}/score-again
        POST /api/exports
        POST /api/exports/{export_id}/cancel
        POST /api/exports/{export_id}/push
        POST /api/imports
        POST /api/imports/hub
        POST /api/imports/{import_id}/cancel
        POST /api/imports/{import_id}/start
        POST /api/invitations
        POST /api/jobs
        POST /api/jobs/extent
        POST /api/jobs/{job_id}/cancel
        POST /api/jobs/{job_id}/resume
        POST /api/models
        POST /api/people/{name:path}/reset
        POST /api/projects
        POST /api/projects/{project_id}/gold
        POST /api/projects/{project_id}/gold/draw
        POST /api/projects/{project_id}/guideline
        POST /api/projects/{project_id}/import
        POST /api/projects/{project_id}/invitations
        POST /api/projects/{project_id}/items
        POST /api/projects/{project_id}/items/preview
        POST /api/projects/{project_id}/items/removal
        POST /api/projects/{project_id}/known
        POST /api/projects/{project_id}/members
        POST /api/projects/{project_id}/quiz/{annotator:path}/reset
        POST /api/queues/{queue_id}/release
        POST /api/queues/{queue_id}/reorder
    """,
    "hub": """
        GET /login/callback
        GET /login/huggingface
        GET /logout
    """,
}
ADDRESSES = {  # of routes that lead to something; the others are asked for what is not there
    "/assets/{path:path}": "/assets/{script}",
    "/gradio_api/queue/data": "/gradio_api/queue/data?session_hash=nobody",
    "/gradio_api/run/{api_name}": "/gradio_api/run/predict",
    "/static/{path:path}": "/static/img/logo.svg",
    "/vp/assets/{path}": "/vp/assets/app.css",
    "/vp/components/{path}": "/vp/components/picture/mount.js",
    "/vp/guideline/{path}": "/vp/guideline/{picture}",
}
SHUT = ({"detail": "Not Found"}, {"error": "Not Found"})


def read_expected():
    """EXPECTED as app, visitor -> kind of route -> answer."""
    head, *lines = (re.split(r" {2,}", line) for line in EXPECTED.strip().splitlines())
    return {(line[0], line[1]): dict(zip(head[2:], line[2:], strict=True)) for line in lines}


EXPECTED_ANSWERS = read_expected()
KINDS = {entry.strip(): kind for kind, entries in ROUTES.items() for entry in entries.strip().splitlines()}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What every visitor gets: app -> routes it has (entry -> whether it is ours), and visitor -> entry -> answer."""
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(gradio.oauth, "_get_mocked_oauth_info", dict)  # it would ask the hub whose machine this is
        engine = stack.enter_context(scripted_engine(["Guess.\n\nFinal answer: 6"]))

        def ask_app(app: str, required: bool, hub_admins: set[str] | None) -> Any:
            store = stack.enter_context(open_store(tmp_path_factory.mktemp(app) / "data"))
            models = ModelControl(engine, Loader(ModelChoice(device="cpu")))
            identity = Identity("table", Accounts(store.accounts, required=required, hub_admins=hub_admins))
            visitors = {"accounts": partial(people, store), "none": guests, "hub": people_of_the_hub}[app](identity)
            with served_app(Workbench(store, engine, models=models), identity) as (client, served):
                return ask_everything(client, served, visitors)

        return {
            "accounts": ask_app("accounts", True, None),
            "none": ask_app("none", False, None),
            "hub": ask_app("hub", True, {"ada"}),
        }


def ask_everything(client: TestClient, app: FastAPI, visitors: Visitors) -> tuple[dict[str, bool], Any]:
    """The routes of an app, and what each visitor got from each of them and from those of the table."""
    entries = {f"{method} {path}": ours for method, path, ours in walk(app.routes)}
    found = {"script": re.search(r'src="\./assets/([^"]+\.js)"', client.get("/").text)[1]}
    found["picture"] = next(path.name for path in (DOCS / PICTURES).iterdir())

    async def ask_all() -> dict[str, dict[str, str]]:
        return {
            who: {entry: await ask_one(client.app, entry, found, headers()) for entry in {**entries, **KINDS}}
            for who, headers in visitors.items()
        }

    return entries, client.portal.call(ask_all)


async def ask_one(app, entry: str, found: dict[str, str], headers: Headers) -> str:
    method, path = entry.split(" ")
    address = ADDRESSES.get(path, path)
    address = re.sub(
        r"\{(.*?)\}", lambda name: found.get(name[1], "0" if name[1] in ("position", "number") else "none"), address
    )
    accept = "text/html" if KINDS.get(entry) == "board" else "*/*"
    given = {"x-vp": "1", "content-type": "application/json", "accept": accept, **headers}
    return kind_of(await ask(app, method, address, given, b"" if method == "GET" else b"{}"), address)


def kind_of(answer: Answer, address: str) -> str:
    """The word of EXPECTED for an answer."""
    if answer.status == 303 and urlsplit(urljoin(address, answer.headers["location"])).path == "/account/sign-in":
        return "sign-in"
    if (
        answer.status == 404
        and answer.headers["content-type"] == "application/json"
        and json.loads(answer.body) in SHUT
    ):
        return "shut"
    if answer.status in (401, 403, 405) or answer.status >= 500:
        return str(answer.status)
    return "open"


def test_every_route_of_ours_is_in_the_table_and_no_other(answers):
    for app, (entries, _) in answers.items():
        ours = {entry for entry, is_ours in entries.items() if is_ours}
        assert ours - KINDS.keys() == set(), f"app {app}: in which line of the table?"
        wanted = {entry for entry, kind in KINDS.items() if kind != "hub" or app == "hub"}
        assert wanted - entries.keys() == set(), f"app {app} has no such route"


def test_the_table_asks_a_whole_app(answers):
    """Against a walk that finds nothing."""
    entries, got = answers["accounts"]
    assert len(entries) > 130
    assert sum(is_ours for is_ours in entries.values()) > 60
    assert {"POST /gradio_api/process_recording", "GET /pwa_icon/{size}", "POST /gradio_api/upload"} < entries.keys()
    assert {(app, who) for app, (_, got) in answers.items() for who in got} == EXPECTED_ANSWERS.keys()
    assert all(len(each) >= len(entries) for each in got.values())


@pytest.mark.parametrize(("app", "visitor"), EXPECTED_ANSWERS)
def test_a_visitor_gets_what_the_table_says(answers, app, visitor):
    """Routes of Gradio that are on no list are shut: ``process_recording`` would run ffmpeg for anybody."""
    expected = EXPECTED_ANSWERS[app, visitor]
    got = answers[app][1][visitor]
    assert {entry: answer for entry, answer in got.items() if answer != expected[KINDS.get(entry, "shut")]} == {}
