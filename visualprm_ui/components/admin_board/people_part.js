// Who works on a project: members and their role, the entry quiz, what somebody holds, invitations.

import { el, setText } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { plural } from "../../assets/plural.js";
import { call, errorText } from "../../assets/rest.js";
import { emptyState, formatTime, table } from "../dataset_board/list_controls.js";
import { actionButton, confirmButton, patch, post, remove, select } from "./actions.js";
import { inviteForm, noAccountsNote } from "./invite_form.js";
import { doneCell, personCell } from "./person_cell.js";
import { hasPart } from "./progress_part.js";
import { dayName } from "./progress_words.js";
import { adminLink, partPath } from "./project_address.js";
import { percent } from "./project_options.js";
import { againButton } from "./quiz_part.js";

/** @import { PeopleList, Person, Project, ProjectPerson, Role } from "../../assets/api.d.ts" */
/** @import { PartContext } from "./project_page.js" */

/**
 * @typedef {object} TeamMember somebody of a project: a member, or somebody who worked in it
 * @property {string} annotator
 * @property {string} name shown
 * @property {boolean} isMember
 * @property {Person | null} account null: a guest, or somebody who is invited
 * @property {PeopleList["invitations"][number] | null} invitation that is open; null for who has an account
 * @property {ProjectPerson | null} work null: has not begun
 */

const HEAD = ["Person", "Role", "Entry quiz", "Done", "Last seen", ""];

/**
 * @typedef {(annotator: string, role: Role, open: string | null) => Promise<void>} Invite somebody again; `open` is the
 *   invitation that it replaces
 */

/**
 * Returns the part's nodes.
 * @param {PartContext} context
 */
export async function peoplePart(context) {
  const { progress, path } = context;
  const list = el("div", {});
  /** @returns {Promise<[PeopleList, Pick<Project, "members">]>} */
  const read = () => Promise.all([call("api/people"), call(`${path}/members`)]);
  const [people, { members }] = await read();
  const invitation = inviteForm(path, async () => draw(...(await read())));
  /** @type {Invite} */
  const inviteAgain = async (annotator, role, open) => {
    if (open) await remove(`api/invitations/${encodeURIComponent(open)}`);
    const made = await post(`${path}/invitations`, { names: [annotator], role });
    try {
      draw(...(await read())); // before the link, so that what one sees then stays
    } finally {
      invitation.show(made);
    }
  };
  const draw = (/** @type {PeopleList} */ known, /** @type {Pick<Project, "members">} */ now) => {
    const team = teamOf(now.members, progress.people.filter(hasPart), known);
    const rows = team.map((member) => row(member, known.accounts, inviteAgain, context));
    list.replaceChildren(
      rows.length
        ? table("People of the project", HEAD, rows)
        : emptyState("Nobody yet", "Members appear here, and anyone who has begun to label."),
    );
  };
  draw(people, { members });
  const failed = progress.people.filter(({ quiz }) => quiz?.state === "failed");
  const notes = [
    quizNote(progress.options.quiz_pass, progress.quiz_items),
    people.accounts ? "A role belongs to the account and applies in every project." : "",
  ];
  return [
    ...teamOf([], failed, people).map((member) => quizCard(member, context)),
    audience(context, members, people, invitation.form),
    list,
    el("p", { class: "vp-status-line", text: notes.filter(Boolean).join(" ") }),
  ];
}

/**
 * Says what the entry quiz asks for; "" where there is none.
 * @param {number | null} pass the share of its steps that is asked for; null: the project has no quiz
 * @param {number} items of the quiz
 */
export function quizNote(pass, items) {
  if (pass === null) return "";
  if (items === 0) return "The entry quiz has no items yet, so everybody gets past it.";
  const share = `${percent(pass)} %`;
  const have = `The entry quiz has ${plural(items, "item")} with known labels`;
  return `${have}: whoever labels at least ${share} of their steps correctly passes.`;
}

/**
 * Returns everybody of a project: its members, then others who worked in it.
 * @param {string[]} members
 * @param {ProjectPerson[]} workers
 * @param {Pick<PeopleList, "people" | "invitations">} people
 * @returns {TeamMember[]}
 */
export function teamOf(members, workers, { people, invitations }) {
  const names = [...new Set([...members, ...workers.map(({ annotator }) => annotator)])];
  return names.map((annotator) => {
    const account = people.find(({ name }) => name === annotator) ?? null;
    const work = workers.find((each) => each.annotator === annotator) ?? null;
    const invitation = invitations.find(({ name, is_reset: isReset }) => name === annotator && !isReset);
    const name = account?.display_name ?? work?.name ?? annotator;
    const isMember = members.includes(annotator);
    return { annotator, name, isMember, account, work, invitation: account ? null : (invitation ?? null) };
  });
}

