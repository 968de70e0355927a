"""Whose is what, as two people meet it in two browsers of a private workbench: a run and its link, a project and its members."""

import re

import pytest
from playwright.sync_api import Page, expect

from benchmarks.app_process import AppProcess
from engine.domain import Problem, Role, Run, RunState, Sampling, Solution
from storage import Selection, Store, open_store
from tests.browser.test_sign_in import PASSWORD, sign_in
from tests.support.accessibility import violations
from tests.support.label_events import make_png


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A private server with three people and a project of two solutions; the sessions of the people; the project's queue."""
    server = AppProcess(tmp_path_factory.mktemp("owners") / "data", "--access", "private")
    with open_store(server.data_dir) as store:
        problem = Problem(question="What is $1 + 1$?", answer="2")
        store.runs.add_problem(problem)
        for draw in range(2):
            steps = (f"Think, {draw}.", "Final answer: 2")
            store.runs.add_solution(None, Solution(problem_id=problem.id, steps=steps, answer="2", policy_model="p"))
        project = store.projects.add_project("Sums")
        (queue,) = store.projects.list_queues(project.id)
        store.projects.add_items(queue.id, Selection())
        sessions = {}
        for name, role in (("ada", Role.ADMIN), ("mei", Role.ANNOTATOR), ("tom", Role.ANNOTATOR)):
            invitation = store.accounts.invite("test", role, name)
            sessions[name] = store.accounts.open_session(store.accounts.accept_invitation(invitation.token, PASSWORD))
    server.start()
    yield server, sessions, queue.id
    server.kill()


@pytest.fixture
def browse(browser, workplace):
    """A function that gives a page in the browser of a person, or of nobody."""
    server, sessions, _ = workplace
    contexts = []

    def new(name: str | None = None, width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=server.url, viewport={"width": width, "height": 800}, reduced_motion="reduce"
        )
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        if name is not None:
            sign_in(page, server, sessions[name])
        return page

    yield new
    for context in contexts:
        context.close()


def add_run(store: Store, maker: str) -> str:
    """Store a finished run of somebody's with a picture of theirs; return its id."""
    image = store.images.add(make_png(60, 40), maker)
    problem = Problem(images=(image.sha,), question="How red is it?")
    run = Run(problem_id=problem.id, sampling=Sampling(n=1), state=RunState.DONE, seconds=1.0, made_by=maker)
    store.runs.add_problem(problem)
    store.runs.add_run(run)
    solution = Solution(problem_id=problem.id, draw=0, steps=("Very.",), answer="very", policy_model="p")
    store.runs.add_solution(run.id, solution)
    return run.id


def open_run_of_mei(page: Page, server: AppProcess) -> str:
    """Store a run of mei's and open it in her browser; return its id."""
    with open_store(server.data_dir) as store:
        run = add_run(store, "mei")
    page.goto(f"/?run={run}")
    page.locator(".vp-board[data-state=done]").wait_for()
    return run


def test_a_run_is_ones_own_until_its_link_is_shared(workplace, browse):
    mei, tom = browse("mei"), browse("tom")
    run = open_run_of_mei(mei, workplace[0])
    tom.goto(f"/?run={run}")
    tom.locator(".vp-board[data-state=refused]").wait_for()
    expect(tom.get_by_text("ask whoever made the run to share it")).to_be_visible()
    expect(tom.locator(".vp-runs")).to_be_hidden()

    share = mei.get_by_role("button", name="Share", exact=True)
    expect(mei.get_by_role("button", name="Copy link", exact=True)).to_be_hidden()
    share.press("Enter")
    panel = mei.locator(".vp-share-panel")
    expect(panel).to_contain_text("Only whoever started this run can open it")
    assert violations(mei) == []
    panel.get_by_role("button", name="Share and copy the link").press("Enter")
    expect(panel.get_by_role("status")).to_have_text("Shared. Link copied.")
    expect(panel).to_contain_text("Everybody who has the link and an account here can open this run.")
    expect(panel.get_by_role("button", name="Copy the link")).to_be_focused()
    link = mei.evaluate("navigator.clipboard.readText()")
    assert link.endswith(f"/?run={run}")
    assert violations(mei) == []

    tom.goto(link)
    tom.locator(".vp-board[data-state=done]").wait_for()
    assert tom.locator(".vp-run-pictures img").first.evaluate("image => image.decode().then(() => image.naturalWidth)")
    expect(tom.get_by_role("button", name="Copy link", exact=True)).to_be_visible()
    expect(tom.locator(".vp-share")).to_be_hidden()
    expect(tom.locator(".vp-runs")).to_be_hidden()

    panel.get_by_role("button", name="Stop sharing").press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("No longer shared")
    mei.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(share).to_be_focused()
    tom.reload()
    tom.locator(".vp-board[data-state=refused]").wait_for()
    expect(tom.get_by_text("ask whoever made the run to share it")).to_be_visible()


