// LaTeX without delimiters: "\boxed{4}", "45^\circ", "338 \mathrm{cm}^2". Pure.

const OPERATORS =
  "times div cdot pm mp ast star circ bullet leq le geq ge neq ne approx equiv sim simeq cong propto in notin " +
  "subset subseteq cup cap setminus parallel perp mid to rightarrow leftarrow Rightarrow Leftarrow " +
  "leftrightarrow implies iff uparrow downarrow longrightarrow mapsto ldots dots cdots vdots therefore " +
  "because forall exists infty partial nabla angle triangle degree prime square emptyset varnothing sum prod " +
  "int lim sin cos tan cot sec csc log ln exp max min gcd";
const LETTERS =
  "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma " +
  "tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell hbar";
const WITH_ARGUMENT =
  "boxed fbox sqrt text textrm textbf textit mbox mathrm mathbf mathbb mathit mathcal overline underline vec hat bar " +
  "overrightarrow overarc widehat operatorname";
/** Commands with arguments, and how many. */
const ARGUMENTS = new Map([...counted(WITH_ARGUMENT, 1), ...counted("frac dfrac tfrac cfrac binom", 2)]);
const SYMBOLS = new Set(`${OPERATORS} ${LETTERS}`.split(" "));
const MAX_GROUP = 2000; // characters
const MAX_PAIR = 400; // characters between \left and \right
const SPACED_DIGITS = /^\\[!,;: ] ?\d(?:[\d.,]*\d)?/;
const DELIMITER = /^ *(?:\\[a-zA-Z]+|\\[{}|]|[()[\]|./<>])/;
const CHOICE = /^\s*(?:\([A-J]\)|[A-J][.:)])\s+/;

/**
 * @param {string} names
 * @param {number} count
 * @returns {[string, number][]}
 */
function counted(names, count) {
  return names.split(" ").map((name) => [name, count]);
}

/**
 * Returns where the group that opens at `at` closes; -1 where there is none, or no end.
 * @param {string} text
 * @param {number} at
 */
export function groupEnd(text, at) {
  if (text[at] !== "{") return -1;
  let depth = 0;
  for (let end = at; end < Math.min(text.length, at + MAX_GROUP); end += 1) {
    if (text[end] === "\\") end += 1;
    else if (text[end] === "{") depth += 1;
    else if (text[end] === "}") {
      depth -= 1;
      if (depth === 0) return end + 1;
    } else if (text[end] === "\n" && text[end + 1] === "\n") return -1;
  }
  return -1;
}

/**
 * Returns the bare LaTeX at `at`, a backslash, "^" or "_": where it starts, not before `from`, and where it ends; null
 * where there is none.
 * @param {string} text
 * @param {number} at
 * @param {number} from
 * @returns {{ start: number, end: number } | null}
 */
export function bareCommandEnd(text, at, from) {
  if (isSpacedNumber(text, at)) {
    const base = /\d[\d.,]*$/.exec(text.slice(Math.max(from, at - 24), at))?.[0].length ?? 0;
    return base > 0 ? { start: at - base, end: digitsEnd(text, at) } : null;
  }
  if (text[at] === "\\") {
    const end = text.startsWith("\\left", at) ? pairEnd(text, at) : commandEnd(text, at);
    return end < 0 ? null : { start: at, end: digitsEnd(text, scriptsEnd(text, end)) };
  }
  if (!/^[\^_](?:\{|\\[a-zA-Z])/.test(text.slice(at, at + 3))) return null;
  const end = scriptsEnd(text, at);
  const base = /(?:[a-zA-Z]|\d[\d.,]*|[)\]°])$/.exec(text.slice(Math.max(from, at - 24), at))?.[0].length ?? 0;
  return end > at && base > 0 ? { start: at - base, end } : null;
}

/**
 * Returns where a command that we know ends, with its arguments; -1 where there is none.
 * @param {string} text
 * @param {number} at
 */
function commandEnd(text, at) {
  const name = /^\\([a-zA-Z]+)/.exec(text.slice(at, at + 24))?.[1] ?? "";
  let end = at + 1 + name.length;
  if (SYMBOLS.has(name)) return end;
  const count = ARGUMENTS.get(name);
  if (count === undefined) return -1;
  if (name === "sqrt") end += /^\[[^[\]\n]{1,12}\]/.exec(text.slice(end, end + 14))?.[0].length ?? 0;
  for (let argument = 0; argument < count; argument += 1) {
    end += /^ */.exec(text.slice(end))?.[0].length ?? 0;
    const after = text[end] === "{" ? groupEnd(text, end) : /[a-zA-Z\d]/.test(text[end] ?? "") ? end + 1 : -1;
    if (after < 0) return -1;
    end = after;
  }
  return end;
}

/**
 * Whether a space of LaTeX stands at `at` between digits, as in "24,\!500".
 * @param {string} text
 * @param {number} at
 */
export function isSpacedNumber(text, at) {
  return /\d[.,]?$/.test(text.slice(Math.max(0, at - 2), at)) && SPACED_DIGITS.test(text.slice(at, at + 4));
}

/**
 * Returns where the digits end that follow `at` after spaces of LaTeX.
 * @param {string} text
 * @param {number} at
 */
function digitsEnd(text, at) {
  let end = at;
  for (;;) {
    const found = SPACED_DIGITS.exec(text.slice(end, end + 40));
    if (!found) return end;
    end += found[0].length;
  }
}

/**
 * Returns where "\left( ... \right)" ends, pairs within it closed; -1 where it does not.
 * @param {string} text
 * @param {number} at
 */
function pairEnd(text, at) {
  const marks = /\\(left|right)(?![a-zA-Z])|\n\s*\n/g;
  const within = text.slice(at, at + MAX_PAIR);
  let depth = 0;
  for (const { 0: source, 1: side, index } of within.matchAll(marks)) {
    const delimiter = DELIMITER.exec(within.slice(index + source.length, index + source.length + 24));
    if (!side || !delimiter) return -1;
    depth += side === "left" ? 1 : -1;
    if (depth === 0) return at + index + source.length + delimiter[0].length;
  }
  return -1;
}

/**
 * @param {string} text
 * @param {number} at
 * @returns {number} where the powers and indices end that stand at `at`
 */
function scriptsEnd(text, at) {
  let end = at;
  while (text[end] === "^" || text[end] === "_") {
    const next = text[end + 1] ?? "";
    const after =
      next === "{"
        ? groupEnd(text, end + 1)
        : next === "\\"
          ? commandEnd(text, end + 1)
          : /[a-zA-Z\d]/.test(next)
            ? end + 2
            : -1;
    if (after < 0) break;
    end = after;
  }
  return end;
}

/**
 * Splits an answer that is LaTeX as a whole, "338 \mathrm{cm}^2", from the letter of its choice; null where it is
 * text, or marks its formulas itself.
 * @param {string} answer
 * @returns {{ choice: string, formula: string } | null}
 */
export function bareAnswer(answer) {
  if (/\$|\\\(|\\\[|\\begin|\n/.test(answer) || !/\\[a-zA-Z]|[\^_]\{|\\[!,;:]\d/.test(answer)) return null;
  const choice = CHOICE.exec(answer)?.[0] ?? "";
  const formula = answer.slice(choice.length).trim();
  const said = formula.replace(/\\[a-zA-Z]+\s*(?:\{[^{}\\]*\})?/g, " ");
  return /[a-z]{3,}|\s(?:is|of|to|or|and|in|at)\s/.test(said) ? null : { choice, formula };
}
