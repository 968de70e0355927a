// The members of a project, and whether they alone find and label it.

import { el, setChildren, setText, show } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { call, errorText } from "../../assets/rest.js";
import { actionButton, field, patch, post, remove, statusLine } from "./actions.js";
import { FLAGS } from "./project_options.js";

/** @import { MemberList, PeopleList, Project } from "../../assets/api.d.ts" */

const ALONE = "Nobody but reviewers and admins finds this project until it has members.";
const EVERYBODY = "Everybody who may label finds this project, whether or not they are members.";

/**
 * Returns the sentence over a project's members; "" where the list speaks for itself.
 * @param {MemberList} project
 */
export function membersText({ members_only: isClosed, members }) {
  if (isClosed) return members.length ? "" : ALONE;
  return members.length ? EVERYBODY : "";
}

/**
 * @param {Pick<Project, "options" | "members">} project
 * @param {string} path of the project
 */
export function membersPanel({ options, members }, path) {
  const status = statusLine();
  const now = { members_only: options.members_only, members };
  const summary = el("summary");
  const sentence = el("p", { class: "vp-status-line vp-admin-note" });
  const list = el("ul", { class: "vp-admin-members" });
  const tick = el("input", { type: "checkbox", checked: now.members_only });
  const peopleId = `vp-people-${path.split("/").at(-1)}`;
  const name = el("input", { type: "text", maxlength: "200", required: true, autocomplete: "off", list: peopleId });
  const people = el("datalist", { id: peopleId });

  const draw = () => {
    setText(summary, `Members: ${now.members.length || "none"}`);
    setText(sentence, membersText(now));
    show(sentence, membersText(now) !== "");
    setChildren(
      list,
      now.members.map((member) => row(member)),
    );
  };
  /** @param {string} member */
  const row = (member) => {
    const takeOut = async () => {
      /** @type {{ released: number }} */
      const { released } = await remove(`${path}/members/${encodeURIComponent(member)}`);
      now.members = now.members.filter((each) => each !== member);
      draw();
      name.focus(); // the button is gone
      setText(status, `${member} removed.${released ? ` ${plural(released, "solution")} given back.` : ""}`);
    };
    return el("li", {}, el("span", { text: member }), actionButton("Remove", takeOut, status, of(member)));
  };
  const add = async () => {
    /** @type {MemberList} */
    const { members } = await post(`${path}/members`, { name: name.value.trim() });
    now.members = members;
    draw();
    setText(status, `${name.value.trim()} is a member.`);
    name.value = "";
  };
  tick.addEventListener("change", async () => {
    try {
      await patch(path, { options: { members_only: tick.checked } });
      now.members_only = tick.checked;
      setText(status, "Saved.");
    } catch (error) {
      tick.checked = now.members_only;
      setText(status, errorText(error));
    }
    draw();
  });
  name.addEventListener("focus", () => suggest(people), { once: true });
  const form = el(
    "form",
    { class: "vp-admin-add" },
    field("Name", name),
    people,
    el("button", { type: "submit", class: "vp-btn", text: "Add" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    add().catch((error) => setText(status, errorText(error)));
  });
  draw();
  const check = el("label", { class: "vp-admin-check" }, tick, el("span", { text: FLAGS.members_only }));
  return el("details", {}, summary, el("div", { class: "vp-admin-form" }, check, sentence, list, form, status));
}

/** @param {string} member */
function of(member) {
  return { "aria-label": `Remove ${member}` };
}

/**
 * Offers the names of those who have an account.
 * @param {HTMLElement} people
 */
async function suggest(people) {
  /** @type {PeopleList | null} */
  const found = await call("api/people").catch(() => null);
  for (const { name, active } of found?.people ?? []) if (active) people.append(el("option", { value: name }));
}
