"""Pictures before a model sees them: files to pixels, and into how many tiles a size is cut.

Knows Pillow; no model, no folder and no database.
"""
