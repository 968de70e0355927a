"""Requests and how they are served: a run or rollouts as steps that cause events, jobs that wait, what is asked before a run.

Knows what the engine needs of a policy and a reward model (``engine/protocols.py``). Does not know torch, threads or files.
"""
