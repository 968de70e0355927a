"""The number format in which this CPU multiplies matrices fastest."""

import torch

FAST = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
"""bfloat16 where the CPU has units for it; elsewhere it costs about a hundred times more than float32."""
