// The dialog that imports: a file is dropped, what it is and what would happen is shown, and only its last button
// stores anything. Loaded when it is opened. What goes on afterwards is shown in the dock.

import { el, setText, show } from "../../assets/dom.js";
import { plural } from "../../assets/plural.js";
import { address, call, errorText, upload } from "../../assets/rest.js";
import { modelJobKind } from "../model_jobs/kind.js";
import { dockJob } from "../transfer_panel/dock.js";
import { doneText, importText, isUnfinished, progressText } from "../transfer_panel/job_text.js";
import { errorLine, loadStyles, openModal } from "../transfer_panel/modal.js";
import { fileDrop } from "./file_drop.js";
import { NEW_PROJECT, outcomePart, ownerPart, projectPart } from "./outcome.js";
import { recognisedPart } from "./recognised.js";
import { waitingPart } from "./waiting.js";

/** @import { Format, Import, Project, ProjectList } from "../../assets/api.d.ts" */
/** @import { Destination } from "./outcome.js" */
/** @import { DockedKind } from "../transfer_panel/dock.js" */

const POLL_MS = 300;

/**
 * What the dock says of imports.
 * @param {(text: string) => void} [onDone] told what came of it
 * @param {boolean} [tells] whether the page tells it, so that the dock does not, unless lines were left out
 * @returns {DockedKind}
 */
export function importKind(onDone, tells = false) {
  return {
    path: "api/imports",
    goOn: "start",
    stopped: "Cancelled. What was stored stays; Go on imports the rest.",
    icon: "upload",
    title: ({ state, title }) => `${state === "done" ? "Imported" : "Importing"} ${title}`,
    done: ({ report }) => doneText(report),
    links: ({ id, report }) => [
      el("a", { class: "vp-btn", href: address(`api/imports/${id}/report`), download: true, text: "Report" }),
      ...(report.solutions ? [browseLink(report.data_sources ?? [])] : []),
      ...(report.total ? [labelLink(report.queue)] : []),
    ],
    isTold: ({ report }) => tells && report.errors === 0,
    onDone: async ({ report }) => {
      onDone?.(doneText(report));
      if (!report.sampling) return;
      const told = () => onDone?.("The loaded model has written its solutions.");
      dockJob(modelJobKind(told), await call(`api/jobs/${report.sampling}`));
    },
  };
}

/**
 * A link to what is stored of the sources of an import, what came last on top.
 * @param {string[]} sources none: there are many
 */
function browseLink(sources) {
  const list = new URLSearchParams({ view: "browse" });
  for (const each of sources) list.append("source", each);
  return el("a", { class: "vp-btn", href: address(`dataset?${list}`), text: "See in Browse" });
}

/** @param {string} queue */
function labelLink(queue) {
  const href = address(`annotate?queue=${encodeURIComponent(queue)}`);
  return el("a", { class: "vp-btn vp-btn-primary", href, text: "Label them" });
}

/**
 * Opens the dialog.
 * @param {(text: string) => void} onDone what to do once something was imported, told what came of it
 * @param {object} [of] where it is opened by a page of a project, which tells itself what came of the import
 * @param {string} [of.project] whose queue the solutions join, unless somebody chooses otherwise
 * @param {File | string} [of.chosen] the file, or the name of a data set of the model hub, where that is chosen already
 */
export async function openImport(onDone, { project, chosen } = {}) {
  /** @type {[{ formats: Format[] }, ProjectList, { imports: Import[] }, void]} */
  const [{ formats }, { projects }, { imports }] = await Promise.all([
    call("api/formats"),
    call("api/projects?archived=false"),
    call("api/imports"),
    loadStyles(),
  ]);
  const dialog = new ImportDialog(formats, projects, imports, onDone, project ?? null);
  if (typeof chosen === "string") dialog.fetch(chosen);
  else if (chosen) dialog.send(chosen);
}

/** One dialog and the file it is about. */
class ImportDialog {
  /** @type {Import | null} */
  #found = null;
  #started = false;
  /** Ends what is done with the file before: an answer about that one is late. */
  #turn = new AbortController();
  /** @type {Destination} */
  #project = { project: null, title: "", solutions: 4 };
  #content = el("div", { class: "vp-transfer-content" });
  #status = el("p", { class: "vp-status-line", role: "status" });
  #error = errorLine();
  #source = el("input", { type: "text", id: "vp-import-source", maxlength: "100", placeholder: "the format's name" });
  #start = el("button", { type: "button", class: "vp-btn vp-btn-primary", text: "Import", disabled: true });

