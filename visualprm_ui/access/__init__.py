"""Who sends a request, and what is refused before a route sees it: sessions, cookies, same-origin checks, response headers.

Knows requests. Does not know what a request asks for.
"""
