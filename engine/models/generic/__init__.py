"""Any model that transformers can ask in pictures and words, through its own processor, chat template and forward pass.

Slower than ``families``: nothing is shared between solutions but the prompt that they are written behind. Knows no family.
"""
