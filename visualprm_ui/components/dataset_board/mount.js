// The dataset page: what is labelled, and for reviewers what people say of it.

import { load as loadMaths } from "../../assets/maths.js";
import { call } from "../../assets/rest.js";
import { openViews } from "../../assets/views.js";
import { agreement } from "./agreement.js";
import { browse } from "./browse.js";
import { disagreements } from "./disagreements.js";
import { overview } from "./overview.js";
import { solution } from "./solution.js";
import { splits } from "./splits.js";

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
    solution: { show: (query, reload) => solution(query, reload, isAdmin) },
  };
}
