// The admin page: projects with their progress, people, and the log.

import { openViews } from "../../assets/views.js";
import { log } from "./log.js";
import { people } from "./people.js";
import { projects } from "./projects.js";

/**
 * Gradio's hook.
 * @param {MountContext} context
 */
export function mount({ element }) {
  const views = {
    projects: { title: "Projects", show: projects },
    people: { title: "People", show: people },
    log: { title: "Log", show: log },
  };
  openViews(element, { page: "admin", title: "Admin", views, style: "vp-admin vp-fields" });
}
