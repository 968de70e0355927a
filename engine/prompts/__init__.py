"""What models are asked, as turns, special tokens and PRM formats. Needs no torch.

Knows text and token ids. Does not know a network.
"""
