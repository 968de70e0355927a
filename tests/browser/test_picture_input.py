"""The picture of Explore: bad files, uploads that are on their way, pictures of another world."""

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.test_story import EXAMPLES, PROBLEM, open_explore, sample_and_score
from tests.support.browser_team import runs, settle


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("text.png", b"not a picture at all", "picture|image"),
        ("vector.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "SVG|PNG"),
        ("cut.png", (EXAMPLES / PROBLEM["image"]).read_bytes()[:700], "cut|damaged|incomplete|truncated|broken"),
    ],
)
def test_a_bad_upload_is_explained_and_the_picture_before_it_stays(page, name, data, says):
    open_explore(page)
    field = page.locator("#vp-picture input[type=file]")
    field.set_input_files(EXAMPLES / PROBLEM["image"])
    expect(page.locator(".vp-pic-image")).to_be_visible()
    field.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
    expect(page.locator(".vp-pic-error")).to_have_text(re.compile(says, re.IGNORECASE))
    expect(page.locator(".vp-pic-image")).to_be_visible()


def hold_uploads(page: Page) -> list:
    """Keep uploads on their way until their route, in the list given, goes on."""
    held: list = []
    page.route("**/api/images", lambda route: held.append(route))
    return held


def upload_a_red_picture(page: Page) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(stream, "PNG")
    file = {"name": "red.png", "mimeType": "image/png", "buffer": stream.getvalue()}
    page.locator("#vp-picture input[type=file]").set_input_files(file)
    expect(page.locator(".vp-pic")).to_have_attribute("aria-busy", "true")


def test_a_problem_chosen_while_an_image_is_on_its_way_keeps_its_own(page):
    """The upload landed under the example's question: its reference answer was another picture's."""
    open_explore(page)
    hold_uploads(page)
    for _ in range(2):  # the second time the same picture is shown already, which Gradio calls no change
        upload_a_red_picture(page)
        with page.expect_event("requestfailed"):  # it is given up, so that it cannot land later
            page.locator(".vp-example").first.click()
        expect(page.locator(".vp-pic")).not_to_have_attribute("aria-busy", "true")
        expect(page.locator(".vp-pic-image")).to_be_visible()
        expect(page.get_by_label("Question")).not_to_have_value("")
    assert page.locator(".vp-pic-image").get_attribute("width") != "300"
    page.unroute_all(behavior="ignoreErrors")


def test_no_run_starts_with_the_image_before_the_one_that_is_on_its_way(page):
    open_explore(page)
    page.locator(".vp-example").first.click()
    page.locator(".vp-board[data-state=done]").wait_for()
    held = hold_uploads(page)
    upload_a_red_picture(page)
    before = len(runs(page))
    sample = page.get_by_role("button", name="Sample & score")
    expect(sample).to_have_attribute("aria-disabled", "true")
    sample.click(force=True)
    expect(page.locator(".vp-pic-note")).to_contain_text("still on its way")
    page.get_by_label("Question").press("Shift+Enter")
    settle(page)
    held.pop().continue_()
    expect(page.locator(".vp-pic-image")).to_have_attribute("width", "300")
    expect(page.locator(".vp-pic-note")).to_be_hidden()
    sample_and_score(page)
    assert len(runs(page)) == before + 1


def test_a_picture_of_another_world_is_said_to_be_one(page):
    """Fluent nonsense in confident colours is the worst an embedded model can do: the page must say it."""
    stream = io.BytesIO()
    Image.effect_noise((320, 320), 90).convert("RGB").save(stream, "PNG")
    open_explore(page)
    page.locator("#vp-picture input[type=file]").set_input_files(
        {"name": "noise.png", "mimeType": "image/png", "buffer": stream.getvalue()}
    )
    expect(page.locator(".vp-pic-image")).to_be_visible()
    page.get_by_label("Question").fill("Who painted this masterpiece in Florence?")
    sample_and_score(page)
    expect(page.locator(".vp-banner").locator("visible=true")).to_contain_text("--reward-model")
