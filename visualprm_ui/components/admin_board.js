// The admin page: projects with their progress, and people.

import { people } from "./admin_board/people.js";
import { projects } from "./admin_board/projects.js";
import { openViews } from "./views.js";

export function mount({ element }) {
  const views = { projects: { title: "Projects", show: projects }, people: { title: "People", show: people } };
  openViews(element, { page: "admin", title: "Admin", views, style: "vp-admin" });
}
