"""Where the keyboard is after a part of a page was drawn anew: it once fell to the page's beginning at every press of a button."""

from playwright.sync_api import expect

from tests.support.browser_team import make_project


def test_a_filter_keeps_the_keyboard_when_the_list_behind_it_changes(page, guest):
    queue = make_project(guest(), "Filtered", 1)
    page.goto(f"/dataset?view=browse&queue={queue}")
    choice = page.get_by_label("Sort")
    choice.focus()
    choice.select_option(label="Most steps")
    page.wait_for_url("**sort=-steps**")
    expect(page.locator(".vp-br-row")).to_have_count(1)
    expect(choice).to_be_focused()


def test_saved_settings_keep_the_keyboard_and_only_what_was_changed_is_saved(page, guest):
    """Saving rounded the percentages that nobody had touched, and an emptied field turned the review off."""
    admin = guest()
    make_project(admin, "Exact", 1, review_share=0.125, quiz_pass=0.755, evaluation_share=0.005, overlap=50)

    def shown():
        return next(each for each in admin.get("/api/projects")["projects"] if each["title"] == "Exact")

    before = shown()["options"]
    page.goto(f"/admin?project={shown()['project']}&part=setup")
    said, title = page.locator(".vp-pp > [role=status]"), page.get_by_label("Title")
    save, review = page.get_by_role("button", name="Save"), page.get_by_label("Review", exact=False).first
    expect(review).to_have_value("12.5")
    save.press("Enter")
    expect(said).to_have_text("Saved.")
    expect(save).to_be_focused()  # the page is drawn anew
    assert shown()["options"] == before

    review.fill("")
    save.click()
    expect(page.get_by_text("this cannot be empty")).to_be_visible()
    assert shown()["options"] == before

    review.fill("7")
    title.fill("More exact")
    title.press("Enter")
    expect(page.get_by_role("heading", name="More exact")).to_be_visible()
    found = next(each for each in admin.get("/api/projects")["projects"] if each["title"] == "More exact")
    assert found["options"] == {**before, "review_share": 0.07}
