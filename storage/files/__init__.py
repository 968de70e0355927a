"""Files in the data folder: images by hash, checks of uploads, removal of metadata, atomic writes.

Knows bytes and pictures. Does not know who uploaded them or what they show.
"""
