"""What must hold on every page: weight, no foreign host, hostile text, the address of a run, what a form must not take."""

import os
import re
import shutil
import subprocess
import sys
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score
from tests.support.accessibility import violations

HOSTILE = (
    "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>${window.pwned=1}{{value}}<|im_end|>"
    "$\\href{javascript:pwned}{x}$"
)


def test_hostile_text_is_shown_and_never_run(page, server):
    open_explore(page)
    fill_in(page)
    page.get_by_label("Question").fill(HOSTILE)
    sample_and_score(page)
    run = page.locator(".vp-board").get_attribute("data-run")
    page.goto(f"/?run={run}")
    expect(page.get_by_label("Question")).to_have_value(HOSTILE)
    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    page.wait_for_url("**/annotate?queue=*")
    expect(page.get_by_text("<script>window.pwned=1</script>").first).to_be_visible()
    assert page.evaluate("window.pwned") is None
    page.goto("/dataset")
    expect(page.get_by_role("heading", name="Dataset")).to_be_visible()
    assert page.evaluate("window.pwned") is None
    assert page.locator("a[href^=javascript]").count() == 0


def test_an_empty_form_says_what_is_missing(page):
    open_explore(page)
    page.get_by_role("button", name="Sample & score").click()
    expect(
        page.locator("#vp-form").get_by_text("Type a question first.")
    ).to_be_visible()  # at the field, not in passing
    page.get_by_label("Question").fill("What is the red bar?")
    expect(page.locator("#vp-form").get_by_text("Type a question first.")).to_have_count(0)


def test_a_seed_that_cannot_be_used_is_named(page):
    """Gradio said "Value -5 is less than minimum value 0." of no field at all, and ran 1.7 as 2."""
    open_explore(page)
    page.get_by_label("Question").fill("What is the red bar?")
    page.get_by_role("button", name="More settings").click()
    for seed, says in (
        ("-5", "Seed is -5;"),
        ("1.7", "Seed is 1.7;"),
        ("", "Seed is empty;"),
        (str(2**53 + 1), "Seed is 9007199254740992;"),  # what a browser makes of it
    ):
        page.get_by_label("Seed").fill(seed)
        page.get_by_role("button", name="Sample & score").click()
        expect(page.get_by_text(says)).to_be_visible()


def test_a_solution_ends_before_a_stop_text_and_the_run_remembers_it(page):
    open_explore(page)
    fill_in(page, n=2)
    page.get_by_role("button", name="More settings").click()
    stop_lines = page.get_by_label("Stop texts (one a line)")
    stop_lines.fill("Final answer")
    penalty = page.locator("#vp-settings input[type=number]").last
    penalty.fill("1.05")
    penalty.blur()
    expect(stop_lines).to_have_value("Final answer")
    sample_and_score(page)
    texts = page.locator(".vp-step").all_inner_texts()
    assert texts
    assert not [text for text in texts if "Final answer" in text]
    page.reload()
    page.locator(".vp-board[data-state=done]").wait_for()
    page.get_by_role("button", name="More settings").click()
    expect(stop_lines).to_have_value("Final answer")
    expect(penalty).to_have_value("1.05")


def test_an_address_of_no_run_says_so(page):
    page.goto("/?run=0123")
    said = page.get_by_role("alert").filter(has_text="This run cannot be shown")
    expect(said).to_contain_text("no run '0123'")
    assert violations(page) == []
    expect(page.locator(".toast-body")).to_have_count(0)  # which went away over an empty page
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    expect(said).to_be_in_viewport()  # on a phone it stood below the form, out of sight
    said.get_by_role("link", name="Go to Explore").click()
    page.locator(".vp-board[data-state=example]").wait_for()