  /**
   * @param {Format[]} formats
   * @param {Project[]} projects
   * @param {Import[]} imports that are there
   * @param {(text: string) => void} onDone
   * @param {string | null} preset a project
   */
  constructor(formats, projects, imports, onDone, preset) {
    this.preset = preset;
    this.#project.project = preset;
    this.formats = formats;
    this.projects = projects;
    this.onDone = onDone;
    this.drop = fileDrop(
      (file) => this.send(file),
      (name) => this.fetch(name),
    );
    const cancel = el("button", { type: "button", class: "vp-btn", text: "Cancel", onclick: () => this.node.close() });
    const goOn = (/** @type {Import} */ begun) => {
      this.node.close();
      dockJob(this.#kind, begun);
    };
    this.node = openModal({
      title: "Import",
      hint: "nothing is stored before you press Import",
      body: [this.drop.node, this.#error.line, this.#content, waitingPart(imports, goOn)],
      foot: [this.#status, cancel, this.#start],
    });
    this.#start.addEventListener("click", () => this.#store());
    this.node.addEventListener("close", () => {
      this.#turn.abort();
      this.#forget();
    });
    this.drop.focus();
  }

  get #kind() {
    return importKind(this.onDone, this.preset !== null);
  }

  /**
   * Forgets the file before.
   * @param {string} name of the next one
   */
  #begin(name) {
    this.#turn.abort();
    this.#turn = new AbortController();
    this.#error.say("");
    this.#content.replaceChildren();
    this.#start.disabled = true;
    this.#source.value = "";
    this.#forget();
    this.#project = { ...this.#project, project: this.preset, title: name.replace(/\.\w+$/, "") };
    this.drop.name(name);
  }

  /** @param {string} dataset of the model hub */
  async fetch(dataset) {
    this.#begin(dataset);
    await this.#follow(() => call("api/imports/hub", { method: "POST", body: { dataset } }));
  }

  /** @param {File} file */
  async send(file) {
    this.#begin(file.name);
    const { signal } = this.#turn;
    const tell = (/** @type {number} */ part) => {
      if (!signal.aborted) setText(this.#status, `Sending, ${Math.round(100 * part)} %`);
    };
    await this.#follow(() => upload(`api/imports?name=${encodeURIComponent(file.name)}`, file, tell, signal));
  }

  /**
   * Asks for the file to be read in another way.
   * @param {object} change
   */
  #change(change) {
    const path = `api/imports/${this.#found?.id}`;
    return this.#follow(() => call(path, { method: "PATCH", body: change }));
  }

  /**
   * Does something to the import and shows it once nobody works on it. Where the dialog is about another file by
   * then, or closed, what came of it is forgotten.
   * @param {() => Promise<Import>} act
   */
  async #follow(act) {
    const fields = this.node.querySelectorAll("select, input");
    for (const each of fields) each.toggleAttribute("disabled", true);
    const focused = document.activeElement;
    const { signal } = this.#turn;
    this.#start.disabled = true;
    /** @type {Import | null} */
    let found = null;
    let wrong = "";
    try {
      found = await act();
      while (isUnfinished(found) && !signal.aborted) {
        setText(this.#status, `Reading: ${progressText(found)}`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        if (!signal.aborted) found = /** @type {Import} */ (await call(`api/imports/${found.id}`));
      }
      if (found.state === "failed") wrong = found.message ?? "";
    } catch (error) {
      wrong = errorText(error);
    }
    if (signal.aborted) {
      if (found) await forget(found.id);
      return;
    }
    if (found) this.#found = found;
    this.#error.say(wrong);
    setText(this.#status, "");
    this.#draw();
    const drawnAnew = focused?.id ? document.getElementById(focused.id) : null;
    if (focused instanceof HTMLElement) (focused.isConnected ? focused : drawnAnew)?.focus();
  }

  #draw() {
    this.drop.enable();
    this.#source.removeAttribute("disabled");
    const found = this.#found;
    const { recognised = null, report = null } = found ?? {};
    if (!found || !recognised) {
      this.#content.replaceChildren();
      return;
    }
    // what has no labels is there to be labelled: that way is offered, and can be left
    if (report && (report.unlabelled || report.problems)) this.#project.project ??= NEW_PROJECT;
    this.drop.describe(`${plural(found.files.length, "file")} of rows, ${plural(found.other_files, "other file")}`);
    const parts = [
      recognisedPart(found, recognised, this.formats, (change) => this.#change(change)),
      ...(report
        ? [
            ownerPart(report, this.#source),
            projectPart(report, this.projects, this.#project, this.preset, () => this.#draw()),
            outcomePart(found, report),
          ]
        : []),
    ];
    this.#content.replaceChildren(...parts.filter((each) => each !== null));
    const isUseful = report !== null && (report.added > 0 || Boolean(report.solutions));
    this.#start.disabled = !isUseful;
    setText(this.#start, importText(report));
    if (report && !isUseful) setText(this.#status, "Nothing in it can be imported.");
    show(this.#start, true);
  }

  /** Stores what was read, and lets the dock show it. */
  async #store() {
    this.#start.disabled = true;
    const { id } = /** @type {Import} */ (this.#found);
    try {
      const source = this.#source.isConnected ? this.#source.value.trim() || null : null;
      if (source !== (this.#found?.source ?? null)) await this.#change({ source });
      const project = await this.#projectId();
      const { solutions } = this.#project;
      const body = project ? { project, ...(this.#found?.report?.problems ? { solutions } : {}) } : {};
      /** @type {Import} */
      const begun = await call(`api/imports/${id}/start`, { method: "POST", body });
      this.#started = true;
      this.node.close();
      dockJob(this.#kind, begun);
    } catch (error) {
      this.#error.say(errorText(error));
      this.#start.disabled = false;
    }
  }

  /** @returns {Promise<string>} the id of the project that was chosen, made now where it is new; "" for none */
  async #projectId() {
    const { project, title } = this.#project;
    if (project !== NEW_PROJECT) return project ?? "";
    /** @type {{ project: string }} */
    const made = await call("api/projects", { method: "POST", body: { title: title.trim() } });
    this.#project.project = made.project; // pressed again after a refusal, it is not made twice
    return made.project;
  }

  /** Has the server forget a file that was not imported. */
  #forget() {
    const found = this.#found;
    this.#found = null;
    if (found && !this.#started) forget(found.id);
  }
}

/** @param {string} id of an import, which the server forgets */
async function forget(id) {
  await call(`api/imports/${id}`, { method: "DELETE" }).catch(() => {}); // it goes after a day anyway
}
