"""The nano world: generated pictures of bars, prices, shapes and angles, questions about them, and an exact checker of steps.

Knows scenes, text and pixels. Loads no torch, and knows neither models nor pages.
"""
