"""Accounts as people meet them: the first admin, an invitation, a password, labelling, and two people at one queue."""

import re

import pytest
from playwright.sync_api import Page, expect

from benchmarks.app_process import AppProcess
from engine.domain import Label, Problem, ProjectOptions, Role, Solution
from storage import Selection, open_store
from tests.support.accessibility import violations
from visualprm_ui.access.identity import open_identity

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """A server with accounts, and a project of thirty solutions of two steps that takes one person each."""
    server = AppProcess(tmp_path_factory.mktemp("accounts") / "data", "--access", "accounts")
    with open_store(server.data_dir) as store:
        problem = Problem(question="What is $1 + 1$?", answer="2")
        store.runs.add_problem(problem)
        for draw in range(30):
            steps = (f"Think, {draw}.", "Final answer: 2")
            store.runs.add_solution(None, Solution(problem_id=problem.id, steps=steps, answer="2", policy_model="p"))
        project = store.projects.add_project("Sums", ProjectOptions(overlap=1, review_share=0.0))
        (queue,) = store.projects.list_queues(project.id)
        store.projects.add_items(queue.id, Selection())
    server.start()
    yield server, queue.id
    server.kill()


@pytest.fixture
def person(browser, workplace):
    """A function that gives a page in a new browser profile."""
    server, _ = workplace
    contexts = []

    def new() -> Page:
        context = browser.new_context(
            base_url=server.url, viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
        )
        context.set_default_timeout(30_000)
        contexts.append(context)
        return context.new_page()

    yield new
    for context in contexts:
        context.close()


