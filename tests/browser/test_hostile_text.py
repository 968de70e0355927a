"""What one person writes or imports to hold the browser of another, to draw over their page, or to run something in it.

Covers visualprm_ui/assets/rich_text.js, visualprm_ui/assets/marks.js, visualprm_ui/assets/markdown.js,
visualprm_ui/assets/text_blocks.js, visualprm_ui/assets/text_line.js, visualprm_ui/assets/source_text.js,
visualprm_ui/assets/maths.js.
"""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_text import open_queue, queue_of
from tests.support.hostile_texts import BROWSER_TEXTS, COVERING, RUNNING

CPU_SECONDS = 2.0  # of a page's main thread, without a pause

# Shows a text as a step is shown, in a window of its own, and lets its formulas be set.
_SHOW = """async ([text, way]) => {
  const { load } = await import('/vp/assets/maths.js');
  const texts = await import('/vp/assets/rich_text.js');
  await load();
  document.getElementById('probe')?.remove();
  const host = document.createElement('div');
  Object.assign(host, { id: 'probe', className: 'vp-host vp-board' });
  host.style = 'position: relative; width: 600px';
  const node = document.createElement('div');
  node.className = 'vp-lb-step-text';
  host.append(node);
  document.body.append(host);
  texts[way](node, text);
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  await frame();
  await frame();
}"""

# What is drawn outside the text's own place, where nothing around it cuts it off. What is for screen readers alone is not drawn.
_OUTSIDE = """() => {
  const node = document.querySelector('#probe > div');
  const place = node.getBoundingClientRect();
  const found = [];
  for (const each of node.querySelectorAll('.katex-html *, .vp-unseen, p, wbr')) {
    if (each.closest('.vp-maths-display, .vp-maths-long')?.contains(each)) continue;
    const { left, right, top, bottom, width, height } = each.getBoundingClientRect();
    const isOut = left < place.left - 9 || right > place.right + 9 || top < place.top - 9 || bottom > place.bottom + 9;
    if (width && height && isOut) found.push([each.outerHTML.slice(0, 80), left, top, width, height]);
  }
  return found;
}"""


class MainThread:
    """The time that a page's main thread computes, whatever else the machine does."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds(self) -> float:
        found = self._session.send("Performance.getMetrics")["metrics"]
        return next(each["value"] for each in found if each["name"] == "TaskDuration")


@pytest.fixture
def opened(page: Page) -> tuple[Page, MainThread]:
    page.goto("/annotate")
    page.locator(".vp-lb").wait_for()
    return page, MainThread(page)


def test_no_text_holds_a_page(opened):
    """Half a link took seconds, a word of two fonts forty, and powers of powers ended the page's process."""
    page, thread = opened
    page.evaluate(_SHOW, ["$x$", "showText"])
    slow = {}
    for name, text in BROWSER_TEXTS.items():
        for way in ("showText", "showLine"):
            before = thread.seconds()
            page.evaluate(_SHOW, [text, way])
            spent = thread.seconds() - before
            if spent > CPU_SECONDS:
                slow[f"{name}, {way}"] = spent
    assert slow == {}


def test_no_text_is_drawn_over_the_page(opened):
    page, _ = opened
    for name, text in COVERING.items():
        page.evaluate(_SHOW, [text, "showText"])
        assert page.evaluate(_OUTSIDE) == [], name
        tallest = page.evaluate(
            "() => Math.max(0, ...[...document.querySelectorAll('#probe .rule')].map((each) => each.offsetHeight))"
        )
        assert tallest < 200, name


def test_a_text_that_is_too_long_to_be_read_is_shown_as_it_is_stored(opened):
    page, _ = opened
    text = "**a** $x$ \u200b" + "b" * 60_000
    page.evaluate(_SHOW, [text, "showText"])
    shown = page.locator("#probe .vp-source")
    assert shown.evaluate("node => node.textContent") == text.replace("\u200b", "U+200B")
    expect(shown).to_have_attribute("title", "This text is shown as it is stored: it is longer than 50,000 characters.")


@pytest.mark.parametrize("way", ["showText", "showLine"])
def test_a_text_with_more_formulas_than_are_set_is_shown_as_it_is_stored(opened, way):
    """What stands beyond a thousand was read as Markdown: "\\{" lost its backslash, U+202E turned around what follows."""
    page, _ = opened
    text = "$x$ " * 1_000 + r"$\{a\}$ $50\%$ _b_ " + "$y\u202ez$ $\U000f0000$"
    page.evaluate(_SHOW, [text, way])
    shown = page.locator("#probe > div")
    expected = text.replace("\u202e", "U+202E").replace("\U000f0000", "U+F0000")
    assert shown.evaluate("node => node.textContent") == expected
    assert shown.locator("em, .vp-maths").count() == 0
    if way == "showText":
        why = "This text is shown as it is stored: it has more than 1,000 formulas."
        expect(shown.locator(".vp-source")).to_have_attribute("title", why)


def test_nothing_that_was_imported_runs_covers_or_asks_another_host(page, guest):
    """The fixture of the page fails where another host is asked. All pages that show the text of others to a reviewer."""
    admin = guest()
    steps = [RUNNING, *COVERING.values(), _powers(), "Final answer: " + RUNNING]
    queue = queue_of(admin, "<b>Hostile</b>", RUNNING + _powers(), steps, answer=RUNNING)
    (solution,) = admin.get(f"/api/solutions?queue={queue}")["solutions"]
    page.goto(f"/dataset?view=browse&queue={queue}")
    page.locator(".vp-br-row").wait_for()
    _check_written(page)
    page.goto(f"/dataset?view=solution&id={solution['solution']}")
    page.locator(".vp-sv-text").first.wait_for()
    _check_written(page)
    open_queue(page, queue)
    _check_written(page)


def _check_written(page: Page) -> None:
    assert page.evaluate("window.pwned") is None
    written = page.locator(":is(.vp-text, .vp-br-row, .vp-lb-question)")
    assert written.locator(":is(iframe, script, style, form, object, [style*=fixed], [onerror])").count() == 0
    assert page.locator("a[href^='javascript:'], [src*='outside.example'], [href*='outside.example']").count() == 0


def _powers() -> str:
    return BROWSER_TEXTS["powers of powers"]
