// The dataset page: a shell with views that each ask REST for what they show. The view, and what it looks at, stand in the address.

import { el, setAttr } from "../assets/dom.js";
import { load as loadMaths } from "../assets/maths.js";
import { address, call } from "../assets/rest.js";
import { agreement } from "./dataset_board/agreement.js";
import { disagreements } from "./dataset_board/disagreements.js";
import { overview } from "./dataset_board/overview.js";
import { solution } from "./dataset_board/solution.js";
import { browse } from "./dataset_board/browse.js";
import { splits } from "./dataset_board/splits.js";

const REVIEWERS = new Set(["reviewer", "admin"]);

/** name -> {title, reviewers only, show(query, role) resolves to a node}. Views without a title are reached from others. */
const VIEWS = {
  overview: { title: "Overview", show: async (query, role) => overview(await call("api/dataset"), role === "admin") },
  browse: { title: "Browse", reviewers: true, show: browse },
  disagreements: { title: "Disagreements", reviewers: true, show: disagreements },
  agreement: { title: "Agreement", reviewers: true, show: agreement },
  splits: { title: "Review", reviewers: true, show: splits },
  solution: { reviewers: true, show: solution },
};

export async function mount({ element }) {
  const root = element.querySelector(".vp-root");
  loadMaths();
  const { role } = await call("api/status").catch(() => ({ role: null }));
  const tabs = el("nav", { class: "vp-dataset-tabs", "aria-label": "Dataset" });
  const place = el("div", { class: "vp-dataset-place" });
  root.replaceChildren(el("div", { class: "vp-dataset" }, el("h1", { text: "Dataset" }), tabs, place));
  let turn = 0;
  const open = async () => {
    const query = new URLSearchParams(location.search);
    const name = VIEWS[query.get("view")] ? query.get("view") : "overview";
    for (const link of tabs.children) setAttr(link, "aria-current", link.dataset.view === name ? "page" : null);
    const mine = ++turn;
    place.replaceChildren(el("p", { class: "vp-dataset-wait", role: "status", text: "Loading…" }));
    try {
      const node = await VIEWS[name].show(query, role);
      if (mine === turn) place.replaceChildren(node);
    } catch (error) {
      if (mine === turn) place.replaceChildren(el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: error.message }));
    }
  };
  // links inside the page change the view without loading it anew
  root.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    open();
    window.scrollTo(0, 0);
  });
  window.addEventListener("popstate", () => element.isConnected && open());
  tabs.append(...tabLinks(role));
  open();
}

/** The tabs of a role; who may not review sees the overview alone. */
function tabLinks(role) {
  const shown = Object.entries(VIEWS).filter(([, view]) => view.title && (!view.reviewers || REVIEWERS.has(role)));
  return shown.length > 1 ? shown.map(([name, { title }]) => el("a", { href: address(`dataset?view=${name}`), "data-view": name, text: title })) : [];
}