def test_what_an_address_says_is_shown_as_text_in_a_message(page):
    """Gradio renders messages as HTML: a link in ?run= stood there as one of ours, "Session expired, sign in again"."""
    hostile = '<img src=x onerror="window.pwned=1"><a href="https://evil.example/">Sign in again</a>'
    page.goto(f"/?run={quote(hostile)}")
    message = page.get_by_role("alert").filter(has_text="This run cannot be shown")
    expect(message).to_contain_text('<a href="https://evil.example/">Sign in again</a>')
    assert message.locator("img, a:not(.vp-btn)").count() == 0
    assert page.evaluate("window.pwned") is None


def test_the_theme_that_somebody_chose_beats_the_one_in_the_address(page):
    """Where the address had __theme, the choice was undone by the next reload."""
    page.goto("/?__theme=dark&other=1")
    page.wait_for_function("window.VPTheme")  # a script of its own, which a busy machine may run after the bar is drawn
    page.locator(".vp-theme").click()
    assert page.evaluate("[VPTheme.current(), location.search]") == ["light", "?other=1"]
    expect(page.locator("body")).not_to_have_class(re.compile(r"\bdark\b"))
    page.goto("/?__theme=dark")
    page.locator(".vp-theme").wait_for()
    assert page.evaluate("VPTheme.current()") == "light"
    page.goto("/annotate")
    page.locator(".vp-theme").wait_for()
    assert page.evaluate("VPTheme.current()") == "light"


def test_the_copied_link_is_the_runs_address_and_nothing_else(page, context, server):
    """It passed on the whole address, with the theme and whatever secret a host had put there."""
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.goto("/?__sign=secret&__theme=light")
    page.locator(".vp-board[data-state=example]").wait_for()
    fill_in(page, n=1)
    sample_and_score(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Link copied")).to_be_visible()
    run = page.locator(".vp-board").get_attribute("data-run")
    assert page.evaluate("navigator.clipboard.readText()") == f"{server.url}/?run={run}"


def test_a_page_whose_script_is_still_on_its_way_says_that_it_loads(page):
    """On a slow line it was white for seconds."""
    held = []
    page.route("**/mount.js", lambda route: held.append(route) if "_board" in route.request.url else route.continue_())
    for path, board in (("annotate", "label-board"), ("dataset", "dataset")):
        with page.expect_request(lambda request: "_board/mount.js" in request.url):  # behind the board's style sheets
            page.goto(f"/{path}")
        root = page.locator(f"#vp-{board} .vp-root")
        assert root.evaluate("node => getComputedStyle(node, '::after').content") == '"Loading…"'
        held[-1].continue_()
        expect(root.locator("h1, h2, a").first).to_be_visible()
        assert root.evaluate("node => getComputedStyle(node, '::after').content") == "none"


def test_an_address_that_leads_nowhere_leads_back(page):
    assert page.goto("/no/such/page").status == 404
    expect(page.get_by_role("heading")).to_have_text("There is no such page")
    page.get_by_role("link", name="Go to Explore").click()
    expect(page.get_by_role("button", name="Sample & score")).to_be_visible()
    answer = page.request.get("/no/such/page", headers={"accept": "application/json"})
    assert (answer.status, answer.json()) == (404, {"detail": "Not Found"})


def test_stop_keeps_what_is_there_and_another_tab_sees_the_same_run(page, context):
    open_explore(page)
    fill_in(page, n=128)
    temperature = page.locator("#vp-form input[type=number]").nth(1)
    temperature.fill("1.5")  # hot samples ramble: time enough to press Stop
    temperature.blur()
    page.evaluate(  # pressed from within: a busy machine takes longer to bring a click to the page than the run takes
        """() => {
          const stop = document.getElementById("vp-stop");
          const watch = new MutationObserver(() => stop.disabled || (watch.disconnect(), stop.click()));
          watch.observe(stop, { attributes: true });
        }"""
    )
    page.get_by_role("button", name="Sample & score").click()
    page.locator(".vp-board[data-state=stopped]").wait_for()
    other = context.new_page()
    other.goto(page.url)
    other.locator(".vp-board[data-state=stopped]").wait_for()
    expect(other.locator(".vp-step")).to_have_count(page.locator(".vp-step").count())


def test_a_random_problem_shows_the_exact_checker_beside_every_score(page):
    open_explore(page)
    page.get_by_role("button", name="New random problem").click()
    expect(page.locator(".vp-pic-image")).to_be_visible()
    question = page.get_by_label("Question").input_value()
    assert question
    sample_and_score(page)
    signs, scores = page.locator(".vp-step-check:visible"), page.locator(".vp-step .vp-step-score")
    expect(signs).to_have_count(scores.count())
    assert "Exact checker" in signs.first.get_attribute("title")
    expect(page.locator(".vp-checker")).to_have_text(re.compile(r"right on \d+ of \d+ steps"))
    before = page.locator(".vp-checker").inner_text()
    page.reload()
    expect(page.locator(".vp-checker")).to_have_text(before)
    page.get_by_label("Question").fill("Is it?")  # no longer the problem that was drawn: nobody can check it
    page.get_by_role("button", name="Sample & score").click()
    expect(page.locator(".vp-checker")).to_be_hidden()


def test_an_example_is_in_sight_before_it_is_chosen_and_after(page):
    """On a phone a tapped example once filled a form that had scrolled away: nothing seemed to happen."""
    open_explore(page)
    expect(page.locator(".vp-example").first).to_be_in_viewport(ratio=0.9)
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".vp-example").last.click()  # which runs it
    expect(page.locator(".vp-run-header")).to_be_in_viewport()