/**
 * Returns what is said of somebody's quiz.
 * @param {ProjectPerson["quiz"]} quiz
 * @param {number | null} pass the share of its steps that is asked for; null: the project has no quiz
 * @param {number} items of the quiz
 * @param {boolean} hasBegun
 */
export function quizText(quiz, pass, items, hasBegun) {
  if (pass === null) return "none";
  if (quiz === null && items === 0) return "no items yet";
  if (quiz === null) return hasBegun ? "not finished" : "not begun";
  return `${quiz.right} of ${plural(quiz.steps, "step")} right`;
}

/**
 * @param {TeamMember} member
 * @param {PartContext} context
 */
function quizCard({ annotator, name, work }, context) {
  const { progress } = context;
  const quiz = work?.quiz;
  const pass = progress.options.quiz_pass ?? 0;
  const steps = quiz?.steps ?? 0;
  const needed = Math.ceil(Number((pass * steps).toPrecision(12)));
  const when = quiz ? formatTime(quiz.at) : "";
  return el(
    "section",
    { class: "vp-card vp-pp-next-card", "aria-label": `Entry quiz of ${name}` },
    icon("note", 20),
    el(
      "div",
      {},
      el("h3", { text: `${name} failed the entry quiz` }),
      el("p", { text: `${quiz?.right ?? 0} of ${steps} steps right, ${needed} needed · ${when}` }),
    ),
    adminLink(partPath(progress.project, "people", { quiz: annotator }), { class: "vp-btn" }, "See the answers"),
    againButton(annotator, name, context),
  );
}

/**
 * @param {PartContext} context
 * @param {string[]} members
 * @param {PeopleList} people
 * @param {HTMLElement} invitation
 */
function audience({ progress, path, status, done }, members, people, invitation) {
  const isClosed = progress.options.members_only;
  const sentence = el("p", { class: "vp-status-line", text: audienceText(isClosed, members.length) });
  const choose = (/** @type {boolean} */ value) => async () => {
    await patch(path, { options: { members_only: value } });
    await done(value ? "Only members can find and label it now." : "Everybody who may label can find it now.");
  };
  const choice = (/** @type {boolean} */ value, /** @type {string} */ text) =>
    actionButton(text, choose(value), status, { "aria-pressed": String(isClosed === value) });
  return el(
    "section",
    { class: "vp-card vp-pp-card", "aria-label": "Who may work on it" },
    el(
      "div",
      { class: "vp-pp-top" },
      el("h3", { text: "Who may work on it" }),
      el(
        "span",
        { class: "vp-button-row", role: "group", "aria-label": "Who may work on it" },
        choice(true, "Only its members"),
        choice(false, "Everybody who may label"),
      ),
    ),
    sentence,
    addForm(path, people, members, done),
    people.accounts ? invitation : noAccountsNote(),
  );
}

/**
 * @param {boolean} isClosed
 * @param {number} members how many
 */
export function audienceText(isClosed, members) {
  if (!isClosed) return "Everybody who may label sees this project in their list.";
  if (members === 0) return "Only reviewers and admins see this project until it has members.";
  return "Nobody else sees the project in their list. When somebody is removed, their labels stay.";
}

/**
 * Returns the form that makes somebody with an account a member; nothing where everybody is one.
 * @param {string} path of the project
 * @param {PeopleList} people
 * @param {string[]} members
 * @param {PartContext["done"]} done
 */
function addForm(path, { people, accounts }, members, done) {
  const others = people.filter(({ active, name }) => active && !members.includes(name));
  if (accounts && others.length === 0) return null;
  const listId = "vp-pp-known";
  const name = el("input", { type: "text", maxlength: "200", required: true, autocomplete: "off", list: listId });
  const status = el("span", { class: "vp-status-line", role: "status" });
  const form = el(
    "form",
    { class: "vp-pp-form vp-pp-form-short" },
    el("label", { class: "vp-admin-field" }, el("span", { class: "vp-label", text: "Person with an account" }), name),
    el("datalist", { id: listId }, ...others.map((each) => el("option", { value: each.name }))),
    el("button", { type: "submit", class: "vp-btn" }, icon("plus", 14), "Add"),
    status,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = name.value.trim();
    try {
      await post(`${path}/members`, { name: wanted });
      await done(`${wanted} is a member.`);
    } catch (error) {
      setText(status, errorText(error));
    }
  });
  return form;
}

/** @type {[string, string][]} */
const ROLES = [
  ["annotator", "label"],
  ["reviewer", "label and review"],
  ["admin", "everything"],
];

/**
 * @param {TeamMember} member
 * @param {boolean} hasAccounts
 * @param {Invite} invite
 * @param {PartContext} context
 */
