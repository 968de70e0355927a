"""Evaluations: how good a reward model is on labelled steps, and what choosing by it adds; asked for, worked on, read.

Knows the store, the engine and jobs. Figures are ``engine/evaluation``'s; JSON of answers is ``visualprm_ui/api``'s.
"""
