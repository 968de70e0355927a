"""The JSON of REST: one TypedDict per answer and per part of one. FastAPI checks every answer against its shape and describes it.

docs/api.md explains the fields. ``assets/api.d.ts`` is the JavaScript counterpart, under the same names; where a domain class has a
name, the shape's ends in ``View``. Times are ISO 8601 strings, steps are 0-based, undefined values are null. TypedDict comes from
typing_extensions, because pydantic cannot read the standard library's before Python 3.12. Knows no route and no store.
"""
