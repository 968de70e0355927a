"""The nano architecture: vision tower, text model, tokenizer, slot codes, statistics of the pictures it was trained on.

Knows one network. Does not know how it is trained.
"""
