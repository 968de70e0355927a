// The Adjudicate page, for reviewers and admins: the list of disagreements, or the solution that the address names.

import { load as loadMaths } from "../../assets/maths.js";
import { call } from "../../assets/rest.js";
import { openReviewerPage } from "../review_board/reviewer_page.js";
import { Adjudication } from "./adjudication.js";
import { disagreementListScreen, keptQuery } from "./disagreement_list.js";

/** @import { DisagreementPage, QueueList } from "../../assets/api.d.ts" */
/** @import { PageContext, Shown } from "../review_board/reviewer_page.js" */

const MOST = "200"; // solutions that one asks for at once

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export function mount({ element }) {
  loadMaths();
  return openReviewerPage(element, "adjudicate", (query, context) =>
    query.has("id") ? one(query, context) : list(query, context),
  );
}

/**
 * @param {URLSearchParams} query
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
async function list(query, { navigate, said }) {
  const search = searchOf(query);
  if (query.has("after")) search.set("after", query.get("after") ?? "");
  /** @type {Promise<DisagreementPage>} */
  const page = call(`api/disagreements?${search}`);
  /** @type {Promise<QueueList>} */
  const queues = call("api/queues");
  return { node: disagreementListScreen(await page, { queues: (await queues).queues, query, said, navigate }) };
}

/**
 * @param {URLSearchParams} query
 * @param {PageContext} context
 * @returns {Promise<Shown>}
 */
async function one(query, { navigate }) {
  const id = query.get("id") ?? "";
  const search = searchOf(query);
  search.set("limit", MOST);
  /** @type {DisagreementPage} */
  const { solutions } = await call(`api/disagreements?${search}`);
  const known = solutions.some(({ solution }) => solution === id);
  const wanted = known ? solutions : [{ solution: id, decided: true }, ...solutions]; // one that is decided already
  const kept = keptQuery(query);
  const adjudication = new Adjudication(wanted, {
    queue: query.get("queue"),
    leave: (said) => navigate(kept, said),
    remember: (solution) => {
      const here = new URLSearchParams(kept);
      here.set("id", solution);
      history.replaceState(history.state, "", `${location.pathname}?${here}`);
    },
  });
  return { node: adjudication.node, start: () => adjudication.start(id), key: (event) => adjudication.key(event) };
}

/**
 * What the server is asked for.
 * @param {URLSearchParams} query
 */
function searchOf(query) {
  const search = new URLSearchParams();
  if (query.has("queue")) search.set("queue", query.get("queue") ?? "");
  if (query.get("decided") !== "true") search.set("open_only", "true");
  return search;
}
