"""Where weights lie: devices, offloading, turns of two models on one device.

Knows devices and memory. Does not know prompts or scores.
"""
