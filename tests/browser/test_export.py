"""An export on the Dataset page: what a format cannot hold is said, then the archive is there to download."""

import json
import zipfile

from playwright.sync_api import Page, Route, expect

from storage import open_store
from tests.support.accessibility import violations
from tests.support.browser_evaluations import labelled_set
from tests.support.browser_team import Guest, make_project
from tests.support.model_jobs import add_problem
from tests.support.rollouts import measured
from tests.support.run_records import score_again

NOBODY = {"people": [], "files": [], "policies": [], "reward_models": []}


def open_dialog(page: Page) -> None:
    page.goto("/dataset")
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("dialog", name="Export").get_by_role("radio").first).to_be_focused()


def test_a_project_goes_out_as_its_format_can_hold_it(page, server, tmp_path):
    one = Guest(server.url)
    queue = make_project(one, "Pears", 2)
    one.label(queue, (0, 1, 1, -1))
    one.rest.close()
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_label("Project").select_option(label="Pears")
    dialog.get_by_role("radio", name="TRL").check()
    expect(dialog.get_by_role("button", name="Keep them as 0")).to_be_disabled()
    dialog.get_by_role("button", name="Count them as wrong").click()
    expect(dialog.get_by_label("The same on the command line")).to_contain_text("--format trl --project")
    assert violations(page) == []
    dialog.get_by_role("button", name="Prepare").click()
    link = dialog.get_by_role("link", name="Download zip")
    expect(link).to_be_focused()
    expect(dialog).to_contain_text("Neutral steps: counted as wrong.")
    expect(dialog).to_contain_text("This format cannot hold pictures")
    assert violations(page) == []
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    download.value.save_as(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        rows = [json.loads(line) for line in archive.read("trl.jsonl").splitlines()]
        assert "neutral policy: counted as wrong" in archive.read("export-report.txt").decode()
    assert [row["labels"] for row in rows] == [[False, True, True, False]] * len(rows)
    assert rows
    dialog.get_by_role("textbox", name="Policy model").fill("nobody")  # another request: what was prepared is not it
    expect(link).to_have_count(0)
    dialog.get_by_role("button", name="Prepare").click()
    expect(dialog).to_contain_text("Nothing to export: no solution matches.")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []


def test_a_refusal_is_said_beside_the_form(page):
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_label("Minimum agreement").fill("2")
    dialog.get_by_role("button", name="Prepare").click()
    expect(dialog.get_by_role("alert")).to_contain_text("min_agreement")
    dialog.get_by_label("Minimum agreement").fill("1")
    expect(dialog.get_by_role("alert")).to_be_hidden()


def test_whose_labels_and_which_models_are_offered_by_their_names(page, guest, server):
    """A name had to be typed, and none at all ended in "'monte_carlo:' is no choice of labels"."""
    page.route("**/api/exports/names", lambda route: route.fulfill(json=NOBODY))
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    whose = dialog.get_by_label("Whose labels")
    for value, why in (
        ("monte_carlo", "no policy has labelled anything yet"),
        ("person", "nobody has labelled anything yet"),
        ("file", "no file has brought labels yet"),
    ):
        option = whose.locator(f"option[value={value}]")
        expect(option).to_be_disabled()
        expect(option).to_contain_text(why)
    dialog.get_by_role("radio", name="tables for spreadsheets").check()
    expect(dialog.get_by_label("Reward model")).to_be_disabled()
    expect(dialog.get_by_label("Reward model")).to_contain_text("No reward model has scored anything yet")
    assert violations(page) == []
    page.unroute("**/api/exports/names")

    with open_store(server.data_dir) as store:
        _problem, (solution,) = add_problem(store, "Measured", ["One.", "Final answer: 1"], source="Filberts")
        store.runs.add_rollout_labels([measured(solution, (4, 4), (1, 1), policy="filbert", completions=4)])
        score_again(store, solution, "filbert-prm", [0.9, 0.1])
    open_dialog(page)
    dialog.get_by_role("textbox", name="Source of the problems").fill("Filberts")
    dialog.get_by_role("radio", name="Parquet").check()
    whose.select_option("monte_carlo")
    expect(whose).to_be_focused()
    dialog.get_by_label("Completions by").select_option(label="filbert (1 solution)")
    dialog.get_by_label("Reward model that checks the labels").select_option(label="filbert-prm (1 solution)")
    command = dialog.get_by_label("The same on the command line")
    expect(command).to_contain_text("--labels monte_carlo:filbert --agrees-with filbert-prm")
    assert violations(page) == []
    dialog.get_by_role("button", name="Prepare").click()
    expect(dialog).to_contain_text("Kept: 1 labelled step of 1 solution.")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []


def test_passing_by_a_format_without_neutral_steps_changes_no_other(page):
    """Choosing TRL for a moment had VisualProcessBench count every neutral step as correct."""
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    command = dialog.get_by_label("The same on the command line")
    keep = dialog.get_by_role("button", name="Keep them as 0")
    dialog.get_by_role("radio", name="TRL").check()
    expect(dialog.get_by_role("button", name="Count them as correct")).to_have_attribute("aria-pressed", "true")
    expect(command).not_to_contain_text("--neutral")
    dialog.get_by_role("radio", name="VisualProcessBench").check()
    expect(keep).to_have_attribute("aria-pressed", "true")
    expect(command).to_contain_text("--format visualprocessbench --data-dir")


def test_an_export_for_the_hub_can_be_put_there(page, server):
    """The hub is none that can be reached, so the real server says so; what it says of one that took it is sent by hand."""
    one = Guest(server.url)
    one.label(make_project(one, "Sorbs", 1), (1, 1, 1, -1))
    one.rest.close()
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_role("radio", name="model hub").check()
    dialog.get_by_role("button", name="Prepare").click()
    part = dialog.locator(".vp-push")
    part.get_by_label("Data set on the model hub").fill("lab")
    part.get_by_label("Token with write access").fill("hf_secret")
    part.get_by_role("button", name="Push it").click()
    expect(part.get_by_role("alert")).to_contain_text(
        "'lab' does not name a data set of the model hub. Give OWNER/NAME."
    )
    expect(part.get_by_label("Token with write access")).to_have_value("")
    assert violations(page) == []
    sent = []

    def took(route: Route) -> None:
        sent.append(route.request.post_data_json)
        address = "https://hub.example/datasets/lab/sorbs"
        push = {"data_set": "lab/sorbs", "private": True, "state": "done", "address": address, "message": None}
        route.fulfill(json={**push, "seconds": 1.0})

    page.route("**/push", took)
    part.get_by_label("Data set on the model hub").fill("lab/sorbs")
    part.get_by_label("Token with write access").fill("hf_secret")
    page.keyboard.press("Enter")
    expect(part.get_by_role("link", name="lab/sorbs")).to_have_attribute(
        "href", "https://hub.example/datasets/lab/sorbs"
    )
    assert sent == [{"name": "lab/sorbs", "token": "hf_secret", "private": True, "replace": False}]
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []


def test_noisy_labels_are_left_out_as_the_form_says_and_counted(page, server):
    one = Guest(server.url)
    labelled_set(one, "Hazels", problems=2)
    found = one.get("/api/solutions?source=Hazels&limit=200")["solutions"]
    one.rest.close()
    with open_store(server.data_dir) as store:
        counts = [(16, 16), (8, 16), (0, 16), (1, 1)]
        made = [measured(each["solution"], *counts, policy="hazel", completions=16) for each in found]
        store.runs.add_rollout_labels(made)
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_role("textbox", name="Source of the problems").fill("Hazels")
    dialog.get_by_role("radio", name="Parquet").check()
    dialog.get_by_label("Whose labels").select_option("monte_carlo")
    dialog.get_by_label("Completions by").select_option("hazel")
    dialog.get_by_label("Wrong up to this share of completions").fill("0.125")
    dialog.get_by_label("Correct from this share of completions").fill("0.75")
    dialog.get_by_label("Share of the solutions to keep").fill("0.5")
    command = dialog.get_by_label("The same on the command line")
    expect(command).to_contain_text("--wrong-to 0.125 --correct-from 0.75 --subset 0.5")
    assert violations(page) == []
    dialog.get_by_role("button", name="Prepare").click()
    expect(dialog).to_contain_text("Kept: 9 labelled steps of 3 solutions.")
    expect(dialog).to_contain_text("Left out: 3 solutions not among the best.")
    expect(dialog).to_contain_text("Left out: 3 steps that are neither wrong nor correct by their share.")
