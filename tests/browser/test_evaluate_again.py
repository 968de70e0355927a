"""The Evaluate page a second time: other sets, the same one again, thresholds that were chosen with scores in sight, Back.

Covers visualprm_ui/components/evaluate_board/__init__.py.
"""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.accessibility import violations
from tests.support.browser_evaluations import evaluated, labelled_set, settled
from tests.support.browser_team import Guest


@pytest.fixture(scope="session")
def two_sources(server) -> tuple[str, str]:
    """Two data sources that one file labels."""
    admin = Guest(server.url)
    for name in ("Filberts", "Cashews"):
        labelled_set(admin, name)
    admin.rest.close()
    return "Filberts", "Cashews"


def open_dialog(page: Page):
    page.get_by_role("button", name="New evaluation").click()
    return page.get_by_role("dialog", name="New evaluation")


def headline(page: Page):
    return page.get_by_role("region", name="Headline")


def test_all_that_a_file_labels_is_one_set_and_the_published_one_has_its_threshold(page, guest, two_sources):
    """A file of several sources could be chosen source by source only, so the published benchmark was in no list."""
    admin = guest()
    (whole,) = (each for each in admin.get("/api/evaluations/sets")["sets"] if each["name"].startswith("All of "))
    assert whole["solutions"] >= 24

    def as_published(route: Route) -> None:
        """The real answer, as of a set with the published counts: 2,866 solutions are too many for this test."""
        found = route.fetch().json()
        found["set"]["is_published_benchmark"] = route.request.post_data_json["data_source"] is None
        route.fulfill(json=found)

    page.route("**/api/evaluations/extent", as_published)
    page.goto("/evaluate")
    dialog = open_dialog(page)
    dialog.get_by_label("On which labels").select_option(label=f"{whole['name']} · {whole['solutions']} solutions")
    expect(dialog.get_by_role("button", name="0.85", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(dialog.get_by_label("The same in a terminal")).to_contain_text("--threshold 0.85")
    assert violations(page) == []
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url("**/evaluate?id=*")
    expect(page.get_by_role("heading", name=whole["name"])).to_be_visible()
    (evaluation,) = re.findall(r"id=(\w+)", page.url)
    assert settled(admin, f"/api/evaluations/{evaluation}")["set"]["solutions"] == whole["solutions"]
    figures = admin.get(f"/api/evaluations/{evaluation}/step-figures")
    assert set(two_sources) <= {each["name"] for each in figures["sources"]}


def test_run_again_is_on_the_same_set(page, guest, two_sources):
    """A set that is in no list, here by its policy and one person's labels, was replaced by the first of the list."""
    admin = guest()
    asked = {
        "kind": "step_benchmark",
        "title": "One writer",
        "data_source": two_sources[0],
        "policy_model": "other writer",
    }
    labels = next(
        each["labels"] for each in admin.get("/api/evaluations/sets")["sets"] if each["data_source"] == two_sources[0]
    )
    first = admin.post("/api/evaluations", **asked, labels=labels, threshold=0.8, trained_on=[two_sources[0]])
    assert settled(admin, f"/api/evaluations/{first['id']}")["set"]["solutions"] == 4
    page.goto(f"/evaluate?id={first['id']}")
    page.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog", name="Run again")
    expect(dialog.get_by_label("On which labels").locator("option:checked")).to_have_text(
        f"{two_sources[0]}, other writer · 4 solutions"
    )
    expect(dialog).to_contain_text("4 solutions, ")
    expect(dialog).to_contain_text("The figures will say that the threshold was chosen after that.")
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(f"id=(?!{first['id']})"))
    (again,) = re.findall(r"id=(\w+)", page.url)
    found = settled(admin, f"/api/evaluations/{again}")
    same = ("policy_model", "data_source", "labels", "solutions", "steps")
    before = admin.get(f"/api/evaluations/{first['id']}")
    assert [found["set"][name] for name in same] == [before["set"][name] for name in same]
    assert (found["threshold"], found["trained_on"]) == (0.8, [two_sources[0]])


def test_a_threshold_that_was_tuned_on_the_test_is_no_headline(page, guest):
    admin = guest()
    labelled_set(admin, "Hazelnuts", problems=2)
    first = evaluated(admin, "Hazelnuts", "Hazelnuts first")
    page.goto(f"/evaluate?id={first}")
    expect(headline(page)).to_contain_text("above .5, fixed before this run")
    bound = admin.get(f"/api/evaluations/{first}/step-figures")["thresholds"][-1]
    tuned = evaluated(admin, "Hazelnuts", "Hazelnuts tuned", threshold=bound["threshold"])
    page.goto(f"/evaluate?id={tuned}")
    expect(headline(page)).to_contain_text("chosen after scores were known: no other does better on these steps")
    expect(page.get_by_text("the headline is an upper bound, no result.")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Threshold .*as the test optimum"))).to_be_visible()
    expect(page.get_by_role("region", name="Record")).to_contain_text("chosen after scores were known")
    assert "fixed before" not in page.locator("main, body").first.inner_text()
    assert violations(page) == []


def test_a_threshold_is_tuned_on_another_set(page, guest):
    admin = guest()
    labelled_set(admin, "Brazil nuts", problems=2)
    labelled_set(admin, "Brazil dev", problems=2)
    page.goto("/evaluate")
    dialog = open_dialog(page)
    dialog.get_by_label("On which labels").select_option(label="Brazil nuts · 6 solutions")
    tune = dialog.get_by_label("Tune the threshold on")
    expect(tune.locator("option", has_text="Brazil nuts")).to_have_count(0)
    (whole,) = (each for each in admin.get("/api/evaluations/sets")["sets"] if each["name"].startswith("All of "))
    expect(tune.locator("option", has_text=whole["name"])).to_have_count(0)  # it holds what is tested
    (name,) = (
        each["name"] for each in admin.get("/api/evaluations/sets")["sets"] if each["data_source"] == "Brazil dev"
    )
    tune.select_option(label=f"{name} · 6 solutions")
    expect(dialog).to_contain_text("6 solutions, 22 labelled steps, of problems that are not tested.")
    expect(dialog.get_by_role("button", name="0.5", exact=True)).to_have_attribute("aria-pressed", "false")
    expect(dialog.get_by_label("The same in a terminal")).to_contain_text("--tune-on tuned_on/test.jsonl")
    assert violations(page) == []
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url("**/evaluate?id=*")
    expect(headline(page)).to_contain_text("tuned on Brazil dev, which shares no problem with this set")
    (evaluation,) = re.findall(r"id=(\w+)", page.url)
    figures = admin.get(f"/api/evaluations/{evaluation}/step-figures")
    (own,) = (each for each in figures["thresholds"] if each["chosen_on"] == "Brazil dev")
    table = page.get_by_role("table", name="Macro-F1 at thresholds")
    row = table.get_by_role("row", name=re.compile("tuned on Brazil dev"))
    expect(row).to_contain_text(f"{100 * own['low']:.1f} to {100 * own['high']:.1f}")
    expect(table.get_by_role("row", name=re.compile("test optimum: an upper bound"))).to_contain_text("–")
    expect(page.get_by_role("region", name="Record")).to_contain_text("Brazil dev: 6 solutions of 2 problems")
    assert violations(page) == []
    page.get_by_role("button", name="Run again").click()
    again = page.get_by_role("dialog", name="Run again")
    expect(again.get_by_label("Tune the threshold on").locator("option:checked")).to_have_text(
        "Brazil dev · 6 solutions"
    )
    expect(again.get_by_label("The same in a terminal")).to_contain_text("--tune-on")
    again.get_by_role("button", name="0.8", exact=True).click()
    expect(again.get_by_label("The same in a terminal")).to_contain_text("--threshold 0.8")


def test_half_labelled_solutions_are_said_to_be_missing_beside_the_command(page, guest):
    admin = guest()
    labelled_set(admin, "Brazils", problems=1)
    evaluation = evaluated(admin, "Brazils", "Brazils")

    def half(route: Route) -> None:
        """The real answer: files with half-labelled solutions are not in the format of these tests."""
        found = route.fetch().json()
        found["set"]["half_labelled"] = 2
        route.fulfill(json=found)

    record = page.get_by_role("region", name="Record")
    page.goto(f"/evaluate?id={evaluation}")
    expect(record).to_contain_text("--threshold 0.5")
    expect(record).not_to_contain_text("labels for some steps only")
    page.route(f"**/api/evaluations/{evaluation}", half)
    page.reload()
    expect(record).to_contain_text("2 solutions of this set have labels for some steps only.")


@pytest.mark.parametrize(
    "more", ["&threshold=0.83&label=-1&predicted=1", "&place=11%2B", "&score_from=0.41&score_to=0.44"]
)
def test_such_solutions_are_on_dataset_whatever_the_threshold_and_the_place(page, guest, two_sources, more):
    """Dataset knows multiples of .05 only, and refused what was not one."""
    evaluation = evaluated(guest(), two_sources[0], "Filberts on Dataset")
    page.goto(f"/evaluate?id={evaluation}{more}")
    with page.expect_response("**/api/solutions?*") as listed:
        page.get_by_role("link", name="Such solutions in Dataset").click()
    assert listed.value.status == 200, listed.value.text()


def test_back_while_an_evaluation_loads_stays_on_the_list(page, guest, two_sources):
    """The evaluation was shown once it was there, under the address of the list."""
    evaluation = evaluated(guest(), two_sources[0], "Filberts, slowly")
    held: list[Route] = []
    page.route(f"**/api/evaluations/{evaluation}", lambda route: held.append(route))
    page.goto("/evaluate")
    with page.expect_request(f"**/api/evaluations/{evaluation}"):
        page.get_by_role("link", name="Filberts, slowly").first.click()
    page.go_back()
    page.wait_for_url("**/evaluate")
    expect(page.locator(".vp-ev")).not_to_have_attribute("aria-busy", "true")
    with page.expect_response(f"**/api/evaluations/{evaluation}/step-figures") as loaded:
        held[0].continue_()
    loaded.value.finished()
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(page.get_by_role("heading", name="Evaluate", exact=True)).to_be_visible()
    expect(headline(page)).to_have_count(0)


def test_best_of_n_is_run_again_with_all_that_was_added(page, guest):
    """It was asked for with eight solutions, iid, and without what was added."""
    admin = guest()
    labelled_set(admin, "Walnuts", problems=2)
    asked = {"kind": "best_of_n", "title": "Nuts", "data_source": "Walnuts", "n": 2, "protocol": "greedy-first"}
    first = admin.post("/api/evaluations", **asked, outcome=True, sampling={"temperature": 0.4, "max_new_tokens": 40})
    path = f"/api/evaluations/{first['id']}"
    assert settled(admin, path)["state"] == "done"
    admin.post(f"{path}/add-solutions", n=1)
    grown = settled(admin, path)
    assert (grown["state"], grown["n"]) == ("done", 3)
    page.goto(f"/evaluate?id={first['id']}")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Run again").click()
    dialog = page.get_by_role("dialog", name="Run again")
    same = dialog.get_by_label("The same, with all that was added")
    expect(same).to_be_checked()
    expect(dialog).to_contain_text("Walnuts · 3 solutions of each problem, greedy first, temperature 0.4")
    expect(dialog.get_by_label("Other number of solutions")).to_be_hidden()
    expect(dialog.get_by_role("button", name="Start")).to_be_enabled()
    assert violations(page) == []
    same.uncheck()
    expect(dialog.get_by_label("Other number of solutions")).to_have_value("3")
    expect(dialog.get_by_role("button", name="greedy first")).to_have_attribute("aria-pressed", "true")
    expect(dialog.get_by_label("Temperature")).to_have_value("0.4")
    expect(dialog.get_by_label("Also score whole solutions")).to_be_checked()
    same.check()
    expect(dialog.get_by_role("button", name="Start")).to_be_enabled()
    dialog.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile(f"id=(?!{first['id']})"))
    (again,) = re.findall(r"id=(\w+)", page.url)
    found = settled(admin, f"/api/evaluations/{again}")
    kept = ("state", "n", "sampled", "policy", "reward_models", "total")
    assert {name: found[name] for name in kept} == {name: grown[name] for name in kept}


def test_an_addition_that_waits_for_a_model_is_given_up(page, guest):
    """There is one reward model in this server, so the page is told that another one is waited for."""
    admin = guest()
    labelled_set(admin, "Pecans", problems=2)
    asked = {"kind": "best_of_n", "title": "Pecans", "data_source": "Pecans", "n": 2}
    first = admin.post("/api/evaluations", **asked, sampling={"max_new_tokens": 40})
    assert settled(admin, f"/api/evaluations/{first['id']}")["state"] == "done"
    told, waits = [], {"state": "failed", "message": "2 solutions have no scores by other as a PRM (1) yet. Load it."}

    def curve(route):
        found = route.fetch().json()
        found["is_final"] = bool(told)
        if not told:
            found["evaluation"] |= waits
        route.fulfill(json=found)

    def cancelled(route):
        told.append(route.request.method)
        route.continue_()

    page.route("**/curve*", curve)
    page.route("**/cancel", cancelled)
    page.goto(f"/evaluate?id={first['id']}")
    progress = page.get_by_role("region", name="Progress")
    expect(progress).to_contain_text("2 solutions have no scores by other as a PRM (1) yet. Load it.")
    expect(progress).to_contain_text("The curves are the earlier ones until this is done.")
    expect(page.get_by_role("heading", name="Right answers by N")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Discard the addition").click()
    expect(progress).to_have_count(0)
    assert told == ["POST"]


def test_what_could_not_be_done_is_tried_again_at_one_press(page, guest, server):
    """One that was done with failures had no Resume, though REST did."""
    admin = guest()
    labelled_set(admin, "Macadamias", problems=2)
    before = evaluated(admin, "Macadamias", "Macadamias, whole")
    listed = admin.get(f"/api/evaluations/{before}/steps")["steps"]
    (lost,) = {each["image"] for each in listed if each["question"].startswith("Macadamias 1")}
    labelled_set(admin, "Macadamias and more", problems=2)
    (picture,) = (each for each in (server.data_dir / "images").rglob(f"{lost}*") if each.is_file())
    away = picture.rename(picture.with_name("away"))
    try:
        evaluation = evaluated(admin, "Macadamias and more", "Macadamias, half")
    finally:
        away.rename(picture)
    assert admin.get(f"/api/evaluations/{evaluation}")["failed"] == 3
    page.goto("/evaluate?q=Macadamias")
    whole, half = (page.get_by_role("row", name=re.compile(f"Macadamias, {each}")) for each in ("whole", "half"))
    expect(half.get_by_role("button", name="Resume")).to_be_visible()
    expect(whole.get_by_role("button", name="Resume")).to_be_hidden()
    page.goto(f"/evaluate?id={evaluation}")
    page.get_by_text("3 items failed").click()
    expect(page.get_by_text("What is done is not repeated.")).to_be_visible()
    with page.expect_response(f"**/api/evaluations/{evaluation}/resume"):
        page.get_by_role("button", name="Resume").click()
    found = settled(admin, f"/api/evaluations/{evaluation}")
    assert (found["state"], found["failed"], found["already"]) == ("done", 0, 0)
    expect(page.get_by_text("items failed")).to_have_count(0)
    expect(page.get_by_role("button", name="Resume")).to_have_count(0)
    expect(headline(page)).to_be_visible()
    assert violations(page) == []


def test_the_dialog_shows_no_counts_of_what_was_chosen_before(page, guest):
    """Until the new counts came, it showed those of the set before, with its cost and command."""
    admin = guest()
    labelled_set(admin, "Sapucaias", problems=1)
    labelled_set(admin, "Chinquapins")
    page.goto("/evaluate")
    dialog = open_dialog(page)
    copy, start = dialog.locator(".vp-ev-new-command button"), dialog.get_by_role("button", name="Start")
    labels = dialog.get_by_label("On which labels")
    labels.select_option(label="Sapucaias · 3 solutions")
    expect(dialog).to_contain_text("3 solutions, 11 labelled steps")
    expect(copy).to_be_visible()
    held: list[Route] = []
    page.route("**/api/evaluations/extent", lambda route: held.append(route))
    with page.expect_request("**/api/evaluations/extent"):
        labels.select_option(label="Chinquapins · 12 solutions")
    expect(dialog).to_contain_text("Counting…")
    expect(dialog).not_to_contain_text("11 labelled steps")
    expect(dialog).not_to_contain_text("in the queue")
    expect(copy).to_be_hidden()
    expect(start).to_be_disabled()
    held.pop().continue_()
    expect(dialog).to_contain_text("12 solutions, 44 labelled steps")
    expect(copy).to_be_visible()
    dialog.get_by_label("Title", exact=True).fill("Renamed")  # the same is asked for, so nothing is counted again
    expect(start).to_be_enabled()
    assert held == []
