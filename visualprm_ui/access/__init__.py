"""Who is asking, and what is refused before anything else runs: sessions, cookies, same-origin checks, headers.

Knows requests. Does not know what they ask for.
"""
