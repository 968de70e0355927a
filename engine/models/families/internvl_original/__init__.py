"""OpenGVLab's original InternVL2.5 checkpoints (VisualPRM-8B among them), loaded without their remote code.

Knows their config, weight names and tokenizers. Does not know how the loaded network is used.
"""