def test_a_shared_link_opens_after_signing_in(workplace, browse):
    mei, stranger = browse("mei"), browse()
    run = open_run_of_mei(mei, workplace[0])
    mei.get_by_role("button", name="Share", exact=True).click()
    mei.get_by_role("button", name="Share and copy the link").click()
    expect(mei.locator(".vp-share-panel").get_by_role("status")).to_contain_text("Shared")
    stranger.goto(f"/?run={run}")
    stranger.wait_for_url("**/account/sign-in?next=*")
    expect(stranger.locator(".vp-pill")).to_be_hidden()
    stranger.get_by_label("Name").fill("tom")
    stranger.get_by_label("Password").fill(PASSWORD)
    stranger.get_by_role("button", name="Sign in").click()
    stranger.wait_for_url(f"**/?run={run}")
    stranger.locator(".vp-board[data-state=done]").wait_for()


def queues_of(page: Page) -> list[str]:
    """Open Annotate; return the titles of the queues that it got."""
    with page.expect_response("**/api/queues") as answer:
        page.goto("/annotate")
    return [each["title"] for each in answer.value.json()["queues"] if each["title"] == "Sums"]


def test_a_project_is_found_by_its_members_alone(workplace, browse):
    ada, tom = browse("ada"), browse("tom")
    assert queues_of(tom) == ["Sums"]
    ada.goto("/admin")
    ada.get_by_role("link", name="Sums").click()
    ada.get_by_role("navigation", name="Parts of the project").get_by_role("link", name="People").click()
    ada.get_by_role("button", name="Only its members").click()
    said, card = ada.locator(".vp-pp > [role=status]"), ada.get_by_role("region", name="Who may work on it")
    expect(card).to_contain_text("Only reviewers and admins see this project until it has members.")
    assert queues_of(tom) == []

    person = card.get_by_label("Person with an account")
    person.fill("meii")
    person.press("Enter")
    expect(card.get_by_text("There is no account named 'meii'.")).to_be_visible()
    for name in ("mei", "tom"):
        person.fill(name)
        person.press("Enter")
        expect(said).to_have_text(f"{name} is a member.")
    card.get_by_label("Names of people to invite").fill("eve\nfay\ntom")
    card.get_by_role("button", name="Create the links").click()
    link = card.get_by_role("textbox", name="Link for eve")
    expect(link).to_have_value(re.compile("/account/join#"))
    expect(card.get_by_role("status").filter(has_text="tom:")).to_be_visible()
    expect(card.get_by_role("button", name="Copy all")).to_be_visible()
    invited = ada.get_by_role("row").filter(has_text=re.compile("has not come yet; link valid until"))
    expect(invited).to_have_count(2)  # at once, and the links are still there
    first = link.input_value()
    ada.get_by_role("button", name="New link for eve").click()
    expect(card.get_by_role("textbox", name="Link for fay")).to_have_count(0)
    assert link.input_value() != first
    invited.filter(has_text="fay").get_by_role("button", name="Withdraw").press("Enter")
    ada.get_by_role("button", name="Withdraw fay’s invitation, really?").press("Enter")
    expect(said).to_have_text("The link for fay does not work any more.")
    expect(invited).to_have_count(1)
    assert violations(ada) == []
    assert queues_of(tom) == ["Sums"]
    tom.get_by_role("link", name="Sums").click()
    tom.locator(".vp-lb-step").first.wait_for()

    row = ada.get_by_role("row").filter(has_text="tom")
    row.get_by_role("button", name="Remove").press("Enter")
    row.get_by_role("button", name="Remove tom, really?").press("Enter")
    expect(said).to_have_text(re.compile(r"^tom is no longer a member\. \d solutions? can go to others\.$"))
    assert queues_of(tom) == []
    tom.goto(f"/annotate?queue={workplace[2]}")
    expect(tom.get_by_text("This queue is not open to you any more.")).to_be_visible()
