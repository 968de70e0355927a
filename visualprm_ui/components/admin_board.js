// The admin page: projects with their progress, and people. Each view asks REST for what it shows and says what went wrong in place.

import { el, setAttr } from "../assets/dom.js";
import { address } from "../assets/rest.js";
import { people } from "./admin_board/people.js";
import { projects } from "./admin_board/projects.js";

const VIEWS = { projects: { title: "Projects", show: projects }, people: { title: "People", show: people } };

export async function mount({ element }) {
  const root = element.querySelector(".vp-root");
  const tabs = el("nav", { class: "vp-dataset-tabs", "aria-label": "Admin" },
    ...Object.entries(VIEWS).map(([name, { title }]) => el("a", { href: address(`admin?view=${name}`), "data-view": name, text: title })));
  const place = el("div", { class: "vp-dataset-place" });
  root.replaceChildren(el("div", { class: "vp-dataset vp-admin" }, el("h1", { text: "Admin" }), tabs, place));
  let turn = 0;
  const open = async () => {
    const mine = ++turn;
    const asked = new URLSearchParams(location.search).get("view");
    const name = VIEWS[asked] ? asked : "projects";
    for (const link of tabs.children) setAttr(link, "aria-current", link.dataset.view === name ? "page" : null);
    let node;
    try {
      node = await VIEWS[name].show(open);
    } catch (error) {
      node = el("p", { class: "vp-banner vp-banner-bad", role: "alert", text: error.message });
    }
    if (mine === turn) place.replaceChildren(node);
  };
  tabs.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-view]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    history.pushState(null, "", link.href);
    open();
  });
  window.addEventListener("popstate", () => element.isConnected && open());
  open();
}
