"""Checkpoint folders and the hub: what files there are, what they say, reading weights, downloading.

Knows files. Does not know what a network computes.
"""
