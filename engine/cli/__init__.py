"""The commands of ``python -m engine``, one module each: ``add_parser`` declares the arguments, ``main`` runs the command.

Knows arguments and printed lines. Holds no rule about solutions, scores or models.
"""
