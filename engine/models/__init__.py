"""The networks: checkpoints, the families that load them, the devices they lie on, one forward pass after another.

The only part of the engine that imports torch. Does not know runs, events or solutions. Importing this file loads none of it.
"""