function row(member, hasAccounts, invite, context) {
  const { name, account, work } = member;
  const { role, seen } = standingOf(member, hasAccounts);
  return [
    personCell(name),
    account ? roleSelect(account, context) : role,
    quizCell(member, context),
    work ? doneCell(work) : "0",
    seen,
    account || work || !hasAccounts ? actions(member, context) : invitedActions(member, invite, context),
  ];
}

/**
 * Says what somebody without an account is, and when somebody was seen last.
 * @param {Pick<TeamMember, "account" | "invitation" | "work">} member
 * @param {boolean} hasAccounts
 */
export function standingOf({ account, invitation, work }, hasAccounts) {
  if (account) return { role: "", seen: account.last_seen_at ? formatTime(account.last_seen_at) : "never" };
  if (invitation) {
    const { role, expires_at: until } = invitation;
    const may = ROLES.find(([value]) => value === role)?.[1];
    const seen = `has not come yet; link valid until ${dayName(new Date(until))}`;
    return { role: role === "admin" ? "invited as admin" : `invited to ${may}`, seen };
  }
  if (work || !hasAccounts) return { role: "guest", seen: "–" };
  return { role: "no account", seen: "has not come; the link has expired" };
}

/**
 * @param {TeamMember} member
 * @param {PartContext} context
 */
function quizCell({ annotator, name, work }, { progress }) {
  const text = quizText(work?.quiz ?? null, progress.options.quiz_pass, progress.quiz_items, work !== null);
  const quiz = work?.quiz;
  if (!quiz) return text;
  const hasFailed = quiz.state === "failed";
  return adminLink(
    partPath(progress.project, "people", { quiz: annotator }),
    {
      class: hasFailed ? "vp-pp-alarm" : "vp-pp-link",
      "aria-label": `${name}: ${quiz.state}, ${text}. See the answers`,
    },
    icon(hasFailed ? "cross" : "check", 14),
    ` ${quiz.state}, ${text}`,
  );
}

/**
 * @param {Person} account
 * @param {PartContext} context
 */
function roleSelect({ name, role }, { status, done }) {
  const roles = select("role", ROLES, role);
  roles.setAttribute("aria-label", `Role of ${name}`);
  roles.addEventListener("change", async () => {
    try {
      await patch(`api/people/${encodeURIComponent(name)}`, { role: roles.value });
      await done(`${name} may ${ROLES.find(([value]) => value === roles.value)?.[1]} now, in every project.`);
    } catch (error) {
      setText(status, errorText(error));
      roles.value = role;
    }
  });
  return roles;
}

/**
 * @param {TeamMember} member
 * @param {PartContext} context
 */
function actions({ annotator, name, isMember, work }, { progress, path, status, done }) {
  const held = work?.held ?? 0;
  const release = async () => {
    /** @type {{ released: number }} */
    const { released } = await post(`api/queues/${encodeURIComponent(progress.queue)}/release`, { annotator });
    await done(`${plural(released, "solution")} of ${name} can be labelled by others now.`);
  };
  const takeOut = async () => {
    /** @type {{ released: number }} */
    const { released } = await remove(`${path}/members/${encodeURIComponent(annotator)}`);
    await done(`${name} is no longer a member.${released ? ` ${plural(released, "solution")} can go to others.` : ""}`);
  };
  const title = `Give others ${plural(held, "solution")} that ${name} holds`;
  return el(
    "span",
    { class: "vp-button-row" },
    held ? actionButton(`Release ${held}`, release, status, { "aria-label": title, title }) : null,
    isMember ? confirmButton("Remove", `Remove ${name}, really?`, takeOut, status) : null,
  );
}

/**
 * What can be done about somebody who was invited and has not come.
 * @param {TeamMember} member
 * @param {Invite} invite
 * @param {PartContext} context
 */
function invitedActions(member, invite, context) {
  const { annotator, name, invitation } = member;
  const { path, status, done } = context;
  const membership = `${path}/members/${encodeURIComponent(annotator)}`;
  const again = () => invite(annotator, invitation?.role ?? "annotator", invitation?.id ?? null);
  const withdraw = async () => {
    // an invitation takes its memberships with it
    await remove(invitation ? `api/invitations/${encodeURIComponent(invitation.id)}` : membership);
    await done(invitation ? `The link for ${name} does not work any more.` : `${name} is no longer a member.`);
  };
  const title = invitation ? `Replaces the link that was sent to ${name}` : `Invites ${name} again`;
  return el(
    "span",
    { class: "vp-button-row" },
    actionButton("New link", again, status, { "aria-label": `New link for ${name}`, title }),
    invitation
      ? confirmButton("Withdraw", `Withdraw ${name}’s invitation, really?`, withdraw, status)
      : confirmButton("Remove", `Remove ${name}, really?`, withdraw, status),
  );
}
