"""The recipe that made the shipped weights, stage by stage: `python -m nano.train STAGE`."""
