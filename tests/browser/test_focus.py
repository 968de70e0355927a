"""Where the keyboard is after a part of a page was drawn anew: it once fell to the page's beginning at every press of a button."""

from playwright.sync_api import expect

from tests.support.browser_team import make_project, settle


def test_a_verdict_leaves_the_keyboard_at_its_button(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "By keyboard", 2, overlap=1, review_share=1.0, split_size=2)
    annotator.label(queue, (0, 1, 1, 1))
    page.goto(f"/dataset?view=splits&queue={queue}&split=0")
    buttons = page.get_by_role("button", name="Right", exact=True)
    for row in (0, 1):
        buttons.nth(row).press("Enter")
        expect(page.get_by_text(f"{row + 1} of 2 judged")).to_be_visible()
        expect(buttons.nth(row)).to_be_focused()
    accept = page.get_by_role("button", name="Accept the split")
    accept.press("Enter")
    expect(accept).to_be_hidden()
    expect(page.get_by_role("heading", name="Dataset")).to_be_focused()  # nothing took the button's place


def test_a_key_held_down_judges_one_solution_only(page, guest):
    admin, annotator = guest(), guest()
    queue = make_project(admin, "Held down", 3, overlap=1, review_share=1.0, split_size=3)
    annotator.label(queue, (0, 1, 1, 1))
    page.goto(f"/dataset?view=splits&queue={queue}&split=0")
    page.get_by_role("link", name="Open").first.click()
    way = page.get_by_role("navigation", name="Way through the list")
    way.get_by_role("button", name="Right").focus()
    page.keyboard.down("Enter")
    expect(way).to_contain_text("1 of 3 judged")
    expect(way.get_by_role("button", name="Right")).to_be_focused()
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    page.keyboard.down("Enter")  # as a keyboard repeats it
    settle(page)
    assert [url for url in sent if "verdicts" in url] == []
    expect(way).to_contain_text("1 of 3 judged")
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(way).to_contain_text("2 of 3 judged")


def test_a_filter_keeps_the_keyboard_when_the_list_behind_it_changes(page, guest):
    queue = make_project(guest(), "Filtered", 1)
    page.goto(f"/dataset?view=browse&queue={queue}")
    choice = page.get_by_label("Sort")
    choice.focus()
    choice.select_option(label="Most steps")
    page.wait_for_url("**sort=-steps**")
    expect(page.locator(".vp-br-row")).to_have_count(1)
    expect(choice).to_be_focused()


def test_a_saved_card_keeps_the_keyboard_and_only_what_was_changed_is_saved(page, guest):
    """Saving rounded the percentages that nobody had touched, and an emptied field turned the review off."""
    admin = guest()
    make_project(admin, "Before it", 1)
    make_project(admin, "Exact", 1, review_share=0.125, quiz_pass=0.755, evaluation_share=0.005, overlap=50)
    make_project(admin, "After it", 1)

    def options():
        return next(each["options"] for each in admin.get("/api/projects")["projects"] if each["title"] == "Exact")

    before = options()
    page.goto("/admin")
    card = page.get_by_role("region", name="Exact")
    folded, said = card.locator("summary", has_text="Settings"), card.locator("> .vp-status-line")
    save, review = card.get_by_role("button", name="Save"), card.get_by_label("Reviewed of each split, %")
    folded.click()
    expect(review).to_have_value("12.5")
    save.press("Enter")
    expect(said).to_have_text("Saved.")
    expect(folded).to_be_focused()  # the card is drawn anew, its settings folded away again
    assert options() == before

    folded.press("Enter")
    review.fill("")
    save.click()
    expect(card.get_by_text("this cannot be empty")).to_be_visible()
    expect(said).not_to_have_text("Saved.")
    assert options() == before

    review.fill("7")
    review.press("Enter")
    expect(said).to_have_text("Saved.")
    assert options() == {**before, "review_share": 0.07}
