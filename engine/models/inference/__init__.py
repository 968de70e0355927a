"""Reading prompts, decoding rows, scoring steps, within the memory there is.

Knows tensors and caches. Does not know which family a network is of, nor where its files lie.
"""
