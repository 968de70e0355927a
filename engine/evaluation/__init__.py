"""Figures of labels, scores and answers: step metrics, calibration, Best-of-N, intervals, agreement of annotators.

Knows plain values (numbers, labels, answers) and arithmetic. Does not know models, files, rows of a database or pages,
and decides nothing: it measures what was predicted and chosen elsewhere. Undefined is ``None``, never 0.
"""
