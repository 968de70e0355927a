"""Guided search on Explore: chosen in the form, followed, reloaded as it was seen, beside an independent run; where it is shut.

Covers visualprm_ui/components/search_choice/mount.js, visualprm_ui/components/solution_board/search.js,
visualprm_ui/components/solution_board/search_sampling.js.
"""

import json

from playwright.sync_api import Page, expect

from tests.browser.test_story import fill_in, open_explore
from tests.support.accessibility import violations


def sample(page: Page, solutions: int | None = None) -> str:
    """Have the form's question answered, so often or by the search that is chosen; return the run."""
    before = page.locator(".vp-board").get_attribute("data-run")
    if solutions is not None:
        number = page.get_by_role("spinbutton", name="Solutions")
        number.fill(str(solutions))
        number.blur()
    page.locator("#vp-sample").click()
    page.wait_for_function(
        "before => { const { run, state } = document.querySelector('.vp-board').dataset;"
        " return run !== (before ?? undefined) && state === 'done'; }",
        arg=before,
    )
    return page.locator(".vp-board").get_attribute("data-run") or ""


def seen(page: Page) -> list[str]:
    """The words of the verdict, of every step of the search, and of the solutions."""
    return [page.locator(each).first.inner_text() for each in (".vp-verdict", ".vp-guided-rows", ".vp-cards")]


def test_a_search_shows_its_pick_its_tries_and_its_tokens(page: Page) -> None:
    open_explore(page)
    fill_in(page)
    choice = page.get_by_role("group", name="Solutions are")
    choice.get_by_role("button", name="Guided search").click()
    expect(page.get_by_label("Paths kept")).to_have_value("2")
    expect(page.get_by_role("spinbutton", name="Solutions")).to_be_hidden()
    page.get_by_label("Paths kept").fill("4")
    page.get_by_label("Tries a step").fill("3")
    run = sample(page)
    view = page.evaluate("run => fetch(`/api/runs/${run}`).then((answer) => answer.json())", run)
    rounds = view["search"]["rounds"]
    assert (view["search"]["width"], view["search"]["expansions"]) == (4, 3)

    verdict = page.locator(".vp-verdict")
    expect(verdict).to_contain_text("Guided search")
    expect(verdict).to_contain_text(f"{view['tokens']:,}")
    expect(verdict).to_contain_text("Your list has no run of independent solutions of this question")
    majority = page.get_by_role("heading", name="Majority vote")
    expect(majority).to_be_hidden()
    expect(page.locator(".vp-cards .vp-sol")).to_have_count(len(view["cards"]))
    expect(page.locator(".vp-run-facts")).to_contain_text("up to 4 paths × 3 a step")
    assert page.get_by_role("button", name="Label").is_enabled()

    rows = page.locator(".vp-guided-rows > li")
    expect(rows).to_have_count(len(rounds))
    expect(rows.first.locator("li")).not_to_be_visible()  # folded
    rows.first.locator("summary").first.click()
    kept = [each for each in rounds[0]["tries"] if each["is_kept"]]
    expect(rows.first.get_by_role("list", name="Kept", exact=True).get_by_role("listitem")).to_have_count(len(kept))
    expect(rows.first.locator(".vp-guided-note", has_text="the pick")).to_have_count(1)
    assert violations(page) == []

    with page.expect_download() as download:
        page.get_by_text("Download").click()
        page.get_by_role("button", name="JSON, everything").click()
    assert json.loads(download.value.path().read_bytes())["search"] == view["search"]

    expect(page.locator(f".vp-runs a[href*='{run}']")).to_contain_text("guided search")
    rows.first.locator("summary").first.click()
    before = seen(page)
    page.goto(f"/?run={run}")
    expect(page.locator(".vp-guided-tokens")).to_contain_text("Your list has no run of independent")
    assert seen(page) == before
    expect(choice.get_by_role("button", name="Guided search")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("Paths kept")).to_have_value("4")
    expect(page.get_by_label("Tries a step")).to_have_value("3")

    page.get_by_role("button", name="Sample 12 independent solutions").click()
    beside = page.locator(".vp-guided-beside")
    expect(beside).to_contain_text("Best of 12, independent")
    expect(page.get_by_role("button", name="Sample 12 independent solutions")).to_be_hidden()
    beside.get_by_role("link").click()
    expect(majority).to_be_visible()
    expect(page.locator(".vp-guided")).to_be_hidden()
    expect(choice.get_by_role("button", name="Independent")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("spinbutton", name="Solutions")).to_have_value("12")
    other = page.locator(".vp-board").get_attribute("data-run")
    tokens = page.evaluate("run => fetch(`/api/runs/${run}`).then((answer) => answer.json())", other)["tokens"]
    page.goto(f"/?run={run}")
    expect(beside).to_contain_text("Best of 12, independent")
    expect(page.locator(".vp-guided-tokens")).to_contain_text(f"{tokens:,}")
    expect(page.locator(".vp-guided-tokens")).to_contain_text("Both had the same budget: up to 12 tries a step")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []


def test_where_the_models_cannot_search_the_choice_is_shut_with_the_reason(page: Page) -> None:
    """As where a server serves the policy that begins a new answer instead of going on from a step."""

    def refuse(route):
        told = route.fetch().json()
        told["engine"] |= {"state": "ready", "search_refusal": "The policy begins a new answer."}
        route.fulfill(json=told)

    page.route("**/api/status", refuse)
    open_explore(page)
    guided = page.get_by_role("button", name="Guided search")
    expect(guided).to_be_disabled()
    expect(page.locator("#vp-search-refusal")).to_have_text("The policy begins a new answer.")
    assert violations(page) == []


def test_a_number_of_tries_that_cannot_be_is_refused_in_a_sentence(page: Page) -> None:
    open_explore(page)
    fill_in(page, 8)
    page.get_by_role("button", name="Guided search").click()
    page.get_by_label("Paths kept").fill("8")
    page.get_by_label("Tries a step").fill("100")
    page.locator("#vp-sample").click()
    expect(page.get_by_text("A search that keeps 8 and tries 100 of each is not accepted")).to_be_visible()
    page.get_by_label("Tries a step").fill("")
    page.get_by_role("button", name="Sample & score").click()
    expect(page.get_by_text("Tries a step is empty; type a number.")).to_be_visible()
