"""Whole sets scored and sampled with the loaded models, from the Dataset page: chosen, started, followed, and looked at.

Covers visualprm_ui/components/model_jobs/dialog.js, visualprm_ui/components/dataset_board/score_columns.js.
"""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import Page, expect

from engine.domain import Sampling, now
from storage import open_store
from storage.runs.built_in_benchmark import DATA_SOURCE
from storage.transfer.job_folder import JobFolder, JobState, TransferJob
from tests.support.accessibility import violations
from tests.support.browser_team import make_project
from tests.support.model_jobs import add_problem
from visualprm_ui.use_cases.model_job_files import Item, ModelJobFiles, Report, RolloutFigures
from visualprm_ui.use_cases.model_job_request import ModelId, ModelJobRequest, RolloutSettings, Wanted, as_asked


def open_dialog(page: Page) -> None:
    page.goto("/dataset")
    page.get_by_role("button", name="Score / Sample").click()
    expect(page.get_by_label("Work")).to_be_focused()


def test_a_queue_is_scored_and_every_model_has_a_column(page, guest):
    admin = guest()
    queue = make_project(admin, "Plums", 2)
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Score, sample or label")
    dialog.get_by_label("Selection").select_option(label="Queue: Plums")
    expect(dialog).to_contain_text("2 solutions of 2 problems. What nano-prm has scored in this revision is left out.")
    expect(dialog).to_contain_text("Reward model: nano-prm (")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    dialog.get_by_role("button", name="Start").click()
    expect(dialog).to_be_hidden()
    dock = page.get_by_role("region", name="Background jobs")
    expect(dock).to_contain_text("Scored Plums")
    expect(dock).to_contain_text("2 solutions scored by nano-prm.")
    solutions = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    page.goto(f"/dataset?view=solution&id={solutions[0]['solution']}")
    column = page.get_by_role("columnheader", name="nano-prm")
    expect(column).to_contain_text("mean ")
    (scoring,) = admin.get(f"/api/solutions/{solutions[0]['solution']}")["scorings"]
    assert scoring["one_pass"] is True
    expect(column).to_contain_text(scoring["revision"][:12])
    assert len([each for each in scoring["scores"] if each is not None]) == 4
    assert violations(page) == []
    open_dialog(page)  # what was done is there, and is not done again
    expect(dialog).to_contain_text("Earlier jobs")
    dialog.get_by_label("Selection").select_option(label="Queue: Plums")
    dialog.get_by_role("button", name="Start").click()
    expect(dock).to_contain_text("0 solutions scored by nano-prm. 2 were scored before.")


def test_problems_are_sampled_into_a_queue_and_a_filter_without_any_is_said(page, guest):
    admin = guest()
    make_project(admin, "Figs", 2)
    project = admin.post("/api/projects", title="Sampled figs", options={})
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Score, sample or label")
    dialog.get_by_label("Work").select_option("sample")
    dialog.get_by_label("Source of the problems").fill("nowhere")
    expect(dialog).to_contain_text("No problem matches.")
    expect(dialog.get_by_role("button", name="Start")).to_be_disabled()
    dialog.get_by_label("Source of the problems").fill("Figs")
    dialog.get_by_label("Solutions of each problem").fill("999")
    expect(dialog).to_contain_text("1,998 solutions of 2 problems will be sampled and scored.")
    dialog.get_by_role("button", name="Start").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Solutions is 999")
    dialog.get_by_label("Solutions of each problem").fill("2")
    dialog.get_by_label("Project").select_option(label="Sampled figs")
    expect(dialog).to_contain_text("4 solutions of 2 problems")
    dialog.get_by_role("button", name="Start").click()
    dock = page.get_by_role("region", name="Background jobs")
    expect(dock).to_contain_text("2 problems sampled and scored.")
    dock.get_by_role("link", name="Label them").click()
    page.wait_for_url(f"**/annotate?queue={project['queue']}*")
    expect(page.get_by_text("Item 1 of")).to_be_attached()  # of four, those that say the same are one
    assert violations(page) == []


