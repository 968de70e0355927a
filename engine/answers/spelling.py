r"""One spelling for what LaTeX, Unicode and keyboards write in many ways: ``\\dfrac{1}{2}``, ``½`` and ``1/2`` are one text.

Pure text. Knows how a sign, a number or a space may be written (:mod:`engine.answers.tex` reads commands); knows nothing of what an
answer means. The spelling is made for comparing and is shown to nobody; :func:`as_latex` turns it back for a parser.
"""

from __future__ import annotations

import re
import unicodedata

from engine.answers.tex import FUNCTIONS, REPEATING, WORD, TexReader, TooDeep

_MOST_CHARACTERS = 4_000  # of an answer; what is longer is compared as it stands

# The one table: a sign, and what is written for it. Letters are a LaTeX command without its backslash.
EQUAL_SPELLINGS: dict[str, tuple[str, ...]] = {
    "π": ("pi",),
    "√": ("sqrt", "surd", "√", "∛"),
    "∞": ("infty", "infin"),
    "≤": ("leqslant", "leqq", "leq", "le", "<=", "⩽", "≦"),
    "≥": ("geqslant", "geqq", "geq", "ge", ">=", "⩾", "≧"),
    "<": ("lt",),
    ">": ("gt",),
    "≠": ("neq", "ne", "!=", "=/="),
    "≈": ("approx", "approxeq", "simeq", "sim", "thickapprox", "≃", "≅", "≒", "∼"),
    "±": ("pm", "+/-"),
    "∓": ("mp", "-/+"),
    "*": ("cdot", "times", "ast", "×", "·", "⋅", "∙", "✕", "∗", "•", "⨯"),
    "/": ("div", "÷", "⁄", "∕"),
    "∖": ("setminus", "smallsetminus", "backslash"),
    "≡": ("equiv",),
    "-": ("−", "–", "‐", "‑", "‒", "﹣", "➖"),
    "'": ("prime", "′", "’", "‘"),
    '"': ("“", "”", "″", "„", "«", "»"),
    "∠": ("angle", "measuredangle"),
    "△": ("triangle", "bigtriangleup", "Delta", "Δ", "∆"),
    "°": ("degree", "textdegree", "º", "˚"),
    "∪": ("cup", "bigcup"),
    "∩": ("cap", "bigcap"),
    "∈": ("in", "isin"),
    "∉": ("notin",),
    "∅": ("emptyset", "varnothing", "Ø", "ø"),
    "⟨": ("langle", "〈", "❬"),
    "⟩": ("rangle", "〉", "❭"),
    ":": ("colon",),
    "|": ("vert", "lvert", "rvert", "mid", "∣"),
    "→": ("to", "rightarrow", "longrightarrow", "->"),
    "⇒": ("Rightarrow", "implies", "Longrightarrow", "=>"),
    "...": ("dots", "ldots", "cdots", "dotsc", "dotsb", "…", "⋯"),
    "∥": ("parallel", "lVert", "Vert", "∥"),
    "⊥": ("perp", "bot"),
    "α": ("alpha",),
    "β": ("beta",),
    "γ": ("gamma",),
    "δ": ("delta",),
    "ε": ("epsilon", "varepsilon", "ϵ"),
    "θ": ("theta", "vartheta", "ϑ"),
    "λ": ("lambda",),
    "μ": ("mu", "µ"),
    "ρ": ("rho", "varrho"),
    "σ": ("sigma",),
    "τ": ("tau",),
    "φ": ("phi", "varphi", "ϕ"),
    "ω": ("omega",),
    "Ω": ("Omega", "Ω"),
    "^": ("**",),
    "%": ("%", "﹪", "٪"),
    "$": ("$",),
    "#": ("#",),
    "&": ("&",),
    "_": ("_",),
    "¢": ("cent",),
    "£": ("pounds",),
    "€": ("euro",),
    "°C": ("℃",),
    "°F": ("℉",),
    ".": ("。",),
    ",": ("、",),
    "R": ("ℝ",),
    "Z": ("ℤ",),
}
_INVISIBLE = (
    "left|right|middle|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr|biggl|biggr|displaystyle|textstyle|scriptstyle|limits|nolimits|rm|bf|it|"
    "tt|sf|cal|centering|normalsize|large|Large|nonumber|notag|hfill|!|\u200b|\u2060|\ufeff|\u200e|\u200f|\u061c|\u00ad|"
    "\u202a|\u202b|\u202c|\u202d|\u202e|\u2066|\u2067|\u2068|\u2069"
)
_SPACES = "quad|qquad|enspace|thinspace|medspace|space|hspace|newline|,|;|:| |~|\t|\n|\r|\u00a0|\u2009|\u202f|\u2003|\u2002|\u3000"
EQUAL_SPELLINGS |= {"": tuple(_INVISIBLE.split("|")), " ": tuple(_SPACES.split("|"))}
_UNICODE_FRACTIONS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5"} | {
    "⅘": "4/5", "⅙": "1/6", "⅚": "5/6", "⅐": "1/7", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8", "⅑": "1/9", "⅒": "1/10"
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_LOST_BACKSLASH = {"\x08oxed": r"\boxed", "\x0crac": r"\frac", "\x08egin": r"\begin"}  # read as JSON's "\b" and "\f"

