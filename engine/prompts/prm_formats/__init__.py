"""How reward models are asked about steps, one file a format. Needs no torch."""

from __future__ import annotations

from engine.prompts.chat import VISUALPRM, Reading
from engine.prompts.prm_formats.judge import Judge
from engine.prompts.prm_formats.mm_prm import MmPrm
from engine.prompts.prm_formats.qwen_vl_prm import QwenVlPrm

JUDGE = Judge()
READINGS: dict[str, Reading] = {reading.name: reading for reading in (VISUALPRM, JUDGE, QwenVlPrm(), MmPrm())}
