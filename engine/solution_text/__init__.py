"""The text of a solution: its steps, and the thought that may stand before them. Pure text.

Knows no model, no score and no answer.
"""