def test_what_is_selected_in_the_list_is_scored_and_nothing_else(page, guest):
    admin = guest()
    queue = make_project(admin, "Quinces", 3)
    page.goto(f"/dataset?view=browse&queue={queue}")
    boxes = page.get_by_role("checkbox", name="Select: ")
    expect(boxes).to_have_count(3)
    boxes.nth(0).check()
    boxes.nth(1).check()
    page.get_by_role("region", name="Selection").get_by_role("button", name="Score, sample, label…").click()
    dialog = page.get_by_role("dialog", name="Score, sample or label")
    expect(dialog).to_contain_text("The selection: 2 solutions of 2 problems.")
    expect(dialog.get_by_label("Source of the problems")).to_have_count(0)
    expect(dialog).to_contain_text("2 solutions of 2 problems. What nano-prm has scored in this revision is left out.")
    assert violations(page) == []
    dialog.get_by_role("button", name="Start").click()
    expect(page.get_by_role("region", name="Background jobs")).to_contain_text("2 solutions scored by nano-prm.")
    listed = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    assert sorted(each["scores"] is None for each in listed) == [False, False, True]


def test_solutions_are_labelled_by_rollouts_and_their_page_shows_what_was_counted(page, guest):
    admin = guest()
    queue = make_project(admin, "Medlars", 2)
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Score, sample or label")
    dialog.get_by_label("Work").select_option("label")
    expect(dialog.get_by_label("Temperature")).to_have_value("1")
    dialog.get_by_label("Selection").select_option(label="Queue: Medlars")
    dialog.get_by_label("Completions sampled after each step").fill("4")
    expect(dialog).to_contain_text("2 solutions of 2 problems, 24 completions at most.")
    expect(dialog.get_by_role("button", name="Time a few")).to_be_enabled()
    dialog.get_by_label("Time a few first").uncheck()
    dialog.get_by_label("Completions sampled after each step").fill("0")
    expect(dialog.get_by_role("alert")).to_contain_text("completions")
    dialog.get_by_label("Completions sampled after each step").fill("4")
    expect(dialog).to_contain_text("24 completions at most.")
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.querySelector('.vp-transfer-body').scrollWidth") <= 390
    assert violations(page) == []
    page.set_viewport_size({"width": 1440, "height": 900})
    dialog.get_by_role("button", name="Start").click()
    dock = page.get_by_role("region", name="Background jobs")
    expect(dock).to_contain_text("2 solutions labelled by completions of nano-policy.", timeout=60_000)
    (first, *_others) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    (listed,) = first["rollout_labels"]
    assert listed["policy_model"] == "nano-policy"
    page.goto(f"/dataset?view=solution&id={first['solution']}")
    head = page.get_by_role("columnheader", name="Monte-Carlo by nano-policy")
    expect(head).to_contain_text("4 a step, every completion")
    (measured,) = admin.get(f"/api/solutions/{first['solution']}")["rollout_labels"]
    assert [each["drawn"] for each in measured["steps"]] == [4, 4, 4, 1]
    assert [each["is_own"] for each in measured["steps"]] == [False, False, False, True]
    low, high = measured["steps"][0]["interval"]
    assert 0 <= low < high <= 1
    rows = page.get_by_role("region", name="Labels").get_by_role("row")
    for step in measured["steps"][:3]:
        expect(rows.nth(1 + measured["steps"].index(step))).to_contain_text(f"{step['reached']} / 4")
    expect(rows.nth(4)).to_contain_text("answer ")
    expect(page.get_by_text("Labelled by completions of nano-policy")).to_be_visible()
    assert violations(page) == []