_SIGNS = {each: sign for sign, written in EQUAL_SPELLINGS.items() for each in written}
_CHARACTERS = str.maketrans(
    {each: sign for each, sign in _SIGNS.items() if len(each) == 1 and (not each.isascii() or each.isspace())}
    | {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width signs
    | {mark: f" {fraction}" for mark, fraction in _UNICODE_FRACTIONS.items()}
    | {"∛": "√[3]"}
)
_TYPED = {each: sign for each, sign in _SIGNS.items() if len(each) > 1 and each.isascii() and not each[0].isalpha()}
_TYPED_SIGN = re.compile("|".join(re.escape(each) for each in sorted(_TYPED, key=len, reverse=True)))
_BACK = {
    sign: rf"\{written[0]} " for sign, written in EQUAL_SPELLINGS.items() if sign.strip() and not sign[0].isascii()
}
_BACK |= {"*": r"\cdot ", "≤": r"\leq ", "≥": r"\geq "}

_STYLED = re.compile("[\U0001d400-\U0001d7ff]+")  # bold, italic and script letters and digits of mathematics
_RAISED_RUN = re.compile(f"[{''.join(_RAISED)}]+")
_LOWERED_RUN = re.compile(f"[{''.join(_LOWERED)}]+")
_WORDS = {
    "pi": "π",
    "sqrt": "√",
    "infinity": "∞",
    "infty": "∞",
    "theta": "θ",
    "degree": "°",
    "degrees": "°",
    "deg": "°",
}
_WORD_SIGN = re.compile(
    rf"(?<![A-Za-z\\])(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?![A-Za-z])", re.IGNORECASE
)
# As in pandoc, a dollar sign opens before and closes behind what is not white space, and does not close before a digit.
_MATHS = re.compile(r"(?<!\\)\$\$?(?=[^$\s])([^$]*)(?<=[^$\s\\])\$\$?(?!\d)|(?<!\\)\$\$?\s([^$]+)\s\$\$?(?!\d)")
_NO_DELIMITER = re.compile(r"\\(?:left|right)\s*\.(?!\d)")
_TEX_THOUSANDS = re.compile(r"(?<=\d)(?:\{, ?\}|,?\\!|\\,|['’](?!\s))\s*(?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(
    r"(?<![\d.,])(\d+)\{,\}(?=\d+(?![\d.,]))|(?<![\d.,])(\d{1,3}(?:[. ]\d{3})+),(?=\d+(?![\d.,]))"
    r"|(?<![\d.,])([1-9]\d{0,2}(?:\.\d{3}){2,})(?![\d.,])"
)
_TIMES_LETTER = re.compile(r"(?<=\d) ?[xX] ?(?=10\^)")
_CURRENCY = re.compile(r"(?<![A-Za-z])(?:US ?\\?(?=\$)|Rs\.? ?(?=\d))")
_THOUSANDS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)")
_LINE_BREAK = re.compile(r"\\\\(?=[A-Za-z]{2})")
_BARE_ROOT = re.compile(r"√ ?(\d+(?:\.\d+)?|[a-zA-Z])(?![\w(])")
_SPACED_SIGN = re.compile(
    r"\s*([][(){},;=+*/<>≤≥≠≈≡±^|∪∈∖∥⊥⟨⟩⟦⟧:]|(?<!\w)-|-(?!\w))\s*|\s+(?=[√π°%∞_\\-])|(?<=[√∞∠△-])\s+(?!m\b)|(?<=π)\s+(?!m\b|[A-Za-z]{2})"
)
_SHORT_POWER = re.compile(r"\^\((-?\d+|[a-z])\)(?![\w(])")
_MODULO = re.compile(r"\s*\(\s*mod\s+(\w+)\s*\)")
_DIGIT_LETTER = re.compile(r"(?<=\d) (?=[a-zA-Zαβγθλφω](?![A-Za-z'°]))")
_SPACE = re.compile(r"\s+")
_SCRIPT = re.compile(r"([\^_])(-?\d+)")  # TeX would take one digit
_OPENED = re.compile(r"√(?:\[\w+\])?\(|[\^_]\(")


