// The views of the list of solutions: ours, and those that a person saved. A view is a name for filters and an order.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { changed, listQuery, OUR_VIEWS } from "./browse_query.js";
import { listLink } from "./list_link.js";

/** @import { Reload } from "../../assets/views.js" */
/** @import { SavedViews } from "./saved_views.js" */

/**
 * Returns the views, and the way to save what is looked at.
 * @param {SavedViews} views
 * @param {URLSearchParams} query
 * @param {Reload} reload
 */
export function viewBar(views, query, reload) {
  const now = listQuery(query).toString();
  const own = views.list();
  const links = [...OUR_VIEWS, ...own].map(([name, filters]) => {
    const list = listQuery(new URLSearchParams(filters));
    return listLink(list, el("span", { dir: "auto", text: name }), {
      "aria-current": list.toString() === now ? "true" : null,
    });
  });
  const isSaved = own.find(([, filters]) => listQuery(new URLSearchParams(filters)).toString() === now);
  return el(
    "div",
    { class: "vp-br-views" },
    el("nav", { class: "vp-br-segments", "aria-label": "Views" }, ...links),
    isSaved ? removal(views, isSaved[0], reload) : saving(views, query, reload),
  );
}

/**
 * @param {SavedViews} views
 * @param {string} name
 * @param {Reload} reload
 */
function removal(views, name, reload) {
  const remove = () => {
    views.remove(name);
    reload();
  };
  return el("button", { type: "button", class: "vp-btn vp-btn-quiet", onclick: remove }, icon("trash"), "Remove view");
}

/**
 * @param {SavedViews} views
 * @param {URLSearchParams} query
 * @param {Reload} reload
 */
function saving(views, query, reload) {
  const name = el("input", {
    type: "text",
    required: true,
    maxlength: "60",
    "aria-label": "Name of the view",
    dir: "auto",
  });
  const status = el("p", { class: "vp-status-line", role: "status" });
  const form = el(
    "form",
    { class: "vp-chip-list vp-br-saving vp-fields" },
    name,
    el("button", { type: "submit", class: "vp-btn vp-btn-primary", text: "Save" }),
    el("p", {
      class: "vp-dataset-note",
      text: "Saved in this browser only. To show it to others, send them the link of this page.",
    }),
    status,
  );
  const node = el(
    "details",
    { class: "vp-chip-box" },
    el("summary", { class: "vp-btn vp-btn-quiet" }, icon("star"), "Save view"),
    form,
  );
  node.addEventListener("toggle", () => node.open && name.focus());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const why = views.save(name.value.trim(), changed(query, {}).toString());
    setText(status, why);
    if (!why) reload();
  });
  return node;
}
