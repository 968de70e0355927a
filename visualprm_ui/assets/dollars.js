// Whether the text between two dollars is a formula or lies between two prices. Pure.

const NAMED = /\\(?:text|mathrm|textbf|textit|mathbf|mbox|operatorname)\*?\s*\{[^{}]*\}/g;
const COMMAND = /\\[a-zA-Z]+/g;
const FUNCTIONS = /\b(?:sin|cos|tan|cot|sec|csc|log|ln|exp|lim|max|min|gcd|lcm|det|mod)\b/g;
const PROSE = /\p{Ll}{3,}|\b(?:is|of|to|or|at|in|an|and|for|per|we|so|if|by|on|it|as|be)\b/u;
const OPERATOR = /[\\^_=<>+*/|{}≤≥≠≈×÷·−-]/;

/**
 * Returns whether what stands between two single dollars is a formula. "$50 and $60" is none; "$x$", "$ (w, l)$" and
 * "$ x = 5 $" are.
 * @param {string} inner
 * @param {string} next the character after the second dollar
 */
export function isDollarFormula(inner, next) {
  const trimmed = inner.trim();
  if (!trimmed || /\n\s*\n/.test(inner)) return false;
  if (/\\[([]/.test(inner.replace(/\\\\/g, "  "))) return false; // another one opens before this one would close
  if (/\d/.test(next) && !/[\\^_{}=]/.test(trimmed)) return false;
  if (/\n/.test(inner) && !/[\\^_=]/.test(inner)) return false;
  const said = trimmed.replace(NAMED, " ").replace(COMMAND, " ").replace(FUNCTIONS, " ");
  const isProse = PROSE.test(said);
  if (/^\d/.test(trimmed) && isProse) return false; // the price of something
  const opensSpaced = /^\s/.test(inner);
  const shutsSpaced = /\s$/.test(inner);
  if (!opensSpaced && !shutsSpaced) return true;
  if (isProse) return opensSpaced && shutsSpaced && /\\[a-zA-Z]/.test(trimmed);
  if (/[,;:+*/=(<>–−-]$/.test(trimmed)) return false;
  if (opensSpaced) return true;
  return !/^\d/.test(trimmed) || (OPERATOR.test(trimmed) && /[a-zA-Z\\]/.test(trimmed));
}
