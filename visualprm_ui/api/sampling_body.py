"""How the policy samples, as requests say it."""

from dataclasses import replace

from engine.domain import Sampling
from visualprm_ui.api.requests import Body


class SamplingBody(Body):
    """How the policy samples; fields left out are as Explore has them."""

    n: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    seed: int | None = None
    max_new_tokens: int | None = None
    repetition_penalty: float | None = None
    stop: list[str] | None = None

    def as_sampling(self, default: Sampling | None = None) -> Sampling:
        """Return it with the fields that are left out as ``default`` has them; None: as Explore has them."""
        return replace(default or Sampling(), **self.model_dump(exclude_none=True))
