"""Models behind an OpenAI-compatible server (vLLM and others) as policy and as reward model.

Nothing here runs, and no request is made, unless a source that begins with ``http://`` or ``https://`` was configured. Knows
HTTP and prompts; no weights, no torch. ``address.py`` reads the source, ``client.py`` speaks HTTP on the thread of
``background_loop.py``, ``cancellable_call.py`` keeps what a server is asked once, ``messages.py`` writes the conversations,
``policy.py``, ``reward_model.py`` and ``judge.py`` are the models.
"""
