import assert from "node:assert/strict";
import { test } from "node:test";
import { command, digit, help, isTyping } from "../../../../visualprm_ui/components/label_board/keys.js";

const press = (key, more = {}) =>
  command({
    key,
    code: "",
    target: { tagName: "BODY", closest: () => null },
    ctrlKey: false,
    metaKey: false,
    altKey: false,
    shiftKey: false,
    repeat: false,
    ...more,
  });
const control = (role = null) => ({ tagName: "BUTTON", closest: () => ({ getAttribute: () => role }) });

test("each key has its command", () => {
  const keys = {
    j: "next",
    ArrowDown: "next",
    k: "previous",
    ArrowUp: "previous",
    1: "correct",
    2: "neutral",
    3: "wrong",
    Enter: "submit",
    u: "undo",
    s: "skip",
    f: "flag",
    n: "note",
    b: "scores",
    a: "reference",
    i: "nextImage",
    "[": "previousItem",
    "]": "nextItem",
    "+": "zoomIn",
    "-": "zoomOut",
    0: "fit",
    "?": "help",
    Backspace: "clear",
  };
  for (const [key, name] of Object.entries(keys)) assert.equal(press(key), name, key);
  const ofErrors = { g: "guideline", m: "stepNote", c: "correction", x: "firstError", 4: "error1", 8: "error5" };
  for (const [key, name] of Object.entries(ofErrors)) assert.equal(press(key), name, key);
  assert.equal(press("q"), null);
  assert.equal(press("J"), "next"); // caps lock
});

test("held modifiers leave the key to the browser, save Ctrl+Z", () => {
  for (const held of ["ctrlKey", "metaKey", "altKey"])
    for (const key of "j123sfnu") assert.equal(press(key, { [held]: true }), null);
  assert.equal(press("J", { shiftKey: true }), null);
  assert.equal(press("z", { ctrlKey: true }), "undo");
  assert.equal(press("z", { metaKey: true }), "undo");
  assert.equal(press("Z", { ctrlKey: true, shiftKey: true }), null); // redo is not undo
  assert.equal(press("?", { shiftKey: true }), "help");
});

test("keys are inert while typing or composing", () => {
  for (const target of [
    { tagName: "TEXTAREA" },
    { tagName: "INPUT", type: "text" },
    { tagName: "SELECT" },
    { tagName: "DIV", isContentEditable: true },
  ]) {
    assert.equal(isTyping(target), true);
    assert.equal(press("1", { target }), null);
    assert.equal(press("Enter", { target }), null);
  }
  assert.equal(isTyping({ tagName: "INPUT", type: "checkbox" }), false);
  assert.equal(press("1", { isComposing: true }), null);
  assert.equal(press("1", { defaultPrevented: true }), null);
});

test("a held key labels once, but walks", () => {
  assert.equal(press("1", { repeat: true }), null);
  assert.equal(press("Enter", { repeat: true }), null);
  assert.equal(press("j", { repeat: true }), "next");
});

test("Enter belongs to a focused button, but not to a label's choice", () => {
  assert.equal(press("Enter", { target: control() }), null);
  assert.equal(press("Enter", { target: control("radio") }), "submit");
  assert.equal(press("1", { target: control() }), "correct");
});

test("other layouts are read by the place of the key", () => {
  assert.equal(press("о", { code: "KeyJ" }), "next"); // Cyrillic
  assert.equal(press("&", { code: "Digit1" }), "correct"); // AZERTY
  assert.equal(press("ü", { code: "BracketLeft" }), "previousItem"); // German
  assert.equal(press("!", { code: "Digit1", shiftKey: true }), null);
});

test("in the row of digits the place of the key counts", () => {
  // Czech and Slovak write + on the 1, AZERTY - on the 6 and _ on the 8: these once zoomed, and the label was not given
  assert.equal(press("+", { code: "Digit1" }), "correct");
  assert.deepEqual(
    ["ě", "š", "č"].map((key, at) => press(key, { code: `Digit${at + 2}` })),
    ["neutral", "wrong", "error1"],
  );
  assert.deepEqual([press("-", { code: "Digit6" }), press("_", { code: "Digit8" })], ["error3", "error5"]);
  assert.equal(press("1", { code: "Digit1", shiftKey: true }), "correct"); // as AZERTY writes digits
  assert.equal(press("+", { code: "Equal", shiftKey: true }), "zoomIn");
  assert.deepEqual(
    [press("-", { code: "Minus" }), press("_", { code: "Minus", shiftKey: true })],
    ["zoomOut", "zoomOut"],
  );
  assert.equal(press("ç", { code: "Digit9" }), null);
  assert.deepEqual(
    [
      digit({ key: "2", code: "Numpad2" }),
      digit({ key: "é", code: "Digit2" }),
      digit({ key: "@", code: "Digit2", shiftKey: true }),
    ],
    ["2", "2", null],
  );
});

test("a key of the numeric pad counts only where it types a digit", () => {
  const off = { 0: "Insert", 1: "End", 2: "ArrowDown", 3: "PageDown", 4: "ArrowLeft", 5: "Clear", 8: "ArrowUp" };
  for (const [at, key] of Object.entries(off)) assert.equal(press(key, { code: `Numpad${at}` }), null, key);
  assert.equal(press("Delete", { code: "NumpadDecimal" }), null);
  const on = ["1", "2", "3", "4", "0"].map((key) => press(key, { code: `Numpad${key}` }));
  assert.deepEqual(on, ["correct", "neutral", "wrong", "error1", "fit"]);
  assert.equal(press("Enter", { code: "NumpadEnter" }), "submit");
  assert.equal(press("ArrowDown", { code: "ArrowDown" }), "next");
});

test("the help names every kind of key, and only those that mean something in the project", () => {
  const plain = [
    "J",
    "K",
    "1",
    "2",
    "3",
    "⌫",
    "Enter",
    "U",
    "S",
    "F",
    "N",
    "G",
    "[",
    "]",
    "O",
    "T",
    "B",
    "A",
    "I",
    "+",
    "−",
    "0",
    "?",
  ];
  assert.deepEqual(
    help().flatMap(([keys]) => keys),
    plain,
  );
  const all = help({ error_types: true, first_error: true, step_notes: true }).flatMap(([keys]) => keys);
  assert.deepEqual(
    all.filter((key) => !plain.includes(key)),
    ["4", "–", "8", "X", "C", "M"],
  );
});