def assert_accessible(page: Page) -> None:
    """At a desk, and at 200 % zoom."""
    for size in ({"width": 640, "height": 360}, {"width": 1280, "height": 800}):
        page.set_viewport_size(size)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def join(page: Page, link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(name)
    if name == "ada":
        assert_accessible(page)
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Repeat it").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.locator(".vp-person-name")).to_have_text(name)


def sign_in(page: Page, server: AppProcess, secret: str) -> None:
    """Give the browser a session."""
    name = open_identity(server.data_dir).session_cookie.name
    page.context.add_cookies([{"name": name, "value": secret, "url": server.url}])


def label_item(page: Page, keys: str) -> str:
    """Label the item on screen, submit it, and return its first step."""
    step = page.locator(".vp-lb-step").first
    expect(step).to_be_visible()
    text = step.inner_text()
    for key in keys:
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    return text


def test_from_the_first_link_in_the_log_to_two_people_at_one_queue(workplace, person):
    server, queue = workplace
    link = re.findall(r"http://\S+/account/join#\S+", server.log())[-1]
    admin = person()
    join(admin, link, "ada")

    invitations = [
        admin.evaluate(
            """(role) => fetch("api/invitations", {method: "POST", headers: {"X-VP": "1", "Content-Type": "application/json"},
                       body: JSON.stringify({role})}).then((answer) => answer.json()).then(({link}) => link)""",
            "annotator",
        )
        for _ in range(2)
    ]
    for view, shown in (("people", "New password"), ("log", "token made|invited")):
        admin.goto(f"/admin?view={view}")
        admin.get_by_text(re.compile(shown)).first.wait_for()
        assert_accessible(admin)
    mei, tom = person(), person()
    for page, name, invitation in zip((mei, tom), ("mei", "tom"), invitations, strict=True):
        join(page, f"/{invitation}", name)
        page.goto(f"/annotate?queue={queue}")

    expect(mei.locator(".vp-person-name")).to_have_text("mei")
    expect(mei.locator(".vp-nav a:visible")).to_have_text(["Explore", "Annotate"])  # their work, and nothing of models
    expect(mei.locator(".vp-pill")).to_be_hidden()
    expect(admin.locator(".vp-nav").get_by_role("link", name="Dataset")).to_be_visible()
    seen = [label_item(mei, "11"), label_item(tom, "13"), label_item(mei, "11"), label_item(tom, "13")]
    assert len({re.sub(r"\s+", " ", text) for text in seen}) == 4, "two people got the same solution"
    with open_store(server.data_dir) as store:
        said = sorted((each.annotator, each.labels) for each in store.results.iter_annotations())
    right, wrong = (Label.CORRECT, Label.CORRECT), (Label.CORRECT, Label.WRONG)
    assert said == [("mei", right), ("mei", right), ("tom", wrong), ("tom", wrong)]


def test_who_is_not_signed_in_comes_back_to_the_page_after_signing_in(workplace, person):
    server, queue = workplace
    with open_store(server.data_dir) as store:
        store.accounts.accept_invitation(
            store.accounts.invite("test", store.accounts.get_person("mei").role).token, PASSWORD, "kim"
        )
    page = person()
    page.goto(f"/annotate?queue={queue}")
    page.wait_for_url("**/account/sign-in?next=*")
    page.get_by_label("Name").fill("kim")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This name and password do not match.")
    assert_accessible(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/annotate?queue={queue}*")
    expect(page.locator(".vp-lb-step").first).to_be_visible()  # its focus would close the menu

    page.get_by_role("button", name="kim").click()
    page.get_by_role("link", name="Account").click()
    page.get_by_label("What is it for?").fill("script")
    page.get_by_role("button", name="Make a token").click()
    expect(page.get_by_label("The new token")).to_have_value(re.compile("^vp_"))
    assert_accessible(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/account/sign-in")
    assert page.request.get(f"{server.url}/api/queues").status == 401


def test_changes_made_while_signed_out_are_sent_after_signing_in(workplace, person):
    server, _ = workplace
    with open_store(server.data_dir) as store:
        lea = store.accounts.accept_invitation(
            store.accounts.invite("test", store.accounts.get_person("mei").role).token, PASSWORD, "lea"
        )
        project = store.projects.add_project("More", ProjectOptions(review_share=0.0))
        (queue,) = store.projects.list_queues(project.id)
        store.projects.add_items(queue.id, Selection())
        secret = store.accounts.open_session(lea)
    page = person()
    sign_in(page, server, secret)
    page.goto(f"/annotate?queue={queue.id}")
    expect(page.locator(".vp-lb-step").first).to_be_visible()
    with open_store(server.data_dir) as store:
        store.accounts.sign_out(secret)
    page.keyboard.press("3")
    expect(page.locator(".vp-lb-save")).to_contain_text("Signed out")
    page.locator(".vp-lb-save").get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill("lea")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/annotate?queue={queue.id}*")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    expect(page.locator(".vp-lb-step").first).to_have_attribute("data-label", "wrong")


def test_a_menu_opened_while_the_work_comes_stays_until_it_is_left(workplace, person):
    """The board's last page took the focus from it, and a focus that was merely lost closed it too."""
    server, _ = workplace
    with open_store(server.data_dir) as store:
        project = store.projects.add_project("Empty", ProjectOptions(review_share=0.0))
        (queue,) = store.projects.list_queues(project.id)
        pat = store.accounts.accept_invitation(
            store.accounts.invite("test", store.accounts.get_person("mei").role).token, PASSWORD, "pat"
        )
        secret = store.accounts.open_session(pat)
    page, held = person(), []
    sign_in(page, server, secret)
    page.route(f"**/api/queues/{queue.id}/next*", lambda route: held.append(route))
    with page.expect_request(f"**/api/queues/{queue.id}/next*"):
        page.goto(f"/annotate?queue={queue.id}")
    menu, account = page.get_by_role("button", name="pat"), page.get_by_role("link", name="Account")
    menu.click()
    expect(account).to_be_visible()
    assert held, "the board had asked for no work yet"
    for route in held:
        route.continue_()
    expect(page.locator(".vp-lb-screens h1")).to_be_visible()
    expect(account).to_be_visible()
    menu.evaluate("node => node.blur()")
    expect(account).to_be_visible()
    page.locator(".vp-lb-screens h1").click()
    expect(account).to_be_hidden()
    menu.click()
    page.keyboard.press("Escape")
    expect(account).to_be_hidden()
    expect(menu).to_be_focused()
    menu.press("Enter")
    expect(account).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(account).to_be_hidden()


def test_the_guideline_is_shown_at_first_and_when_it_has_changed(person, workplace):
    server, _ = workplace
    with open_store(server.data_dir) as store:
        problem = Problem(question="What is $2 + 2$?", answer="4")
        store.runs.add_problem(problem)
        solution = Solution(problem_id=problem.id, steps=("Think.", "Final answer: 4"), answer="4", policy_model="p")
        store.runs.add_solution(None, solution)
        project = store.projects.add_project("Guided", ProjectOptions(overlap=1, review_share=0.0))
        (queue,) = store.projects.list_queues(project.id)
        store.projects.add_items(queue.id, Selection(solutions=(solution.id,)))
        invited = store.accounts.invite("test", Role.ANNOTATOR, "reader")
        secret = store.accounts.open_session(store.accounts.accept_invitation(invited.token, PASSWORD))
    page = person()
    sign_in(page, server, secret)
    panel = page.get_by_role("complementary", name="Guideline")
    address = f"/annotate?queue={queue.id}"
    page.goto(address)
    expect(panel).to_contain_text("Read this before you begin.")
    page.keyboard.press("g")
    expect(panel).to_be_hidden()
    page.reload()
    expect(page.locator(".vp-lb-step").first).to_be_visible()
    expect(panel).to_be_hidden()
    with open_store(server.data_dir) as store:
        store.projects.update_project(project.id, guideline_version="2")
    page.reload()
    expect(panel).to_contain_text("The guideline has changed")
