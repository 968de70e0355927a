// The dataset page: what is labelled, and for reviewers what people say of it.

import { load as loadMaths } from "../assets/maths.js";
import { call } from "../assets/rest.js";
import { agreement } from "./dataset_board/agreement.js";
import { browse } from "./dataset_board/browse.js";
import { disagreements } from "./dataset_board/disagreements.js";
import { overview } from "./dataset_board/overview.js";
import { solution } from "./dataset_board/solution.js";
import { splits } from "./dataset_board/splits.js";
import { openViews } from "./views.js";

export async function mount({ element }) {
  loadMaths();
  const { role } = await call("api/status").catch(() => ({ role: null }));
  openViews(element, { page: "dataset", title: "Dataset", views: viewsOf(role) });
}

/** What a role may look at. */
function viewsOf(role) {
  const isAdmin = role === "admin";
  const forAll = { overview: { title: "Overview", show: async () => overview(await call("api/dataset"), isAdmin) } };
  if (!isAdmin && role !== "reviewer") return forAll;
  return {
    ...forAll,
    browse: { title: "Browse", show: browse },
    disagreements: { title: "Disagreements", show: disagreements },
    agreement: { title: "Agreement", show: agreement },
    splits: { title: "Review", show: splits },
    solution: { show: (query, again) => solution(query, again, isAdmin) },
  };
}
