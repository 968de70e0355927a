import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  archiveOf,
  chosenFolder,
  droppedFolder,
} from "../../../../visualprm_ui/components/import_panel/folder_archive.js";

const file = (/** @type {string} */ text, /** @type {string} */ name) => new File([text], name);

/** An entry of a dropped folder, as browsers give it: a hundred of its entries at a time. */
function entry(path, content) {
  const isFile = content instanceof File;
  const left = isFile ? [] : Object.entries(content).map(([name, each]) => entry(`${path}/${name}`, each));
  return {
    isFile,
    isDirectory: !isFile,
    fullPath: path,
    file: (take) => take(content),
    createReader: () => ({ readEntries: (take) => take(left.splice(0, 100)) }),
  };
}

test("a folder becomes a tar that the system's own program unpacks, long and foreign names too", async () => {
  const long = `round/${"b".repeat(120)}/Bild für dich.png`;
  const made = archiveOf([
    { path: "round/rows.jsonl", file: file("{}\n".repeat(300), "rows.jsonl") },
    { path: long, file: file("picture", "p.png") },
    { path: "round/empty.png", file: file("", "empty.png") },
  ]);
  assert.equal(made.name, "round.tar");
  const folder = mkdtempSync(join(tmpdir(), "tar-"));
  try {
    writeFileSync(join(folder, "made.tar"), new Uint8Array(await made.arrayBuffer()));
    execFileSync("tar", ["xf", "made.tar"], { cwd: folder });
    assert.equal(readFileSync(join(folder, "round/rows.jsonl"), "utf8"), "{}\n".repeat(300));
    assert.equal(readFileSync(join(folder, long), "utf8"), "picture");
    assert.equal(readFileSync(join(folder, "round/empty.png"), "utf8"), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("all files of a dropped folder are taken, those in folders too, but what systems put there", async () => {
  const images = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`${n}.png`, file("p", `${n}.png`)]));
  const folder = entry("/round", {
    "rows.jsonl": file("{}", "rows.jsonl"),
    images,
    ".DS_Store": file("", ".DS_Store"),
  });
  const found = await droppedFolder({ items: [{ webkitGetAsEntry: () => folder }] });
  assert.equal(found.length, 251);
  assert.ok(found.some(({ path }) => path === "round/images/249.png"));
  const single = entry("/rows.jsonl", file("{}", "rows.jsonl"));
  assert.equal(await droppedFolder({ items: [{ webkitGetAsEntry: () => single }] }), null);
});

test("a chosen folder has its files with their paths", () => {
  const one = Object.assign(file("{}", "rows.jsonl"), { webkitRelativePath: "round/rows.jsonl" });
  const hidden = Object.assign(file("", "x"), { webkitRelativePath: "round/.git/x" });
  assert.deepEqual(
    chosenFolder([one, hidden]).map(({ path }) => path),
    ["round/rows.jsonl"],
  );
  const ofHidden = Object.assign(file("{}", "rows.jsonl"), { webkitRelativePath: ".round/rows.jsonl" });
  assert.equal(chosenFolder([ofHidden]).length, 1);
});
