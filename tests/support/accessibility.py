"""What axe finds on a page, in both themes."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

WCAG = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}

# Colours change over a fifth of a second, and what scrolls gets its tab stop when a frame is laid out.
_SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  const changes = document.getAnimations().filter((each) => each instanceof CSSTransition);
  await Promise.all(changes.map((each) => each.finished.catch(() => null)));
}"""


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands: everything in the light theme, contrast alone, all that differs, in the dark one."""
    found = []
    for theme, rules in (("light", WCAG), ("dark", CONTRAST)):
        page.wait_for_function("window.VPTheme")
        page.evaluate("(theme) => VPTheme.set(theme)", theme)
        page.evaluate(_SETTLED)
        for each in Axe().run(page, options={"runOnly": rules}).response["violations"]:
            found.append(f"{theme}: {each['id']}: {each['nodes'][0]['html'][:200]}")
    return found
