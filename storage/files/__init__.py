"""Files in the data folder: images by hash, decoding of uploads, atomic writes, lock files of processes.

Knows bytes and pictures. Does not know who uploaded them or what they show.
"""
