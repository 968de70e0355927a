"""An export on the Dataset page: what a format cannot hold is said, then the archive is there to download."""

import json
import zipfile

from playwright.sync_api import Page, expect

from tests.support.accessibility import violations
from tests.support.browser_team import Guest, make_project


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
    expect(dialog).to_contain_text("No place for pictures")
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
    expect(dialog).to_contain_text("Nothing to export: no solution is like that.")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []


def test_a_refusal_is_said_beside_the_form(page):
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Export")
    dialog.get_by_label("Whose labels").select_option("person")
    dialog.get_by_role("button", name="Prepare").click()
    expect(dialog.get_by_role("alert")).to_contain_text("is no choice of labels")
    dialog.get_by_role("textbox", name="Name").fill("nobody")
    expect(dialog.get_by_role("alert")).to_be_hidden()


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
    expect(command).to_contain_text("--format visualprocessbench OUT/")
