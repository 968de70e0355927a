"""How reward models are asked about steps, one file a format. Needs no torch."""

from __future__ import annotations

from engine.prompts.prm_formats.base import PrmFormat
from engine.prompts.prm_formats.judge import Judge
from engine.prompts.prm_formats.mm_prm import MmPrm
from engine.prompts.prm_formats.qwen_vl_prm import QwenVlPrm
from engine.prompts.prm_formats.visualprm import VISUALPRM

JUDGE = Judge()
PRM_FORMATS: dict[str, PrmFormat] = {each.name: each for each in (VISUALPRM, JUDGE, QwenVlPrm(), MmPrm())}
