// One problem of a pool: the question, and what two ways choose of its solutions, side by side as Explore's own cards.

import { el } from "../../assets/dom.js";
import { icon } from "../../assets/icons.js";
import { address, imageAddress } from "../../assets/rest.js";
import { showAnswer, showText } from "../../assets/rich_text.js";
import { buildCards } from "../solution_board/cards.js";
import { pictureNames } from "../solution_board/picture_names.js";
import { counted } from "./figures.js";

/** @import { Aggregation, PickedChoice, PooledProblem } from "../../assets/api.d.ts" */

const TIMES = [
  "",
  "once",
  "twice",
  "three times",
  "four times",
  "five times",
  "six times",
  "seven times",
  "eight times",
];
const MOST_ANSWERS = 3;

let heads = 0; // names of them

/**
 * @param {PooledProblem} problem
 * @param {object} context
 * @param {{ number: number, at: number, of: number }} context.place
 * @param {Aggregation} context.how
 * @param {string} context.way what it is called
 * @param {string} context.against
 * @param {(by: number) => void} context.step to the problem before or behind
 */
export function problemPane(problem, { place, how, way, against, step }) {
  const { run } = problem;
  return el(
    "div",
    { class: "vp-ev-pool-problem" },
    el(
      "div",
      { class: "vp-ev-pool-question" },
      el(
        "div",
        { class: "vp-ev-pool-number" },
        el("h3", { text: `Problem ${place.number}` }),
        el("span", { class: "vp-ev-note", text: `${place.at} of ${place.of}` }),
        stepButton("left", "Previous problem", () => step(-1)),
        stepButton("right", "Next problem", () => step(1)),
      ),
      question(problem),
      answers(problem),
      problem.address === null
        ? null
        : el(
            "a",
            { class: "vp-btn", href: address(`./?run=${encodeURIComponent(problem.address)}`) },
            icon("link"),
            "Open in Explore",
          ),
    ),
    picked(problem, run.cards.length ? how : "mean", way, against),
  );
}

/**
 * @param {"left" | "right"} picture
 * @param {string} name
 * @param {() => void} work
 */
export function stepButton(picture, name, work) {
  return el(
    "button",
    { type: "button", class: "vp-btn vp-btn-quiet vp-ev-icon", "aria-label": name, onclick: work },
    icon(picture),
  );
}

/** @param {PooledProblem} problem */
export function question({ run }) {
  const text = el("div", { class: "vp-ev-pool-text", dir: "auto" });
  showText(text, run.question, pictureNames(run));
  const pictures = run.images.map((sha, index) =>
    el(
      "a",
      { href: imageAddress(sha), target: "_blank", rel: "noopener", "aria-label": `Picture ${index + 1} in full` },
      el("img", { src: imageAddress(sha, 240), alt: "", loading: "lazy" }),
    ),
  );
  return el("div", { class: "vp-ev-pool-asked" }, el("div", { class: "vp-run-pictures" }, ...pictures), text);
}

/** @param {PooledProblem} problem */
function answers({ run, n }) {
  const reference = el("b");
  showAnswer(reference, run.reference ?? "", pictureNames(run));
  const said = run.answers.slice(0, MOST_ANSWERS).flatMap(({ text, count }, index) => {
    const answer = el("b");
    showAnswer(answer, text, pictureNames(run));
    return [index === 0 ? "" : ", ", answer, ` ${TIMES[count] ?? `${count} times`}`];
  });
  const more = run.answers.length - MOST_ANSWERS;
  const none = n - run.answers.reduce((sum, each) => sum + each.count, 0);
  const rest = [more > 0 ? counted(more, "more answer") : "", none > 0 ? `${none} without one` : ""].filter(Boolean);
  return el(
    "p",
    { class: "vp-ev-note" },
    "Reference ",
    reference,
    `. Of ${n}: `,
    ...(said.length ? said : ["no answer"]),
    rest.length ? `, ${rest.join(", ")}.` : ".",
  );
}

/**
 * @param {PooledProblem} problem
 * @param {Aggregation} how
 * @param {string} way
 * @param {string} against
 */
function picked(problem, how, way, against) {
  const [mine, theirs] = [problem.way, problem.against].map(({ draw }) => cardOf(problem, draw));
  if (mine !== null && mine === theirs)
    return el(
      "div",
      { class: "vp-ev-pool-picks" },
      pickColumn(`${against} and ${way} pick the same`, problem, problem.way, how),
    );
  return el(
    "div",
    { class: "vp-ev-pool-picks", "data-two": true },
    pickColumn(against, problem, problem.against, how),
    pickColumn(way, problem, problem.way, how),
  );
}

/**
 * The solution that is picked, under its heading.
 * @param {string} name
 * @param {PooledProblem} problem
 * @param {PickedChoice} choice
 * @param {Aggregation} how
 */
export function pickColumn(name, problem, choice, how) {
  const draw = cardOf(problem, choice.draw);
  const head = headOf(name, choice, problem.n);
  const cards = buildCards(() => {}, head.id);
  cards.draw(problem.run, how, draw === null ? [] : [draw]);
  return el("div", { class: "vp-ev-pool-pick" }, head, draw === null ? null : cards.node);
}

/**
 * The card of a solution; those that are word for word equal share that of the first.
 * @param {PooledProblem} problem
 * @param {number | null} draw
 */
function cardOf({ run }, draw) {
  return draw === null ? null : (run.cards.find((card) => card.draw === draw)?.same_as ?? draw);
}

/**
 * @param {string} name
 * @param {PickedChoice} choice
 * @param {number} n
 */
function headOf(name, { draw, votes, is_correct: isCorrect, is_tied: isTied }, n) {
  const facts = draw === null ? "picks none" : votes === 0 ? "no answer" : `${votes} of ${n} agree`;
  const tie = isTied ? ", tied: the answer that was sampled first" : "";
  heads += 1;
  return el(
    "h3",
    { class: "vp-ev-pool-head", id: `vp-ev-pool-head-${heads}` },
    icon(draw !== null && isCorrect ? "check" : "cross", 13),
    el("b", { text: name }),
    el("span", {
      class: "vp-ev-quiet",
      text: `${draw === null ? "" : isCorrect ? "right, " : "wrong, "}${facts}${tie}`,
    }),
  );
}
