"""A killed server, a reload, a second person: nothing that was labelled is lost, nobody sees what is not theirs."""

from playwright.sync_api import expect

from tests.browser.test_story import fill_in, open_explore, sample_and_score


def start_labelling(page):
    open_explore(page)
    fill_in(page, n=2)
    sample_and_score(page)
    page.get_by_role("button", name="Label these").click()
    expect(page.locator(".vp-lb-step").first).to_be_visible()


def test_labels_made_while_the_server_is_dead_arrive_when_it_is_back(page, server):
    start_labelling(page)
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    server.kill()
    page.keyboard.press("3")
    expect(page.locator(".vp-lb-save")).to_contain_text("kept on this device")
    expect(page.locator(".vp-lb-step").nth(1)).to_have_attribute("data-label", "wrong")
    server.start()
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved", timeout=40_000)
    page.reload()
    expect(page.locator(".vp-lb-step").nth(0)).to_have_attribute("data-label", "correct")
    expect(page.locator(".vp-lb-step").nth(1)).to_have_attribute("data-label", "wrong")


def test_another_person_starts_with_a_blank_page(page, browser, server):
    start_labelling(page)
    page.keyboard.press("1")
    expect(page.locator(".vp-lb-save")).to_contain_text("All changes saved")
    stranger = browser.new_context(base_url=server.url)
    other = stranger.new_page()
    other.goto(page.url)
    expect(other.locator(".vp-lb-step").first).to_have_attribute("data-label", "none")
    stranger.close()
