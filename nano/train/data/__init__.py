"""What the training stages read: rows of tokens with their targets, out of problems, pictures and sampled solutions.

Knows the world and the tokenizer. Does not know losses or the loop.
"""
