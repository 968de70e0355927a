"""Text of models and people on the pages: Markdown and LaTeX, nothing hidden, nothing run."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser_team import Guest

CASES = json.loads((Path(__file__).parents[1] / "cases" / "texts.json").read_text(encoding="utf-8"))
WORDS = re.compile(r"[^\W_\u3164]+")  # U+3164 is a letter that nobody sees
_SOURCES = """() => document.fonts.ready.then(() => [...document.querySelectorAll('.vp-lb-step-text')].map((step) => {
  const shown = step.cloneNode(true);
  for (const maths of shown.querySelectorAll('.vp-maths:has(.katex)'))
    maths.replaceWith(maths.querySelector('annotation').textContent);
  return shown.textContent;
}))"""


def queue_of(
    guest: Guest, title: str, question: str, steps: list[str], size: tuple[int, int] = (60, 40), **more: object
) -> str:
    """Make a queue with one solution of these steps; return its id."""
    out, picture = io.BytesIO(), io.BytesIO()
    Image.new("RGB", size, "white").save(picture, "PNG")
    images = [f"images/{number}.png" for number in range(2)]
    row = {"image": images, "question": question, "answer": "1", "policy_model": "somebody", "data_source": "texts"}
    row["response"] = {"steps": steps, "process_correctness": [0] * len(steps)}
    with zipfile.ZipFile(out, "w") as file:
        for image in images:
            file.writestr(image, picture.getvalue())
        file.writestr("test.jsonl", json.dumps({**row, **more}))
    made = guest.post("/api/projects", title=title, options={})
    answer = guest.rest.post(f"/api/projects/{made['project']}/import", content=out.getvalue())
    assert answer.json()["queued"] == 1, answer.text
    return made["queue"]


def open_queue(page: Page, queue: str, formula: bool = True) -> None:
    page.goto(f"/annotate?queue={queue}")
    page.locator(".vp-lb-step").first.wait_for()
    expect(page.locator(".vp-lb-step-text[data-later]")).to_have_count(0)
    if formula:
        page.locator(".vp-lb-step .katex").first.wait_for()


def words(text: str) -> str:
    """The words of a text, without LaTeX's commands, which may be set as signs."""
    return "".join(WORDS.findall(text))


def test_no_word_of_a_text_is_missing_on_the_page(page, guest):
    """Every word that is stored is shown, in its order: formulas by the source that KaTeX read."""
    texts = [*CASES, *(text + tail for text in CASES for tail in (" **b** $x$", "\n\n- item", "\n```"))]
    open_queue(page, queue_of(guest(), "Words", "Which?", texts))
    shown = page.evaluate(_SOURCES)
    assert len(shown) == len(texts)
    missing = [text for text, seen in zip(texts, shown, strict=True) if not _holds(words(seen), text)]
    assert missing == []
    assert page.evaluate("window.pwned") is None
    assert page.locator(".vp-lb-step-text :is(a, img, script, iframe, form)").count() == 0


def _holds(seen: str, text: str) -> bool:
    """Whether all words of a text come in ``seen``, in their order."""
    at = 0
    for word in WORDS.findall(text):
        found = seen.find(word, at)
        if found < 0:
            return False
        at = found + len(word)
    return True


def test_markdown_of_a_step(page, guest):
    steps = [
        "### Step 1\n\n**Bold** and `code`:\n\n| a | $b$ |\n|---|---|\n| 1 | 2 |\n\n```\n1  2\n```",
        "---",
        "2. second\n   - nested\n7. seventh",
        "$x = 25% \\cdot 80 = 30$, \\(\\foo\\) and a\u200bb",
        "It costs $50 and \\(50 < 80\\), so \\boxed{12}.",
        "$\\phantom{a}b$ $\\color{white}{c}$ $\\def\\x{d}\\x$ $e\\hspace{-3em}f$ $\\href{g}{h}$ ![i](https://x.example/j.png)",
    ]
    open_queue(page, queue_of(guest(), "Markdown", "Which?", steps))
    step = page.locator(".vp-lb-step-text")
    expect(step.nth(0).locator(".vp-text-heading")).to_have_text("Step 1")
    expect(step.nth(0).locator("strong")).to_have_text("Bold")
    expect(step.nth(0).locator("td")).to_have_text(["1", "2"])
    expect(step.nth(0).locator("pre")).to_have_text("1  2")
    expect(step.nth(1).locator("hr")).to_have_count(1)
    expect(step.nth(2).locator(".vp-text-mark")).to_have_text(["2.", "•", "7."])
    expect(step.nth(3).locator(".katex-html")).to_have_text("x=25%⋅80=30")
    expect(step.nth(3).locator(".vp-source")).to_have_text("\\(\\foo\\)")
    expect(step.nth(3).locator(".vp-unseen")).to_have_text("U+200B")
    expect(step.nth(4).locator(".katex-html")).to_have_text(["50<80", "12"])
    expect(step.nth(5).locator(".vp-source")).to_have_count(6)  # what would hide something is shown as source


