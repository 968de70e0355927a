"""How reward models are asked about steps, one module per format. Needs no torch.

Knows text and token ids. Does not know how a score is computed from the logits.
"""

from __future__ import annotations

from engine.prompts.prm_formats.base import PrmFormat
from engine.prompts.prm_formats.judge import Judge
from engine.prompts.prm_formats.mm_prm import MmPrm
from engine.prompts.prm_formats.qwen_vl_prm import QwenVlPrm
from engine.prompts.prm_formats.visualprm import VISUALPRM

JUDGE = Judge()
PRM_FORMATS: dict[str, PrmFormat] = {each.name: each for each in (VISUALPRM, JUDGE, QwenVlPrm(), MmPrm())}
