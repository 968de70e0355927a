// How figures came about, and the command that gives them again.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { copyButton } from "./copy_button.js";

/** @typedef {{ name: string, address: string }} InputFile its name is that in the command */

const TOGETHER = "Save both in one folder, and run the command there.";

/**
 * Returns the strip of a record.
 * @param {{ name: string, value: string }[]} entries none: the command alone
 * @param {string} command "" where there is none yet
 * @param {string} [note] what the command does not give again
 * @param {InputFile[]} [files] that the command reads, and that are nowhere but here
 * @param {string} [hint] where they go
 */
export function recordStrip(entries, command, note = "", files = [], hint = TOGETHER) {
  return el(
    "section",
    { class: "vp-card vp-ev-record", "aria-label": "Record" },
    entries.length > 0 ? el("dl", {}, ...entries.map(recordEntry)) : null,
    command ? commandLine("The same again", command) : null,
    command && files.length > 0 ? fileLine(files, hint) : null,
    note ? el("p", { class: "vp-ev-note", text: note }) : null,
  );
}

/** @param {{ name: string, value: string }} entry */
function recordEntry({ name, value }) {
  return el(
    "div",
    {},
    el("dt", { text: name.charAt(0).toUpperCase() + name.slice(1) }),
    el("dd", { dir: "auto", text: value, title: value }),
  );
}

/**
 * @param {InputFile[]} files
 * @param {string} where
 */
function fileLine(files, where) {
  const links = files.map(({ name, address }) =>
    el(
      "a",
      { class: "vp-btn vp-ev-file", href: address, download: name },
      icon("download"),
      el("code", { text: name }),
    ),
  );
  const hint = el("span", { class: "vp-ev-note", text: where });
  return el(
    "div",
    { class: "vp-ev-command vp-ev-inputs" },
    el("span", { class: "vp-label", text: "It reads" }),
    ...links,
    hint,
  );
}

/**
 * A command with the button that copies it.
 * @param {string} title
 * @param {string} command
 */
export function commandLine(title, command) {
  return el(
    "div",
    { class: "vp-ev-command" },
    el("span", { class: "vp-label", text: title }),
    el("code", { tabindex: "0", text: command, "aria-label": `${title}, as a command` }),
    copyButton("Copy", () => command),
  );
}