def test_steps_and_answers_name_the_pictures_of_the_problem(page, guest):
    """They were links in questions only: who judges a step had to look for the picture it speaks of."""
    steps = [
        "1. Compare `<image 2>`\n\n| <image_1> | a |\n|---|---|\n| b | <image> |",
        "Final answer: <image2>",
        "<image3>",
    ]
    queue = queue_of(guest(), "Names", "Which is larger?", steps, answer="<image1>")
    open_queue(page, queue, formula=False)
    pressed = [["true", "false"], ["false", "true"]]

    def shows(number: int) -> None:
        for at, tab in enumerate(page.locator(".vp-lb-tab").all()):
            expect(tab).to_have_attribute("aria-pressed", pressed[number - 1][at])

    step = page.locator(".vp-lb-step-text")
    expect(step.get_by_role("button")).to_have_text(["<image 2>", "<image_1>", "<image2>"])
    for at, number in ((0, 2), (1, 1), (2, 2)):
        step.get_by_role("button").nth(at).click()
        shows(number)
    page.locator(".vp-lb-answers summary").click()
    page.locator(".vp-lb-answers").get_by_role("button", name="Show image 1").click()
    shows(1)
    page.locator(".vp-lb-answers").get_by_role("button", name="Show image 2").click()
    shows(2)
    solution = guest().get(f"/api/solutions?queue={queue}")["solutions"][0]["solution"]
    page.goto(f"/dataset?view=solution&id={solution}")
    page.locator(".vp-sv-text").get_by_role("button", name="Show image 2").first.click()
    shows(2)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (720, 450), (844, 390)])
def test_small_windows_show_the_question_or_a_picture(page, guest, width, height):
    """Both at once left a picture of 74 px beside five choices on a phone, two of them cut; at 200 % zoom one of 30 px."""
    hint = "Hint: Please answer the question and provide the correct option letter, e.g., A, B, C, D, at the end."
    asked = "Question: Where does a trip over the whole board begin, if it never moves diagonally?"
    choices = [f"({letter}) Only at a corner or a {letter.lower()} square" for letter in "ABCDE"]
    question = "\n".join([hint, asked, "Choices:", *choices])
    page.set_viewport_size({"width": width, "height": height})
    queue = queue_of(guest(), f"Small {width}", question, ["See <image2>.", "Final answer: C"], answer="C")
    open_queue(page, queue, formula=False)
    tabs = page.get_by_role("group", name="Problem").get_by_role("button")
    expect(tabs).to_have_text(["Question, A–E", "Image 1", "Image 2"])
    if height > 400:  # in lower windows the last choice is cut and the side scrolls
        for choice in page.locator(".vp-lb-option").all():
            expect(choice).to_be_in_viewport(ratio=1)
    page.keyboard.press("i")
    expect(tabs.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".vp-lb-question")).to_be_hidden()
    box = page.locator(".vp-lb-frame:visible").bounding_box()
    assert box["height"] > 0.25 * height
    assert box["width"] > 150
    page.keyboard.press("i")
    page.keyboard.press("i")
    expect(page.locator(".vp-lb-question")).to_be_visible()
    page.locator(".vp-lb-step-text").get_by_role("button", name="Show image 2").click()
    expect(tabs.nth(2)).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("a")  # the reference answer stands with the question
    expect(page.locator(".vp-lb-answers details")).to_have_attribute("open", "")
    expect(page.locator(".vp-lb-answers details b")).to_be_visible()
    expect(page.locator(".vp-lb-choices:visible").first).to_be_in_viewport()
    solution = guest().get(f"/api/solutions?queue={queue}")["solutions"][0]["solution"]
    page.goto(f"/dataset?view=solution&id={solution}")  # here the page scrolls, and the question is whole
    asked = page.locator(".vp-lb-question")
    asked.wait_for()
    assert asked.evaluate("node => node.scrollHeight <= node.clientHeight + 1")


def test_a_fitted_picture_is_not_under_its_buttons(page, guest):
    """They covered the lower right corner of every picture as high as its frame."""
    open_queue(page, queue_of(guest(), "Corner", "Which?", ["A step."], size=(900, 1000)), formula=False)
    page.wait_for_function("document.querySelector('.vp-lb-picture').getBoundingClientRect().width > 100")
    picture = page.locator(".vp-lb-picture:visible").bounding_box()
    bar = page.locator(".vp-lb-zoom-bar:visible").bounding_box()
    assert picture["x"] + picture["width"] <= bar["x"] or picture["y"] + picture["height"] <= bar["y"]
    side = page.locator(".vp-lb-zoom:visible").bounding_box()
    assert picture["height"] > side["height"] - 90


