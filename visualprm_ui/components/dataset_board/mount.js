// The dataset page: what is labelled, and for reviewers what people say of it.

import { load as loadMaths } from "../../assets/maths.js";
import { address, call } from "../../assets/rest.js";
import { openViews } from "../../assets/views.js";
import { homeTiles } from "../admin_board/home_tiles.js";
import { transferButtons } from "../transfer_panel/buttons.js";
import { agreement } from "./agreement.js";
import { browse } from "./browse.js";
import { movedTo } from "./moved_views.js";
import { overview } from "./overview.js";
import { solution } from "./solution.js";

/** @import { Reload, View } from "../../assets/views.js" */

/** @import { DatasetSummary, Project, Status } from "../../assets/api.d.ts" */

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export async function mount({ element }) {
  const moved = movedTo(new URLSearchParams(location.search));
  if (moved) {
    location.replace(address(moved));
    return;
  }
  loadMaths();
  /** @type {Status | null} */
  const status = await call("api/status").catch(() => null);
  const role = status?.role ?? null;
  /** @type {Reload} */
  let reload = async () => {};
  const actions = role === "admin" ? transferButtons(() => reload()) : [];
  reload = openViews(element, { page: "dataset", title: "Dataset", views: viewsOf(status), actions });
  if (role === "admin") await openWanted();
}

/** Opens the dialog that the address asks for, once: a reload shows the page alone. */
async function openWanted() {
  const query = new URLSearchParams(location.search);
  if (query.get("open") !== "export") return;
  const project = query.get("project") ?? "";
  for (const name of ["open", "project"]) query.delete(name);
  history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
  const { openExport } = await import("../export_panel/dialog.js");
  await openExport(null, project);
}

/**
 * Returns what a role may look at.
 * @param {Status | null} status
 * @returns {Record<string, View>}
 */
function viewsOf(status) {
  const role = status?.role ?? null;
  const isAdmin = role === "admin";
  const showOverview = async () => {
    /** @type {DatasetSummary} */
    const summary = await call("api/dataset");
    if (!isAdmin && role !== "reviewer") return overview(summary, false, null);
    /** @type {{ projects: Project[] } | null} */
    const list = isAdmin ? await call("api/projects") : null;
    return overview(summary, isAdmin, homeTiles(list?.projects ?? null));
  };
  const forAll = { overview: { title: "Overview", show: showOverview } };
  if (!isAdmin && role !== "reviewer") return forAll;
  return {
    ...forAll,
    browse: { title: "Browse", show: (query, reload) => browse(query, reload, status) },
    agreement: { title: "Agreement", show: agreement },
    solution: { show: (query) => solution(query, isAdmin) },
  };
}
