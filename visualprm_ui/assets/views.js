// A page of several views, each asking REST for what it shows. The view, and what it looks at, stand in the address: a reload and the
// browser's way back show the same. Knows no view.

import { el, setAttr } from "./dom.js";
import { keepFocus } from "./focus.js";
import { address } from "./rest.js";

/**
 * Fills a component with a heading, tabs and the view that the address names. `views`: name -> {title, show(query, again)}, the first
 * one being the page's usual view; one without a title has no tab and is reached by links. `show` resolves to a node; `again()` shows
 * the view anew. An answer that comes after another view was asked for is dropped.
 */
export function openViews(element, { page, title, views, style = "" }) {
  const names = Object.keys(views);
  const titled = names.filter((name) => views[name].title);
  const tabs = el(
    "nav",
    { class: "vp-dataset-tabs", "aria-label": title },
    ...(titled.length > 1
      ? titled.map((name) =>
          el("a", { href: address(`${page}?view=${name}`), "data-view": name, text: views[name].title }),
        )
      : []),
  );
  const content = el("div", {}, el("p", { class: "vp-dataset-loading", role: "status", text: "Loading…" }));
  const root = element.querySelector(".vp-root");
  const heading = el("h1", { text: title });
  root.replaceChildren(el("div", { class: `vp-dataset ${style}` }, heading, tabs, content));
  const replaceContent = keepFocus(content, heading);
  let latest = 0;
  const open = async () => {
    const id = ++latest;
    const query = new URLSearchParams(location.search);
    const name = names.includes(query.get("view")) ? query.get("view") : names[0];
    for (const link of tabs.children) {
      setAttr(link, "aria-current", link.dataset.view === name ? "page" : null);
      if (link.dataset.view === name) link.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    setAttr(content, "aria-busy", "true");
    const node = await views[name]
      .show(query, open)
      .catch((error) => el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: error.message }));
    if (id !== latest) return;
    replaceContent(node);
    setAttr(content, "aria-busy", null);
  };
  // links inside the page change the view without loading it anew
  root.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    await open();
    window.scrollTo(0, 0);
  });
  // the button that a verdict leaves the focus on belongs to the next solution then: held down, Enter must not judge one after the other
  root.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
  });
  window.addEventListener("popstate", () => element.isConnected && open());
  open();
}
