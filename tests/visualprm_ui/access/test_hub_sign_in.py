"""Signing in with Hugging Face, at a provider that Gradio pretends: what a guest has done goes along."""

import gradio.oauth
import pytest

from engine.domain import Problem, Run, Sampling
from tests.support.scripted import scripted_engine
from tests.support.served_app import served_app
from visualprm_ui.access.accounts import Accounts
from visualprm_ui.access.identity import Identity
from visualprm_ui.use_cases.workbench import Workbench

ADDRESS = "https://testserver"  # Gradio's session cookie is sent over https alone
MEI = {"userinfo": {"sub": "id-mei", "preferred_username": "mei"}}


@pytest.fixture
def space(store, monkeypatch):
    """A client of an app whose people sign in with Hugging Face, where it is mei who does; and the app's identity."""
    monkeypatch.setattr(
        gradio.oauth, "_get_mocked_oauth_info", lambda: MEI
    )  # it would ask the hub whose machine this is
    identity = Identity("secret", Accounts(store.accounts, hub_admins=set()))
    with scripted_engine(["Final answer: 6"]) as engine, served_app(Workbench(store, engine), identity) as (client, _):
        yield client, identity


def add_run(store, maker):
    problem = Problem(question=f"What did {maker} ask?")
    run = Run(problem_id=problem.id, sampling=Sampling(n=1), made_by=maker)
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    return run.id


def listed(client):
    return {each["run"] for each in client.get(f"{ADDRESS}/api/runs").json()["runs"]}


def sign_in(client):
    answer = client.get(f"{ADDRESS}/login/callback", params={"_target_url": "/annotate"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/annotate")


def test_the_guests_runs_go_along_and_nobody_elses(space, store):
    """They were left to a guest whom nobody could be again."""
    client, identity = space
    cookie = identity.new_cookie()
    client.cookies.set(identity.guest_cookie.name, cookie)
    mine, others = add_run(store, identity.read(cookie)), add_run(store, "guest-0")
    assert listed(client) == {mine}
    sign_in(client)
    assert client.get(f"{ADDRESS}/api/status").json()["annotator"] == "mei"
    assert listed(client) == {mine}
    assert store.runs.get_run(others).run.made_by == "guest-0"


def test_what_a_guest_does_after_signing_out_goes_along_the_next_time(space, store):
    client, identity = space
    cookie = identity.new_cookie()
    client.cookies.set(identity.guest_cookie.name, cookie)
    sign_in(client)
    client.get(f"{ADDRESS}/logout", follow_redirects=False)
    later = add_run(store, identity.read(cookie))
    sign_in(client)
    assert listed(client) == {later}


def test_who_is_signed_in_already_takes_nothing_and_a_browser_without_a_cookie_has_nothing(space, store):
    client, identity = space
    unowned = add_run(store, None)
    sign_in(client)
    assert listed(client) == set()
    cookie = identity.new_cookie()
    client.cookies.set(identity.guest_cookie.name, cookie)
    left = add_run(store, identity.read(cookie))
    sign_in(client)
    assert listed(client) == set()
    assert [store.runs.get_run(each).run.made_by for each in (unowned, left)] == [None, identity.read(cookie)]


def test_an_address_that_only_looks_like_the_end_of_a_sign_in_gives_nothing(space, store):
    client, identity = space
    cookie = identity.new_cookie()
    client.cookies.set(identity.guest_cookie.name, cookie)
    mine = add_run(store, identity.read(cookie))
    for path in ("/login/callback/", "/api/login/callback", "/login/callbacks"):
        client.get(f"{ADDRESS}{path}", follow_redirects=False)
    assert store.runs.get_run(mine).run.made_by == identity.read(cookie)
