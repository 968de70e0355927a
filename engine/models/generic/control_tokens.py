"""People's words as words: what spells a control token in them is broken up before a chat template sees it.

A zero-width space is put behind its first character, as for served models: no vocabulary spells a token with one. A text without
such a spelling stays as it is, so that its tokens are transformers' own. Knows no roles and no pictures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

GAP = "\u200b"
_WORD = re.compile(r"\w+|..?")  # some vocabularies have words and signs as added tokens
_TAG = re.compile(r"</?[a-z0-9]+>")  # Gemma's has the tags of HTML, which people may write


def control_tokens(tokenizer: Any, template: str, others: Iterable[str] = ()) -> re.Pattern[str]:
    """Return what finds the spellings that would be more than words: added tokens, and ``others`` of the processor.

    Not words, nor tags that ``template`` does not write, where these are not marked special.
    """
    found = {token for token in others if token.strip()}
    for token in tokenizer.added_tokens_decoder.values():
        spelling = token.content.strip()
        is_text = _WORD.fullmatch(spelling) or (_TAG.fullmatch(spelling) and spelling not in template)
        if spelling and (token.special or not is_text):
            found.add(spelling)
    return re.compile("|".join(map(re.escape, sorted(found, key=len, reverse=True))) or "(?!)")


def harmless(text: str, control: re.Pattern[str]) -> str:
    """Return a person's ``text`` without the spelling of any control token, and without what cannot be UTF-8."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return control.sub(lambda found: found[0][0] + GAP + found[0][1:], whole)