def test_on_a_phone_nothing_is_wider_than_the_screen_and_every_action_is_in_reach(page):
    """The Dataset page once hid its Label button behind a sideways scroll and squeezed Export below its own text."""
    page.set_viewport_size({"width": 390, "height": 844})
    open_explore(page)
    fill_in(page)
    sample_and_score(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name=re.compile("^Label [0-9]")).click()
    page.wait_for_url("**/annotate?queue=*")
    page.locator(".vp-lb-step").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto("/dataset")
    page.locator("#vp-dataset a.vp-btn").first.wait_for()
    actions = page.locator("#vp-dataset .vp-btn")
    assert actions.count() >= 3
    assert page.locator(".vp-dataset-tabs").evaluate("node => node.scrollWidth <= node.clientWidth")
    for action in actions.all():
        box = action.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert action.evaluate("node => node.scrollWidth <= node.clientWidth"), "its text does not fit"


def test_every_tab_says_its_page_and_the_api_fits_a_phone(page):
    """Four tabs side by side all said "VisualPRM Workbench"."""
    for path, name in (("/", "Explore"), ("/annotate", "Annotate"), ("/dataset", "Dataset"), ("/admin", "Admin")):
        page.goto(path)
        expect(page).to_have_title(f"{name} · VisualPRM Workbench")
        page.locator("main h1, h1").first.wait_for(state="attached")
        page.wait_for_load_state("networkidle")
        expect(page).to_have_title(f"{name} · VisualPRM Workbench")  # Gradio has not put its own back
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/api/docs")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    hidden = "[...document.querySelectorAll('pre')].filter((each) => each.scrollWidth > each.clientWidth).length"
    assert page.evaluate(hidden) == 0, "examples that must be scrolled sideways, which the keyboard cannot"


def test_an_example_of_the_api_page_runs_as_it_is(page, server):
    page.goto("/api/docs")
    page.get_by_role("link", name="projects", exact=True).click()
    entry = page.locator("details", has=page.get_by_text("POST projects", exact=True))
    entry.locator("summary").click()
    expect(entry.get_by_text("401, 403", exact=False)).to_be_visible()
    curl, script = entry.locator("pre").all_inner_texts()
    there = {"SITE": server.url, "TOKEN": "", "PATH": os.environ["PATH"]}
    for command in ([sys.executable, "-c", script], ["bash", "-c", curl]):
        if shutil.which(command[0]) and (command[0] != "bash" or shutil.which("curl")):
            ran = subprocess.run(command, env=there, capture_output=True, text=True, timeout=60, check=True)
            assert "queue" in ran.stdout, ran.stdout + ran.stderr
