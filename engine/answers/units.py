"""What stands behind a number: units of measurement, currencies, percent, and counted things ("3 marbles").

Pure text. A unit is compared by its name, never converted: 12 cm is not 12 m, and 1 m is not 100 cm.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PREFIXES = {
    "": "",
    "k": "kilo",
    "c": "centi",
    "m": "milli",
    "d": "deci",
    "μ": "micro",
    "n": "nano",
    "M": "mega",
    "G": "giga",
}
_SCALED = {
    "m": ("meter", "metre"),
    "g": ("gram", "gramme"),
    "l": ("liter", "litre"),
    "s": ("second", "sec"),
    "W": ("watt",),
    "J": ("joule",),
    "N": ("newton",),
    "V": ("volt",),
    "Hz": ("hertz",),
    "Pa": ("pascal",),
    "B": ("byte",),
    "A": ("ampere", "amp"),
    "Ω": ("ohm",),
    "mol": ("mole",),
}
_OTHERS = {
    "%": ("percent", "per cent", "pct", "percentage", "percents"),
    "$": ("dollar", "usd", "us$", "buck"),
    "€": ("euro", "eur"),
    "£": ("gbp", "pound sterling", "pounds sterling"),
    "¥": ("yen", "jpy", "yuan", "rmb", "cny", "元", "円", "人民币"),
    "¢": ("cent",),
    "₹": ("rupee", "inr", "rs"),
    "°": ("deg", "度"),
    "°C": ("° celsius", "°celsius", "°c", "celsius", "° c", "摄氏度"),
    "°F": ("° fahrenheit", "°fahrenheit", "°f", "fahrenheit", "° f"),
    "rad": ("radian",),
    "in": ("inch", "inches", '"'),
    "ft": ("foot", "feet"),
    "yd": ("yard",),
    "mi": ("mile",),
    "lb": ("pound", "lbs"),
    "oz": ("ounce",),
    "t": ("tonne", "ton"),
    "min": ("minute", "mins", "分钟", "分"),
    "h": ("hour", "hr", "hrs", "小时"),
    "day": ("天",),
    "year": ("yr", "yrs", "年"),
    "km/h": ("kph", "kmh", "kmph"),
    "mi/h": ("mph",),
    "cm": ("厘米",),
    "m": ("米",),
    "km": ("千米", "公里"),
    "mm": ("毫米",),
    "kg": ("千克", "公斤"),
    "g": ("克",),
    "l": ("升",),
    "s": ("秒",),
    "m²": ("平方米",),
    "cm²": ("平方厘米",),
    "cm³": ("立方厘米",),
    "m³": ("立方米",),
    "unit": ("单位",),
    "am": ("a.m.", "a.m"),
    "pm": ("p.m.", "p.m"),
    "cc": (),
    "ha": ("hectare",),
    "cal": ("calorie",),
    "eV": (),
    "kWh": (),
}
_SPELT = {  # every spelling -> the unit; symbols keep their case, for mW is not MW
    f"{short}{unit}": f"{short}{unit}" for unit in _SCALED for short in _PREFIXES
} | {unit: unit for unit in _OTHERS}
_SPELT |= {
    f"{long}{name}": f"{short}{unit}"
    for unit, names in _SCALED.items()
    for name in names
    for short, long in _PREFIXES.items()
}
_SPELT |= {name: unit for unit, names in _OTHERS.items() for name in names}
_SPELT |= {"L": "l", "mL": "ml", "dL": "dl", "kL": "kl", "cL": "cl", "sq": "square", "cu": "cubic"}
del _SPELT["nN"]  # two variables rather than nanonewtons
_FOLDED = {spelt.casefold(): unit for spelt, unit in reversed(_SPELT.items())}
_MEASURES = frozenset(_SPELT.values())

_POWERS = {"square": "²", "squared": "²", "cubic": "³", "cubed": "³"}
# words that make a number something else
_NO_UNIT = re.compile(
    "pi|sqrt|sin|cos|tan|cot|log|exp|mod|hundred|thousand|million|billion|trillion|dozen|factorial|squared|cubed|plus|minus|times|"
    "over|half|halves|(?:third|fourth|quarter|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|thousandth)s?|infinity|and|not|less|"
    "more|than|divided|multiplied|root|alpha|beta|gamma|theta|lambda|phi|omega|sigma|delta|choose"
)
_POWER = re.compile(r"\^\(?([23])\)?(?!\d)")
_DIVISOR = re.compile(r"(?:[*·]|\s)*(?<![^\W\d_])([^\W\d_]{1,4})\^\(?-([123])\)?")  # s^-2
_FLAT_POWER = re.compile(r"(?:(?<=mm)|(?<=cm)|(?<=km)|(?<=dm)|(?<=ft))[23](?![\w^])")  # cm2
_SEVERAL_BELOW = re.compile(r"/\([^()/]*\)")  # J/(kg*K)
# Greek letters but μ and Ω are variables: 12π square cm is no 12
_WORD = re.compile(r"°?(?![α-λν-ωπ])[^\W\d_²³](?:[^\W\d_²³]|['’-](?=[^\W\d_]))*[²³]?|[%$€£¥¢₹°\"]")
_LAST_PART = re.compile(r"[^/* ]*$")
_PARTS = re.compile(r"\s*/\s*|\s+per\s+|\s*\*\s*|\s+")


@lru_cache(maxsize=4096)
def read_unit(written: str) -> str | None:
    """Return the one name of the unit a number has behind it, "" for none; ``None`` when that is no unit (3x, 3π, 5!)."""
    text = _DIVISOR.sub(r"/\1^\2", written.strip()) if "^" in written else written.strip()
    text = _POWER.sub(lambda power: "²" if power[1] == "2" else "³", text).replace("^1", "")
    text = _FLAT_POWER.sub(lambda power: "²" if power[0] == "2" else "³", text)
    text = _SEVERAL_BELOW.sub(lambda below: below[0].replace("*", "/").replace(" ", "/"), text)
    text = text.strip("()").replace("/(", "/").replace("° ", "°").replace("sq. ", "sq ")
    if text in ("", "."):
        return ""
    if len(text) > 100:
        return None
    known = _known(text)
    if known is not None:
        return known
    separators, words = _PARTS.findall(text), _PARTS.split(text)
    if not all(_WORD.fullmatch(word) for word in words):
        return None
    is_compound = len(words) > 1 and {each.strip() for each in separators} & {"/", "*"}
    names = [word if is_compound and word in _ONLY_IN_COMPOUNDS else _word_name(word) for word in words]
    if any(name is None for name in names):
        return None
    return _joined([name or "" for name in names], [each.strip() or " " for each in separators])


def is_measure(unit: str) -> bool:
    """Return whether a unit is one of measurement, money or percent, rather than a word for what is counted."""
    return all(part.rstrip("²³") in _MEASURES for part in re.split(r"[/*]", unit)) if unit else False


def _joined(names: list[str], separators: list[str]) -> str:
    """Return the words of a unit as one: "square cm" and "cm squared" are cm²; "km per h" is km/h."""
    out = ""
    raised = ""
    for separator, name in zip(["", *separators], names, strict=True):
        power = _POWERS.get(name)
        if power is not None and name in ("squared", "cubed"):
            out += power
        elif power is not None:
            raised = power
        else:
            if separator == " " and name in _MEASURES and _LAST_PART.search(out)[0].rstrip("²³") in _MEASURES:  # type: ignore[index]
                separator = "*"  # N m is N·m
            out += ("/" if separator == "per" else separator) + name + raised if out else name + raised
            raised = ""
    return out


def _known(text: str) -> str | None:
    power = text[-1] if text[-1] in "²³" else ""
    base = text.removesuffix(power) if power else text
    unit = _SPELT.get(base) or _FOLDED.get(base.casefold())
    if unit is None and len(base) > 3 and base.endswith("s"):
        unit = _FOLDED.get(base[:-1].casefold())
    return None if unit is None or (len(base) == 1 and base not in _ONE_LETTER) else unit + power


_ONLY_IN_COMPOUNDS = frozenset("ACFKT")  # J/K, A·h: alone they are rather variables
_ONE_LETTER = frozenset('mlLsghtNJWVΩ%$€£¥¢₹°"元円度分天年米克升秒')


def _word_name(word: str) -> str | None:
    """Return the name of one word of a unit; ``None`` where it is rather a variable or changes the number."""
    known = _known(word)
    if known is not None:
        return known
    folded = word.casefold()
    if folded in _POWERS:
        return folded
    is_chinese = "\u2e80" <= word[0] <= "\ud7ff"  # or its neighbours, where one character is a word
    if _NO_UNIT.fullmatch(folded.rstrip("²³")) or (len(folded.rstrip("²³")) < 3 and not is_chinese):
        return None
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss") else folded
