"""What tokens of served models cost, by the model's name: ``name=0.25/1.25,*=0.1/0.4``. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.errors import LoadError
from engine.metering.usage import TokenPrice

EVERY_OTHER = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrices:
    """Prices by name."""

    by_name: Mapping[str, TokenPrice] = field(default_factory=dict)

    def of(self, name: str) -> TokenPrice | None:
        """Return a model's price by the name that its server gives it; None: it has none."""
        return self.by_name.get(name) or self.by_name.get(EVERY_OTHER)


NO_PRICES = TokenPrices()


def read_prices(text: str) -> TokenPrices:
    """Read prices of a million tokens read and written, with commas between models.

    Raises LoadError for what is no such list, naming the part, and for a name that stands twice.
    """
    by_name: dict[str, TokenPrice] = {}
    for part in text.split(","):
        if not part.strip():
            continue
        name, price = _read_one(part.strip())
        if name in by_name:
            raise LoadError(f"The token prices name {name!r} twice. State one price for each model.")
        by_name[name] = price
    return TokenPrices(by_name=by_name)


def _read_one(part: str) -> tuple[str, TokenPrice]:
    name, _, amounts = part.rpartition("=")
    read, _, written = amounts.partition("/")
    try:
        values = float(read), float(written)
    except ValueError:
        values = math.nan, math.nan
    if not name.strip() or not all(math.isfinite(value) and value >= 0 for value in values):
        raise LoadError(
            f"The token prices have {part!r}, which is not a price. Write NAME=READ/WRITTEN, in prices per million tokens, such as "
            "my-model=0.25/1.25; the name * stands for every other model."
        )
    return name.strip(), TokenPrice(read=values[0], written=values[1])
