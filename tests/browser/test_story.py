"""The main job as a person does it: upload, sample, scores, label, reveal, export. Real server, real models, real browser."""

import json
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

EXAMPLES = Path(__file__).parent.parent.parent / "nano" / "examples"
PROBLEM = json.loads((EXAMPLES / "problems.jsonl").read_text(encoding="utf-8").splitlines()[0])


def open_explore(page: Page) -> None:
    """Open Explore and empty the form, which a first visit finds filled with the example that it shows."""
    page.goto("/")
    page.locator(".vp-board[data-state=example]").wait_for()
    page.get_by_label("Question").fill("")
    page.get_by_label("Remove the image").click()
    expect(page.locator(".vp-pic-drop")).to_be_visible()
    expect(page.get_by_label("Reference answer")).to_have_value("")


def fill_in(page: Page, n: int = 4) -> None:
    """Upload the picture as a file and type the question."""
    page.locator("#vp-picture input[type=file]").set_input_files(EXAMPLES / PROBLEM["image"])
    expect(page.locator(".vp-pic-image")).to_be_visible()
    page.get_by_label("Question").fill(PROBLEM["question"])
    page.get_by_label("Reference answer").fill(PROBLEM["answer"])
    number = page.locator("#vp-form input[type=number]").first
    number.fill(str(n))
    number.blur()


def sample_and_score(page: Page) -> None:
    before = page.locator(".vp-board").get_attribute("data-run")
    page.get_by_role("button", name="Sample & score").click()
    page.locator(f".vp-board[data-state=done]:not([data-run='{before}'])").wait_for()


def test_upload_sample_score_label_reveal_export(page, tmp_path):
    open_explore(page)
    fill_in(page)
    sample_and_score(page)

    # every step of every solution has a score, one solution is picked, the reference is compared
    assert solutions_on(page) == 4
    figures = page.locator(".vp-step .vp-step-score .vp-num").all_inner_texts()
    assert len(figures) >= 8
    assert all(re.fullmatch(r"[01]\.\d\d", figure) for figure in figures), figures
    expect(page.locator(".vp-tag", has_text="PRM pick").locator("visible=true")).to_have_count(1)
    tags = page.locator(".vp-tag:visible", has_text=re.compile("^(correct|differs)$"))
    assert tags.count() == page.locator(".vp-sol").count()

    # the run has an address: a reload shows the same run without sampling again
    run = page.locator(".vp-board").get_attribute("data-run")
    assert page.url.endswith(f"?run={run}")
    before = page.locator(".vp-sol").all_inner_texts()
    page.reload()
    page.locator(f".vp-board[data-run='{run}'][data-state=done]").wait_for()
    assert page.locator(".vp-sol").all_inner_texts() == before
    expect(page.get_by_label("Question")).to_have_value(PROBLEM["question"])
    expect(page.locator(".vp-pic-image")).to_be_visible()

    # switching the aggregation re-ranks at once, without a request
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.get_by_role("button", name="min", exact=True).click()
    expect(page.locator(".vp-sol-aggregation").first).to_have_text(re.compile("min"))
    assert [url for url in requests if "/api/status" not in url] == []

    tasks = page.locator(".vp-sol").count()
    assert tasks == 2  # of the four solutions, two and two are word for word the same
    label_everything(page, tasks)
    export(page, tmp_path, tasks)


def solutions_on(page: Page) -> int:
    """Return how many solutions the cards stand for."""
    counts = page.locator(".vp-sol-count").all_inner_texts()
    return sum(int(text.removeprefix("×") or 1) for text in counts)


def label_everything(page: Page, tasks: int) -> None:
    """Label the run's different solutions with the keyboard alone, then reveal the scores of the first."""
    answers: list[str] = []
    page.on("response", lambda response: answers.append(response.text()) if "/api/queues/" in response.url else None)
    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    page.wait_for_url("**/annotate?queue=*")
    for item in range(tasks):
        expect(page.locator(".vp-lb-position")).to_have_text(re.compile(f"{item + 1} of {tasks}"))
        count = page.locator(".vp-lb-step").count()
        for index in range(count):
            page.keyboard.press("123"[index % 3])
        expect(page.locator(".vp-lb-submit")).to_be_enabled()
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Queue finished")).to_be_visible()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    assert answers
    assert not [answer for answer in answers if "score" in answer], "a score reached the page before submission"

    page.goto(page.url.split("&")[0] + "&item=1")
    expect(page.locator(".vp-lb-step").first).to_be_visible()
    expect(page.locator(".vp-lb-score").first).to_be_hidden()
    page.keyboard.press("b")
    expect(page.locator(".vp-lb-score .vp-num").first).to_have_text(re.compile(r"[01]\.\d\d"))
    page.keyboard.press("b")  # and out of sight again
    expect(page.locator(".vp-lb-score").first).to_be_hidden()


def export(page: Page, tmp_path: Path, tasks: int) -> None:
    """Download the zip from the Dataset page and check a row against what was pressed."""
    page.goto("/dataset")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("button", name="Prepare").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download zip").click()
    archive_path = tmp_path / "export.zip"
    download.value.save_as(archive_path)
    archive = zipfile.ZipFile(archive_path)
    everything = [json.loads(line) for line in archive.read("test.jsonl").decode().splitlines()]
    rows = [row for row in everything if row["question"] == PROBLEM["question"]]  # other tests label other things
    assert len(rows) == tasks
    for row in rows:
        steps, labels = row["response"]["steps"], row["response"]["process_correctness"]
        assert labels == [(1, 0, -1)[index % 3] for index in range(len(steps))]
        assert row["data_source"] == "nano_world", "the picture is known again"
        assert row["answer"] == PROBLEM["answer"]
        assert row["policy_model"] == "nano-policy"
        assert archive.read(row["image"][0])[:4] == b"\x89PNG"
