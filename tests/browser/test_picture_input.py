"""The pictures of Explore: several or none, bad files, uploads that are on their way, pictures of another world."""

import base64
import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_story import EXAMPLES, PROBLEM, open_explore, sample_and_score
from tests.support.accessibility import violations
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
    expect(page.locator(".vp-pic-note")).to_contain_text("still being uploaded")
    page.get_by_label("Question").press("Shift+Enter")
    settle(page)
    held.pop().continue_()
    expect(page.locator(".vp-pic-image")).to_have_attribute("width", "300")
    expect(page.locator(".vp-pic-note")).to_be_hidden()
    sample_and_score(page)
    assert len(runs(page)) == before + 1


def test_a_picture_of_another_world_is_said_to_be_one_before_the_run(page):
    """Fluent nonsense in confident colours is the worst an embedded model can do: the page must say it, with the way out."""
    stream = io.BytesIO()
    Image.effect_noise((320, 320), 90).convert("RGB").save(stream, "PNG")
    open_explore(page)
    page.get_by_label("Question").fill(PROBLEM["question"])
    page.locator("#vp-picture input[type=file]").set_input_files(EXAMPLES / PROBLEM["image"])
    said = page.locator(".vp-pic-said")
    expect(said).to_be_hidden()
    page.locator("#vp-picture input[type=file]").set_input_files(
        {"name": "noise.png", "mimeType": "image/png", "buffer": stream.getvalue()}
    )
    expect(said).to_contain_text("The loaded models were not trained on anything like this")
    expect(said).to_contain_text("this picture does not look like one of them")
    assert [each for each in violations(page) if "vp-pic" in each] == []
    said.get_by_role("button", name="Load a model").click()
    expect(page.locator("details.vp-models")).to_have_attribute("open", "")
    expect(page.locator("details.vp-models summary")).to_be_focused()
    page.get_by_label("Question").fill("Who painted this masterpiece in Florence?")
    sample_and_score(page)
    banner = page.locator(".vp-banner").locator("visible=true")
    expect(banner).to_contain_text("the question uses words they never saw")
    expect(banner).not_to_contain_text("--")
    expect(banner.get_by_role("button", name="Load a model")).to_be_visible()


PICTURES = [EXAMPLES / "images" / f"0000{number}.png" for number in ("09", "12", "50")]
# drops or pastes files on the page, as the browser tells of it
GIVE = """([kind, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files)
    data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name, { type: "image/png" }));
  const event = kind === "drop" ? new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


def give(page: Page, kind: str, *paths: Path) -> None:
    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    page.evaluate(GIVE, [kind, files])


def thumbnails(page: Page) -> Locator:
    return page.locator(".vp-pic-thumb")


def order(page: Page) -> list[str]:
    return [image.get_attribute("src") for image in page.locator(".vp-pic-thumb img").all()]


def test_a_question_takes_several_pictures_and_brings_them_back(page):
    open_explore(page)
    page.locator("#vp-picture input[type=file]").set_input_files(PICTURES)
    expect(thumbnails(page)).to_have_count(3)
    page.get_by_label("Question").fill("Which shapes are in <image 2>, and which in <image 3>?")
    assert [each for each in violations(page) if "vp-pic" in each] == []
    first = order(page)
    sample_and_score(page)
    header = page.locator(".vp-run-header")
    expect(header.locator(".vp-run-pictures img")).to_have_count(3)
    with page.expect_popup() as opened:
        header.get_by_role("button", name="Show image 2").click()
    hashes = page.request.get(f"/api/runs/{page.locator('.vp-board').get_attribute('data-run')}").json()["images"]
    assert hashes[1] in opened.value.url
    opened.value.close()
    expect(page.locator(".vp-board")).not_to_have_attribute("data-outdated", "")

    page.locator(".vp-pic-thumb").nth(1).click()
    page.get_by_label("Move the image forward").click()
    assert order(page) == [first[1], first[0], first[2]]
    expect(page.locator(".vp-board")).to_have_attribute("data-outdated", "")  # another order is another question
    page.get_by_role("button", name="Bring its question back").click()
    expect(page.locator(".vp-board")).not_to_have_attribute("data-outdated", "")
    assert order(page) == first
    page.reload()
    page.locator(".vp-board[data-state=done]").wait_for()
    assert order(page) == first


def test_pictures_are_ordered_and_removed_by_keyboard(page):
    open_explore(page)
    page.locator("#vp-picture input[type=file]").set_input_files(PICTURES)
    expect(thumbnails(page)).to_have_count(3)
    first = order(page)
    thumbnails(page).nth(0).focus()
    page.keyboard.press("Enter")
    page.get_by_label("Move the image back").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert order(page) == [first[1], first[2], first[0]]
    expect(page.get_by_label("Move the image forward")).to_be_focused()  # no further back
    page.keyboard.press("Tab")  # over the button that does nothing now
    page.keyboard.press("Tab")
    expect(page.get_by_label("Remove the image")).to_be_focused()
    page.keyboard.press("Enter")
    assert order(page) == [first[1], first[2]]
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator(".vp-pic-drop")).to_be_visible()
    expect(page.get_by_role("button", name="Choose files", exact=True)).to_be_focused()


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_dropped_pictures_take_the_place_of_the_only_one_and_both_can_be_kept(page, kind):
    open_explore(page)
    give(page, kind, PICTURES[0])
    image = page.locator(".vp-pic-image")
    expect(image).to_be_visible()
    before = image.get_attribute("src")
    give(page, kind, PICTURES[1])
    expect(image).not_to_have_attribute("src", before)
    expect(thumbnails(page)).to_have_count(0)
    page.get_by_role("button", name="Keep both").click()
    expect(thumbnails(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Keep both")).to_be_hidden()
    give(page, kind, PICTURES[2])  # of several: one more
    expect(thumbnails(page)).to_have_count(3)
    page.get_by_label("Remove the image").click()
    give(page, kind, PICTURES[2], PICTURES[1])  # the second is there already
    expect(thumbnails(page)).to_have_count(3)


def test_a_question_takes_no_more_pictures_than_it_may(page):
    open_explore(page)
    files = []
    for number in range(9):
        stream = io.BytesIO()
        Image.new("RGB", (30, 20 + number), "red").save(stream, "PNG")
        files.append({"name": f"{number}.png", "mimeType": "image/png", "buffer": stream.getvalue()})
    page.locator("#vp-picture input[type=file]").set_input_files(files)
    expect(thumbnails(page)).to_have_count(8)
    expect(page.locator(".vp-pic-error")).to_have_text("A question takes up to 8 images.")
    expect(page.get_by_role("button", name="Another")).to_be_disabled()