def test_everything_leaves_out_the_built_in_benchmark_and_says_how_much(page, server):
    with open_store(server.data_dir) as store:
        add_problem(store, "Of the benchmark", ["One.", "Final answer: 1"], source=DATA_SOURCE)
        add_problem(store, "Of my own", ["One.", "Final answer: 1"], source="Rowans")
    open_dialog(page)
    dialog = page.get_by_role("dialog", name="Score, sample or label")
    left_out = re.compile(r"\d solutions? of the built-in nano benchmark (is|are) left out")
    expect(dialog).to_contain_text(left_out)
    assert violations(page) == []
    dialog.get_by_label("Work").select_option("sample")
    expect(dialog).to_contain_text(re.compile(r"\d problems? of the built-in nano benchmark (is|are) left out"))
    source = dialog.get_by_label("Source of the problems")
    source.fill("Rowans")
    expect(dialog).to_contain_text("8 solutions of 1 problem will be sampled and scored.")
    expect(dialog).not_to_contain_text("built-in nano benchmark")
    source.fill(DATA_SOURCE)
    expect(dialog.get_by_role("button", name="Start")).to_be_enabled()
    expect(dialog).to_contain_text("will be sampled and scored.")
    expect(dialog).not_to_contain_text("built-in nano benchmark")


def waiting_plan(data_dir: Path, title: str, days: float = 0.0) -> str:
    """Put a job there that has measured a few solutions and waits with its plan, as the app keeps it; returns its id."""
    folder = JobFolder(data_dir / "model_jobs")
    request = ModelJobRequest(
        wanted=Wanted(data_source=title),
        sampling=Sampling(n=1),
        rollouts=RolloutSettings(samples=False),
        reward_model=None,
        policy=ModelId(name="nano-policy", revision="1"),
    )
    created_at = now() - timedelta(days=days)
    job = TransferJob(kind=request.kind, title=title, by="ada", asked=as_asked(request), phase="plan", done=1)
    files = ModelJobFiles(folder.make(job.id))
    files.write_named((), ())
    items = [Item(problem=f"p{number}", solutions=(f"s{number}",)) for number in range(2)]
    files.write_items(items, Report(total=2, weight=2))
    files.add_figures(RolloutFigures(solutions=1, completions=48, tokens=900, seconds=6.0, weight=1))
    folder.save(replace(job, state=JobState.READY, share=1.0, created_at=created_at))
    return job.id


def test_a_plan_is_dismissed_and_stays_among_the_earlier_jobs(page, guest, server):
    admin = guest()
    plan, old = waiting_plan(server.data_dir, "Service trees"), waiting_plan(server.data_dir, "Whitebeams", days=2)
    page.goto("/dataset")
    dock = page.get_by_role("region", name="Background jobs")
    card = dock.get_by_role("article").filter(has_text="Plan: Service trees")
    expect(card).to_contain_text("About 96 completions, 1,800 tokens and 12 s, by what 1 solution took.")
    expect(dock).not_to_contain_text("Whitebeams")
    assert violations(page) == []
    card.get_by_role("button", name="Dismiss").click()
    expect(card).to_have_count(0)
    assert admin.get(f"/api/jobs/{plan}")["state"] == "cancelled"
    with page.expect_response("**/api/jobs"):
        page.reload()
    open_dialog(page)
    expect(card).to_have_count(0)
    earlier = page.get_by_role("dialog", name="Score, sample or label").get_by_role("listitem")
    row = earlier.filter(has_text="Service trees")
    expect(row).to_contain_text("Cancelled, with 1 of 2 solutions done. All of it: about 96 completions")
    expect(row.get_by_role("button", name="Resume")).to_be_visible()
    expect(earlier.filter(has_text="Whitebeams").get_by_role("button", name="Label all")).to_be_visible()
    assert violations(page) == []
    for each in (plan, old):
        admin.rest.delete(f"/api/jobs/{each}")


def test_the_page_ends_above_the_dock_on_a_phone(page, guest, server):
    """The cards of jobs covered the last lines of the page, wherever it was scrolled to."""
    admin = guest()
    plans = [waiting_plan(server.data_dir, f"Wild pears {number}") for number in range(3)]
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/dataset")
    dock = page.get_by_role("region", name="Background jobs")
    expect(dock.get_by_role("article")).to_have_count(3)
    assert dock.bounding_box()["height"] <= 844 / 2
    page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
    top, end = dock.bounding_box()["y"], page.locator("gradio-app").bounding_box()
    assert end["y"] + end["height"] <= top
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    for each in plans:
        admin.rest.delete(f"/api/jobs/{each}")
