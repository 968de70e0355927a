// The links of the pages where the window is too narrow for all of them: they scroll sideways. The present page's is in
// sight, and a fading edge says that there are more.

/**
 * @param {HTMLElement} nav
 * @param {HTMLElement[]} links
 */
export function keepInSight(nav, links) {
  const mark = () => {
    const end = nav.scrollWidth - nav.clientWidth;
    nav.toggleAttribute("data-before", nav.scrollLeft > 1);
    nav.toggleAttribute("data-after", nav.scrollLeft < end - 1);
  };
  const show = () => {
    const present = links.find((link) => link.getAttribute("aria-current") === "page");
    if (present) nav.scrollLeft = present.offsetLeft - nav.offsetLeft - (nav.clientWidth - present.offsetWidth) / 2;
    mark();
  };
  // links come and grow: by the role of who is here, and with what waits for them
  const sizes = new ResizeObserver(show);
  for (const each of [nav, ...links]) sizes.observe(each);
  nav.addEventListener("scroll", mark, { passive: true });
}
