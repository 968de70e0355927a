"""The recipe that made the shipped weights, stage by stage: `python -m nano.train STAGE`.

Knows problems, losses and the training loop. Does not know how the models are measured.
"""
