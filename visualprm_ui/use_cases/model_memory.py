"""The models picked under Models, remembered for the next start. What a start option names goes first."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine import DEFAULT_POLICY, DEFAULT_REWARD_MODEL, Loader, ModelChoice, ModelRole
from engine.model_catalogue.footprint import Quantisation
from storage import StoreError
from storage.files.chosen_models import read_chosen_models, write_chosen_models

log = logging.getLogger(__name__)

SHIPPED: Mapping[ModelRole, str] = {
    ModelRole.POLICY: str(DEFAULT_POLICY),
    ModelRole.REWARD_MODEL: str(DEFAULT_REWARD_MODEL),
}


class ModelMemory:
    """The models of one data folder's app. Its methods may be called from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def open_loader(self, policy: str, reward_model: str, how: Mapping[str, Any]) -> Loader:
        """Return what loads the models to start with; nothing is loaded yet.

        Args:
            policy: as the start option names it; "": the one picked last, else the shipped one.
            reward_model: the same.
            how: further fields of ``ModelChoice``, and ``quantise``, a name of a ``Quantisation``.
        """
        stated = {ModelRole.POLICY: policy, ModelRole.REWARD_MODEL: reward_model}
        picked = read_chosen_models(self._data_dir)
        for role, source in picked.items():
            if not stated[ModelRole(role)]:
                log.info("%s=%s was picked last under Models; --%s names another", role, source, role.replace("_", "-"))
        sources = {role: named or picked.get(role) or SHIPPED[role] for role, named in stated.items()}
        others = {name: value for name, value in how.items() if name != "quantise"}
        choice = ModelChoice(
            policy=sources[ModelRole.POLICY],
            reward_model=sources[ModelRole.REWARD_MODEL],
            quantisation=Quantisation(how["quantise"]),
            **others,
        )
        # a picked server was allowed when it was picked: whether it still is, is asked again
        return Loader(choice, configured=[role for role, named in stated.items() if named or role not in picked])

    def remember(self, chosen: Mapping[str, str]) -> None:
        """Remember models that were picked and loaded, by role; of a shipped one nothing need be remembered."""
        known = {**read_chosen_models(self._data_dir), **chosen}
        kept = {role: source for role, source in known.items() if source != SHIPPED[ModelRole(role)]}
        try:
            write_chosen_models(self._data_dir, kept)
        except StoreError as error:
            log.warning("the models picked are not remembered: %s", error)
