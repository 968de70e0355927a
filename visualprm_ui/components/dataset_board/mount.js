// The dataset page: what is labelled, and for reviewers what people say of it.

import { load as loadMaths } from "../../assets/maths.js";
import { call } from "../../assets/rest.js";
import { openViews } from "../../assets/views.js";
import { transferButtons } from "../transfer_panel/buttons.js";
import { agreement } from "./agreement.js";
import { browse } from "./browse.js";
import { disagreements } from "./disagreements.js";
import { overview } from "./overview.js";
import { solution } from "./solution.js";
import { splits } from "./splits.js";

/** @import { Reload, View } from "../../assets/views.js" */

/** @import { DatasetSummary, Status } from "../../assets/api.d.ts" */

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export async function mount({ element }) {
  loadMaths();
  /** @type {Status | null} */
  const status = await call("api/status").catch(() => null);
  const role = status?.role ?? null;
  /** @type {Reload} */
  let reload = async () => {};
  const actions = role === "admin" ? transferButtons(() => reload()) : [];
  reload = openViews(element, { page: "dataset", title: "Dataset", views: viewsOf(status), actions });
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
    return overview(summary, isAdmin);
  };
  const forAll = { overview: { title: "Overview", show: showOverview } };
  if (!isAdmin && role !== "reviewer") return forAll;
  return {
    ...forAll,
    browse: { title: "Browse", show: (query, reload) => browse(query, reload, status) },
    disagreements: { title: "Disagreements", show: disagreements },
    agreement: { title: "Agreement", show: agreement },
    splits: { title: "Review", show: splits },
    solution: { show: (query, reload) => solution(query, reload, isAdmin) },
  };
}
