"""The process and the machine: how its threads share them, how far long work is, which versions are installed.

Knows no model, no solution and no page.
"""