def test_a_question_names_its_pictures_and_keeps_its_choices_in_sight(page, guest):
    question = "Look at <image 2>. " + "It is a long question. " * 120 + "\nA. $\\frac{1}{2}$\nB. <image1>\nC. none"
    open_queue(page, queue_of(guest(), "Choices", question, ["A step.", "Final answer: C"]), formula=False)
    expect(page.locator(".vp-lb-tab").nth(0)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Show image 2").click()
    expect(page.locator(".vp-lb-tab").nth(1)).to_have_attribute("aria-pressed", "true")
    choices = page.get_by_role("list", name="Choices").get_by_role("listitem")
    expect(choices).to_have_count(3)
    for number in range(3):
        expect(choices.nth(number)).to_be_in_viewport(ratio=1)
    choices.nth(1).get_by_role("button", name="Show image 1").click()
    expect(page.locator(".vp-lb-tab").nth(0)).to_have_attribute("aria-pressed", "true")
    expect(choices.nth(2)).to_contain_text("the model’s answer")


_FIRST_FRAMES = """async (scrolls) => {
  const { StepsPane } = await import('/vp/components/label_board/steps_pane.js');
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const host = document.createElement('div');
  host.className = 'vp-host vp-board';
  host.style = 'position: fixed; inset: 0; z-index: 9; overflow: auto';
  document.body.append(host);
  await frame();
  const steps = Array.from({ length: 60 }, (_, at) => at % 3 ? `Step ${at}` : `**Step ${at}** ` + 'of words '.repeat(30));
  host.append(new StepsPane({ steps, options: {} }, { choose() {}, goto() {} }).node);
  const rows = [...host.querySelectorAll('.vp-lb-step')];
  const inSight = () => rows.filter((row) => {
    const { top, bottom } = row.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
  });
  const raw = (row) => row.querySelector('[data-later]') !== null;
  const tops = () => inSight().map((row) => row.getBoundingClientRect().top).join();
  // the pane's own observer, which fills the window, was made before this one: both run before the first paint
  await new Promise((done) => {
    const first = new ResizeObserver(() => done(first.disconnect()));
    first.observe(host.firstElementChild);
  });
  const first = { tops: tops(), raw: inSight().filter(raw).length, later: rows.filter(raw).length };
  if (scrolls) {
    const told = new Promise((done) => host.addEventListener('scroll', done, { once: true }));
    host.scrollTop = host.scrollHeight;
    await told; // a busy browser tells of it frames later
    // its observers may be told a frame later still; the frames after another would take six to come this far
    for (let at = 0; at < 3 && inSight().some(raw); at += 1) await frame();
  } else while (rows.some(raw)) await frame();
  const last = { tops: tops(), raw: inSight().filter(raw).length, text: rows.map((row) => row.textContent).join() };
  host.remove();
  return [first, last];
}"""


def test_texts_in_sight_are_shown_in_the_first_frame_and_do_not_move(page):
    """Those below the window follow in the frames after, or at once where somebody scrolls."""
    page.goto("/annotate")
    page.locator(".vp-lb").wait_for()
    page.set_viewport_size({"width": 1440, "height": 2000})  # more rows than are shown without looking
    page.wait_for_function("innerHeight === 2000")  # the page may learn of it later than we do
    first, last = page.evaluate(_FIRST_FRAMES, False)
    assert first["raw"] == 0
    assert first["later"] > 0
    assert first["tops"] == last["tops"]
    assert all(f"Step {number}" in last["text"] for number in range(60))
    first, last = page.evaluate(_FIRST_FRAMES, True)
    assert first["later"] > 0
    assert last["raw"] == 0


def test_a_list_with_the_names_that_datasets_have_is_as_wide_as_the_page(page, guest):
    """Sources and policies of published rows pushed the labels and the button out of the card."""
    names = {"data_source": "MathVerse_MINI_Vision_Only", "policy_model": "Claude3-5V_Sonnet_20241022_tem07"}
    queue = queue_of(guest(), "Names of datasets", "Which?", ["Because.", "Final answer: 1"] * 9, **names)
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"/dataset?view=browse&queue={queue}")
    row = page.locator(".vp-br-row")
    expect(row).to_contain_text(names["policy_model"])
    assert page.locator(".vp-br-scroll").evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    expect(row.locator("td").last).to_be_in_viewport(ratio=1)
