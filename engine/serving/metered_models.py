"""The models of one run, with a meter for each that is served elsewhere. Knows neither requests nor servers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.events import ServerWaiting
from engine.metering.meter import Meter
from engine.metering.usage import ServerUsage, ServerWait
from engine.protocols import IsMetered, Models


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metered:
    model: IsMetered
    meter: Meter


class MeteredModels:
    """``models``: those that a run asks."""

    def __init__(self, models: Models) -> None:
        self.models = models
        self._metered: list[_Metered] = []
        self._told: ServerWait | None = None
        for role in ("policy", "reward_model"):
            model = getattr(models, role)
            if isinstance(model, IsMetered):
                meter = Meter()
                self._metered.append(_Metered(model=model, meter=meter))
                self.models = replace(self.models, **{role: model.metered(meter)})  # type: ignore[arg-type]  # its fields

    def waits(self) -> tuple[ServerWaiting, ...]:
        """Return what has changed since the last call of how long a server asks to wait."""
        waits = [each.meter.wait for each in self._metered]
        longest = max(filter(None, waits), key=lambda wait: wait.seconds, default=None)
        if longest == self._told:
            return ()
        self._told = longest
        return (ServerWaiting(wait=longest),)

    def usage(self) -> tuple[ServerUsage, ...]:
        """Return what the requests took until now, of each model that answered any."""
        found = (each.meter.usage(each.model.card.name, each.model.price) for each in self._metered)
        return tuple(each for each in found if each is not None)
