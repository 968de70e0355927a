"""The commands of ``python -m engine``, one file each: ``add_parser`` says what a command takes, ``main`` does it."""
