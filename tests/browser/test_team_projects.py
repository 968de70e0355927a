"""Projects of a team: their lists, the quiz, scores beside the work, and how they are made, filled, followed and deleted."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score
from tests.support.browser_team import Guest, archive, event, make_project


def test_every_list_of_a_team_fits_a_phone(page, guest):
    """The list of disagreements once pushed its Decide links off the screen, out of reach."""
    one, two = guest(), guest()
    queue = make_project(one, "A rather long name for a small project", 2, overlap=2, review_share=1.0, split_size=2)
    one.label(queue, (0, 1, 1, -1)), two.label(queue, (1, -1, 0, 1))
    page.set_viewport_size({"width": 390, "height": 844})
    for view in ("overview", "browse", "agreement"):
        page.goto(f"/dataset?view={view}&queue={queue}")
        cells = page.locator(":is(.vp-dataset-table, .vp-br-table) tbody :is(th, td)")
        cells.first.wait_for()
        ends = cells.evaluate_all("nodes => nodes.map((node) => node.getBoundingClientRect().right)")
        assert max(ends) <= 390, view
        wide = page.locator(".vp-dataset-table").evaluate_all(
            "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth).length"
        )
        assert wide == 0, view
    for address, wanted in (("review", ".vp-rv-step"), ("adjudicate", ".vp-ad-card")):
        page.goto(f"/{address}?queue={queue}" if address == "adjudicate" else f"/review?queue={queue}&split=0")
        if address == "adjudicate":
            page.locator(".vp-ad-line").first.click()
        page.locator(wanted).first.wait_for()
        ends = page.locator(f"{wanted}, .vp-lb-actions button").evaluate_all(
            "nodes => nodes.map((node) => node.closest('.vp-lb-chips') ? 0 : node.getBoundingClientRect().right)"
        )
        assert max(ends) <= 390, address


def make_project_behind_a_quiz(page: Page, admin: Guest, title: str, *, quiz_pass: float) -> str:
    """A project of two solutions, and a settled one that is made its entry quiz by hand; returns its queue."""
    settled = make_project(admin, f"Settled before {title}", 1)
    queue = make_project(admin, title, 2, quiz_pass=quiz_pass, overlap=1)
    (known,) = admin.get(f"/api/solutions?queue={settled}")["solutions"]
    page.goto(f"/dataset?view=solution&id={known['solution']}")
    part = page.get_by_role("region", name="Gold labels")
    part.get_by_label("Project").select_option(label=title)
    part.get_by_role("button", name="Item of the entry quiz").click()
    expect(part.get_by_text("Part of the entry quiz now.")).to_be_visible()
    return queue


def test_settled_solutions_become_a_quiz_that_stands_before_the_work(page, guest, browser, server):
    admin, newcomer = guest(), guest()
    queue = make_project_behind_a_quiz(page, admin, "Gated", quiz_pass=0.75)
    page.goto(f"/annotate?queue={queue}")
    expect(page.locator(".vp-lb-source")).to_have_text("Entry quiz, 75 % to pass")
    for key in "3333":  # the imported labels say neutral, correct, correct, wrong
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    assert newcomer.get(f"/api/queues/{queue}/next")["task"]["is_quiz"]
    assert newcomer.label(queue, (0, 1, 1, -1)) == 3, "the quiz, passed, and then the work"
    last = browser.new_context(base_url=server.url).new_page()
    last.goto(f"/annotate?queue={queue}")
    expect(last.get_by_text("Read this before you begin.")).to_be_visible()
    last.keyboard.press("g")
    for key in "2113":
        last.keyboard.press(key)
    last.keyboard.press("Enter")
    expect(last.get_by_text("You passed the entry quiz. Nothing else is left for you here.")).to_be_visible()
    last.context.close()


def test_who_passes_the_quiz_is_told_that_their_labels_count_now(page, guest, browser, server):
    """A newcomer was not told how much must be right, nor that the quiz was over."""
    admin = guest()
    queue = make_project_behind_a_quiz(page, admin, "Known first", quiz_pass=0.8)
    newcomer = browser.new_context(base_url=server.url, viewport={"width": 390, "height": 844}).new_page()
    newcomer.goto(f"/annotate?queue={queue}")
    expect(newcomer.get_by_text("Entry quiz, 80 % to pass: your labels count from then on.")).to_be_visible()
    newcomer.keyboard.press("g")
    expect(newcomer.locator(".vp-lb-source")).to_have_text("Entry quiz, 80 % to pass")
    expect(newcomer.locator(".vp-lb-source")).to_be_visible()
    for key in "2113":  # the imported labels say neutral, correct, correct, wrong
        newcomer.keyboard.press(key)
    newcomer.keyboard.press("Enter")
    expect(newcomer.get_by_text("You passed the entry quiz. What you label from here on counts.")).to_be_visible()
    expect(newcomer.locator(".vp-lb-source")).to_be_hidden()
    newcomer.reload()  # who passed it long ago looks at it again: that is no news
    expect(newcomer.get_by_text("We read the picture.")).to_be_visible()
    newcomer.keyboard.press("[")
    expect(newcomer.locator(".vp-lb-source")).to_have_text("Entry quiz, 80 % to pass")
    newcomer.keyboard.press("]")
    expect(newcomer.locator(".vp-lb-source")).to_be_hidden()
    expect(newcomer.locator(".vp-lb-toast")).not_to_contain_text("You passed")
    newcomer.context.close()


def test_in_a_project_that_is_not_blind_scores_stand_beside_the_steps_at_once(page, guest):
    """The store knew such projects; the Admin page could not make one, and the board hid the scores all the same."""
    admin = guest()
    open_explore(page)
    fill_in(page, n=2)
    sample_and_score(page)
    page.goto("/admin?project=new")
    page.get_by_label("Title").fill("Seeing")
    expect(page.locator(".vp-pp-preview")).to_contain_text("Blind: scores come after the submission")
    page.get_by_label("Blind").uncheck()
    expect(page.locator(".vp-pp-preview")).to_contain_text("Scores stand beside the steps from the start")
    page.get_by_role("button", name="Create it, then fill it").click()
    store = page.get_by_role("region", name="From all that is stored")
    expect(store.get_by_role("figure")).to_contain_text("Mean step score")
    store.get_by_label("Mean score to").fill("0.5")
    store.get_by_label("Mean score to").press("Tab")
    expect(store.get_by_role("figure")).to_contain_text("Mean step score 0.00 to 0.50")
    expect(store.locator(".vp-pp-histogram-bars > [data-taken]")).to_have_count(10)
    runs = page.get_by_role("region", name="Pick runs")
    runs.locator("li").first.get_by_role("checkbox").check()
    (made,) = (each for each in admin.get("/api/projects")["projects"] if each["title"] == "Seeing")
    assert made["options"]["blind"] is False
    runs.get_by_role("button", name=re.compile("^Add [12]$")).click()  # equal ones are one
    expect(page.locator(".vp-pp > [role=status]")).to_have_text(re.compile(r"^[12] solutions? added\."))
    assert admin.get(f"/api/projects/{made['project']}/items")["contents"][0]["policy_model"]
    page.goto(f"/annotate?queue={made['queues'][0]['queue']}")
    figure = page.locator(".vp-lb-score .vp-num").first
    expect(figure).to_have_text(re.compile(r"[01]\.\d\d"))
    page.keyboard.press("b")
    expect(figure).to_be_hidden()
    for _ in range(page.locator(".vp-lb-step").count()):
        page.keyboard.press("1")
    expect(page.locator(".vp-lb-submit")).to_contain_text("Submit and continue")


def test_an_admin_makes_a_project_fills_it_by_a_filter_and_sees_how_far_it_is(page, guest):
    admin = guest()
    make_project(admin, "Elsewhere", 3)
    page.goto("/admin")
    expect(
        page.get_by_role("region", name="Waiting for a decision")
        .locator(".vp-status-line, a")
        .locator("visible=true")
        .first
    ).to_be_visible()
    model = page.get_by_role("region", name="How good the reward model is")
    expect(model.get_by_role("link")).to_have_attribute("href", re.compile("/evaluate"))
    page.get_by_role("link", name="New project").click()
    page.get_by_label("Title").fill("From the page")
    page.get_by_label("People for each solution").fill("1")
    page.get_by_role("button", name="Create it, then fill it").click()
    page.get_by_role("heading", name="From the page").wait_for()
    page.goto("/dataset")  # which once called it an import, all of it labelled
    waiting = page.get_by_role("region", name="Waiting for a decision")
    expect(waiting.locator(".vp-status-line, a").locator("visible=true").first).to_be_visible()
    week = page.get_by_role("region", name="Last seven days")
    expect(week).not_to_have_attribute("aria-busy", "true")
    row = page.locator(":is(.vp-dataset-table, .vp-br-table) tbody tr", has_text="From the page")
    expect(row.locator("td").first).to_have_text("project")
    row.get_by_role("link", name="Add solutions: From the page").click()
    page.get_by_role("link", name="Add solutions: From the page").click()
    store = page.get_by_role("region", name="From all that is stored")
    store.get_by_label("Data source").select_option(label="Elsewhere (3)")
    expect(store.get_by_role("status")).to_have_text("3 solutions would be added.")
    chart = store.get_by_role("figure")
    expect(chart).to_contain_text("Steps of each solution; none has scores")
    counts = store.get_by_role("table", name="Solutions by number of steps")
    expect(counts.get_by_role("row", name="4 3", exact=True)).to_have_count(1)
    store.get_by_label("Mean score from").fill("0.9")
    store.get_by_label("Mean score from").press("Tab")
    expect(store.get_by_role("status")).to_have_text("No solution matches.")  # nobody has scored them
    expect(store.get_by_role("button", name="Add", exact=True)).to_be_disabled()
    store.get_by_label("Mean score from").fill("")
    store.get_by_label("Mean score from").press("Tab")
    store.get_by_role("button", name="Add 3").click()
    expect(page.locator(".vp-pp > [role=status]")).to_have_text("3 solutions added.")
    (made,) = (each for each in admin.get("/api/projects")["projects"] if each["title"] == "From the page")
    queue = made["queues"][0]["queue"]
    (waiting,) = (each for each in admin.get("/api/queues")["queues"] if each["queue"] == queue)
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".vp-pp > [role=status]")).to_contain_text("nobody gets anything new")
    assert admin.get(f"/api/queues/{queue}/next")["blocked"]["why"] == "paused"
    page.get_by_role("link", name="Setup").click()
    page.get_by_label("Hidden gold").fill("12")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".vp-pp > [role=status]")).to_have_text("Saved.")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".vp-pp > [role=status]")).to_have_text("The project goes on.")
    (made,) = (each for each in admin.get("/api/projects")["projects"] if each["title"] == "From the page")
    assert (made["options"]["gold_every"], made["options"]["paused"], waiting["paused"]) == (12, False, False)
    page.get_by_role("link", name="Fill").click()
    page.get_by_role("button", name="Remove the 3 not begun").click()
    page.get_by_role("button", name="Remove 3, really?").click()
    expect(page.locator(".vp-pp > [role=status]")).to_contain_text("3 solutions removed from the project.")
    page.get_by_role("link", name="Progress").click()
    expect(page.get_by_role("heading", name="This project is empty")).to_be_visible()
    page.get_by_role("link", name="Projects").click()
    page.get_by_role("link", name="New project").wait_for()
    page.get_by_role("link", name="People").click()
    expect(page.get_by_text("There are no accounts yet")).to_be_visible()


def test_a_file_joins_the_project_that_it_was_chosen_for(page, guest):
    admin = guest()
    queue = admin.post("/api/projects", title="From a lab")["queue"]
    page.goto(f"/admin?project={project_of(admin, 'From a lab')}&part=fill")
    file = {"name": "rows.zip", "mimeType": "application/zip", "buffer": archive("From a lab", 1)}
    page.get_by_role("region", name="Add a file").get_by_label("File", exact=True).set_input_files(file)
    dialog = page.get_by_role("dialog", name="Import")
    expect(dialog).to_contain_text("rows.zip")  # it was chosen once, on the page
    expect(dialog).to_contain_text("To use labelled solutions for the entry quiz or as hidden gold items")
    dialog.get_by_role("button", name="Import 1 solution").click()
    contents = page.get_by_role("table", name="What is in the project")
    expect(contents).to_contain_text("From a lab")
    expect(page.locator(".vp-pp > [role=status]")).to_contain_text("1 solution joined the queue, which has 1 now.")
    expect(page.locator(".vp-dock-job")).to_have_count(0)  # it lay over the buttons below, and said the same
    assert len(admin.get(f"/api/solutions?queue={queue}")["solutions"]) == 1


def test_the_progress_page_names_the_next_thing_and_leads_there(page, guest):
    lead, quick, careful = guest(), guest(), guest()
    queue = make_project(lead, "Followed", 4, overlap=2, review_share=0.5, split_size=4)
    careful.label(queue, (0, 1, 1, -1))
    while (task := quick.get(f"/api/queues/{queue}/next")["task"]) is not None:
        given = [event(task, "label", step=step, value=1) for step in range(4)]
        quick.post("/api/events", events=[*given, event(task, "submit", seconds=0.2)])
    page.goto(f"/admin?project={project_of(lead, 'Followed')}")
    following = page.get_by_role("region", name="Next")
    expect(following.get_by_role("heading")).to_have_text("1 split waits for review")
    expect(following.get_by_role("link", name="4 disagreements to decide")).to_be_visible()
    labels = page.get_by_role("region", name="Labels")
    expect(labels).to_contain_text("8 of 8 labels")
    expect(labels).to_contain_text("8 in the last 24 hours")
    expect(labels).to_contain_text("All labelled")
    page.get_by_role("button", name="Export", exact=True).click()
    dialog = page.get_by_role("dialog", name="Export")
    expect(dialog.get_by_label("Project").locator("option:checked")).to_have_text("Followed")
    expect(dialog.get_by_label("The same on the command line")).to_contain_text("--project")
    dialog.get_by_role("button", name="Cancel").click()
    expect(labels.locator("svg text", has_text="Labels")).to_be_visible()  # what the axis counts
    expect(labels.locator("svg text", has_text="now")).to_be_visible()
    expect(page.get_by_role("region", name="Quality")).to_contain_text("No gold item is labelled yet.")
    page.get_by_role("link", name=f"Solutions that {quick.name} labelled too fast").click()
    expect(page.get_by_role("heading", name=f"4 solutions that {quick.name} labelled too fast")).to_be_visible()
    expect(page.get_by_role("table")).to_contain_text("0.2 s")
    page.go_back()
    following.get_by_role("link", name="Review split 1").press("Enter")
    page.wait_for_url(f"**/review?queue={queue}&split=0*")
    page.goto(f"/dataset?open=export&project={project_of(lead, 'Followed')}")  # where "Export" leads once all is done
    expect(dialog.get_by_label("Project").locator("option:checked")).to_have_text("Followed")
    page.wait_for_url(re.compile("/dataset$"))  # a reload opens nothing


def test_who_failed_the_quiz_is_let_in_again(page, guest):
    """The page told people to ask for it, and nobody could grant it."""
    lead, frank = guest(), guest()
    settled = make_project(lead, "Known", 1)
    queue = make_project(lead, "Behind a quiz", 1, overlap=1, quiz_pass=0.75)
    (known,) = lead.get(f"/api/solutions?queue={settled}")["solutions"]
    project = project_of(lead, "Behind a quiz")
    lead.post(f"/api/projects/{project}/gold", role="quiz", solutions=[{"solution": known["solution"]}])
    frank.label(queue, (1, 1, 1, 1))  # the file says neutral, correct, correct, wrong
    page.goto(f"/admin?project={project}")
    expect(page.get_by_role("heading", name=f"{frank.name} failed the entry quiz")).to_be_visible()
    page.get_by_role("link", name="See the results").click()
    expect(page.get_by_text("2 of 4 steps right, 3 needed")).to_be_visible()
    page.get_by_role("link", name="See the answers").first.click()
    item = page.get_by_role("region", name="Item 1")
    expect(item).to_contain_text("2 of 4 steps right")
    steps = item.get_by_role("listitem")
    expect(steps.nth(0)).to_contain_text(re.compile("Correct.*expected Neutral"))
    expect(steps.nth(1)).to_contain_text(re.compile("Correct.*right"))
    expect(steps.nth(3)).to_contain_text(re.compile("Correct.*expected Wrong"))
    page.get_by_role("button", name=f"Let {frank.name} try again").click()
    expect(page.locator(".vp-pp > [role=status]")).to_contain_text("can take the quiz again, from the beginning.")
    expect(page.locator(".vp-pp")).to_contain_text("Not finished yet.")
    assert frank.label(queue, (0, 1, 1, -1)) == 2


def test_a_guideline_of_a_project_is_edited_and_annotators_see_the_new_version(page, guest):
    admin = guest()
    queue = make_project(admin, "By its own rules", 1, overlap=1)
    page.goto(f"/admin?project={project_of(admin, 'By its own rules')}&part=setup")
    page.get_by_role("link", name="Edit the guideline").click()
    text, preview = page.get_by_label("Text, in Markdown"), page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Errors carried on are Wrong.")
    text.fill("Count the **red** bars twice.")
    expect(preview.locator("strong")).to_have_text("red")
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.locator(".vp-pp > [role=status]")).to_contain_text("Saved as version 2.")
    expect(page.get_by_label("Start from")).to_have_value("2")
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    panel = page.get_by_role("complementary", name="Guideline")
    expect(panel).to_contain_text("The guideline has changed since you last worked here.")
    expect(panel).to_contain_text("Version 2")
    expect(panel).to_contain_text("Count the red bars twice.")


_LOAD_AGAIN = """async ([queue, version]) => {
  const { GuidelinePanel } = await import('/vp/components/label_board/guideline.js');
  if (!window.panel) document.body.append((window.panel = new GuidelinePanel()).node);
  window.panel.isOf(queue, version);
  if (window.panel.node.hidden) window.panel.toggle();
}"""


def test_a_guideline_that_is_loaded_again_is_shown_whole(page, guest):
    """The second load removed what the first had drawn, and drew only what differed from it: less, or nothing."""
    admin = guest()
    queue = make_project(admin, "Loaded again", 1, overlap=1)
    project = project_of(admin, "Loaded again")
    page.goto("/annotate")
    page.locator(".vp-lb").wait_for()
    body = page.get_by_role("complementary", name="Guideline").get_by_role("document")
    based_on = admin.get(f"/api/projects/{project}/guideline")["current"]
    for load, end in enumerate(("Twice.", "Twice.", "Once.")):  # the same text, then one with the same beginning
        text = f"Count the red bars.\n\n{end}"
        based_on = admin.post(f"/api/projects/{project}/guideline", based_on=based_on, text=text)["version"]
        page.evaluate(_LOAD_AGAIN, [queue, str(load)])
        expect(page.get_by_role("complementary", name="Guideline")).to_contain_text(f"Version {based_on}")
        expect(body.locator("p")).to_have_text(["Count the red bars.", end])


def test_a_project_is_deleted_only_after_its_title_is_typed(page, guest):
    admin = guest()
    queue = make_project(admin, "Given up", 1, overlap=1)
    admin.label(queue, (0, 1, 1, -1))
    page.goto(f"/admin?project={project_of(admin, 'Given up')}&part=setup")
    page.get_by_role("button", name="Delete …").press("Enter")
    form = page.get_by_role("form", name="Delete Given up")
    expect(form).to_contain_text("Its 1 solution and the 1 label of one person stay in the store.")
    form.get_by_label("Type its title to confirm").fill("given up")
    expect(form.get_by_role("button", name="Delete it")).to_be_disabled()
    form.get_by_label("Type its title to confirm").fill("Given up")
    form.get_by_role("button", name="Delete it").click()
    page.get_by_role("link", name="New project").wait_for()
    expect(page.get_by_role("link", name="Given up", exact=True)).to_have_count(0)
    assert all(each["title"] != "Given up" for each in admin.get("/api/projects")["projects"])


def test_an_admin_gives_others_what_somebody_holds(page, guest):
    """A solution sent back to somebody who was ill stayed theirs for seven days, and nobody could change that."""
    holder, other = guest(), guest()
    queue = make_project(holder, "Held", 1, overlap=1)
    task = holder.get(f"/api/queues/{queue}/next")["task"]
    page.goto(f"/admin?project={project_of(holder, 'Held')}&part=people")
    release = page.get_by_role("button", name=re.compile("^Give others 1 solution that guest-"))
    release.press("Enter")
    expect(page.locator(".vp-pp > [role=status]")).to_have_text(
        re.compile(r"^1 solution of guest-\S+ can be labelled by others now\.$")
    )
    expect(release).to_have_count(0)
    assert other.get(f"/api/queues/{queue}/next")["task"]["id"] == task["id"]


def project_of(admin, title):
    """The id of the project of this title."""
    (found,) = (each["project"] for each in admin.get("/api/projects")["projects"] if each["title"] == title)
    return found


def test_who_makes_the_first_account_can_open_its_link_right_there(page):
    """The page said "Invite the first admin" beside the invitation, and the link could only be copied."""
    page.goto("/admin?view=people")
    page.get_by_label("Name").fill("ada")
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("link", name="Open", exact=True)).to_have_attribute("href", re.compile("/join#"))
    expect(page.get_by_text("Nobody has joined yet")).to_be_visible()
    expect(page.get_by_text("Invite the first admin")).to_have_count(0)
    page.get_by_role("row").filter(has_text="ada").get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("Invite the first admin")).to_be_visible()