def respell(text: str) -> str:
    """Return a text in the one spelling. What is too long, or nested too deep, comes back as it is."""
    if len(text) > _MOST_CHARACTERS or (text.isdecimal() and text.isascii()):
        return text
    if not text.isascii():
        text = unicodedata.normalize("NFC", _STYLED.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text))
    for lost, meant in _LOST_BACKSLASH.items():
        text = text.replace(lost, meant)
    text = without_delimiters(_CURRENCY.sub(lambda sign: "" if sign[0][0] == "U" else "₹", text))
    text = _DECIMAL_COMMA.sub(_decimal_point, _TEX_THOUSANDS.sub("", text))
    text = _RAISED_RUN.sub(lambda run: "^{" + "".join(_RAISED[each] for each in run[0]) + "}", text)
    text = _LOWERED_RUN.sub(lambda run: "_{" + "".join(_LOWERED[each] for each in run[0]) + "}", text)
    text = _TYPED_SIGN.sub(lambda sign: _TYPED[sign[0]], text.translate(_CHARACTERS))
    if any(each in text for each in "\\{}^_√&~"):
        text = text.replace("~", " ") if "\\begin" in text else _LINE_BREAK.sub(r"\\", text.replace("~", " "))
        try:
            text = TexReader(_NO_DELIMITER.sub("", text), _SIGNS).text()
        except TooDeep:
            return text
    return _tidy(_TIMES_LETTER.sub("*", _WORD_SIGN.sub(lambda word: _WORDS[word[0].lower()], text)))


def _decimal_point(number: re.Match[str]) -> str:
    """Return a number that is written as in German, 2{,}5 up to its comma or 1.000.000, as in English."""
    if number[3]:
        return str(number[3]).replace(".", "")
    return str(number[1] or re.sub(r"[. ]", "", number[2])) + "."


def without_delimiters(text: str) -> str:
    """Return a text without the dollar signs around formulas; one that means money stays."""
    return _MATHS.sub(lambda match: f" {match[1] or match[2]} ", text) if "$" in text else text


def as_latex(spelling: str) -> str:
    """Return a spelling as LaTeX that a parser of mathematics reads; decimals become exact fractions."""
    text = re.sub(r"(\d+(?:\.\d+)?)°", r"(\1π/180)", spelling)
    text = re.sub(r"(\d*)\.(\d+)", lambda number: f"({int(number[1] + number[2])}/{10 ** len(number[2])})", text)
    text = _SCRIPT.sub(r"\1{\2}", text)
    text = _BESIDE_BINOMIAL.sub(r"\1\\cdot ", _BINOMIAL.sub(r"\\binom{\1}{\2}", text))
    text = _PRODUCT.sub(lambda match: match[0] or "*", text)
    opened = {match.end() - 1 for match in _OPENED.finditer(text)}
    is_group: list[bool] = []
    out: list[str] = []
    for position, character in enumerate(text):
        if character == "(":
            is_group.append(position in opened)
            out.append("{" if is_group[-1] else "(")
        elif character == ")" and is_group:
            out.append("}" if is_group.pop() else ")")
        else:
            out.append(_BACK.get(character, character))
    return _FUNCTION.sub(r"\\\1 ", "".join(out))


_BINOMIAL = re.compile(r"\\binom\(([^()]*)\)\(([^()]*)\)")
# the parser reads 3\binom{4}{2} as 9: a sign goes between a coefficient and its neighbours
_BESIDE_BINOMIAL = re.compile(r"([\w)√π](?=\\binom)|\\binom\{[^{}]*\}\{[^{}]*\}(?=[\w(√π\\]))")
_FUNCTION = re.compile(rf"(?<![A-Za-z\\])({FUNCTIONS})(?![a-z])")
# the parser reads 2(3) and (2)3 as 5, as if they were mixed numbers; log_2(8), sin^(2)(x) stay
_PRODUCT = re.compile(
    rf"[\^_]\([^()]*\)\(|(?:{FUNCTIONS}) ?\d+\(|(?<=[\d)π!])(?=\()|(?<=[\d)]\^\{{\d\}})(?=\()|(?<=\))(?=\d)"
)


def _tidy(text: str) -> str:
    """Return a spelling without thousands separators and without white space that has no meaning."""
    text = _SHORT_POWER.sub(r"^\1", text)
    text = _MODULO.sub(r" mod \1", _BARE_ROOT.sub(r"√(\1)", text.translate(_LEFT_OVER)))
    if _THOUSANDS.search(text):
        depth = [0]
        for character in text:
            depth.append(depth[-1] + (character in "([{⟨") - (character in ")]}⟩"))
        is_spaced = ", " in text  # then "(1,200, 3)" has two members; without, "(1,200)" has
        text = _THOUSANDS.sub(
            lambda number: number[0].replace(",", "") if is_spaced or depth[number.start()] <= 0 else number[0], text
        )
    return _SPACE.sub(" ", _DIGIT_LETTER.sub("", _SPACED_SIGN.sub(r"\1", text)).replace(WORD, " ")).strip()


_LEFT_OVER = {ord("\x02"): None, ord("\x03"): None, ord(REPEATING): REPEATING}
