"""The nano architecture: vision tower, slot codes, tokenizer, the pictures it knows.

Knows one network. Does not know how it is trained.
"""
