"""Tokenizers: what is refused, and text that is streamed token by token."""

import json
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from benchmarks.tiny_tokenizer import tiny_tokenizer
from engine.errors import LoadError
from engine.prompts.chat import TEMPLATE_TOKENS
from engine.prompts.tokenizer import Detokenizer, Tokens


def test_broken_unicode_is_encoded(tokens):
    assert tokens.decode(tokens.encode("a\ud800b\x00")) == "a?b\x00"


def test_token_that_is_not_special_is_refused(tmp_path):
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(tmp_path)
    path = tmp_path / "tokenizer.json"
    stored = json.loads(path.read_text())
    for token in stored["added_tokens"]:
        token["special"] = token["content"] != "<img>"
    path.write_text(json.dumps(stored))
    with pytest.raises(LoadError, match="could forge it"):
        Tokens.open(tmp_path, required=TEMPLATE_TOKENS)


def test_missing_tokenizer_is_a_load_error(tmp_path: Path):
    with pytest.raises(LoadError, match=r"no tokenizer\.json"):
        Tokens.open(tmp_path)


def test_damaged_tokenizer_is_a_load_error(tmp_path: Path):
    (tmp_path / "tokenizer.json").write_text("{")
    with pytest.raises(LoadError, match="not a tokenizer"):
        Tokens.open(tmp_path)


def test_a_tokenizer_that_fails_on_unknown_text_is_refused_when_it_is_read(tmp_path):
    """It was loaded, and a question with a word it did not know ended the run with an error of the library."""
    backend = Tokenizer(WordLevel({"a": 0, "b": 1}, unk_token="[UNK]"))
    backend.save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(LoadError, match=r"cannot write every text as tokens: .*UNK"):
        Tokens.open(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "plain", "12 + 30 = 42.\n\nFinal", "图中圆的周长是多少？", "naïve ½ − 3 🙂🙂", " a"]
)
def test_streamed_pieces_are_the_text(tokens, text):
    detokenizer = Detokenizer(tokens)
    pieces = [detokenizer.add(token) for token in tokens.encode(text)]
    assert "".join(pieces) + detokenizer.finish() == text
    assert not any("\ufffd" in piece for piece in pieces)


def test_streaming_never_raises_on_broken_bytes(tokens):
    """tokenizers' own DecodeStream raises "Invalid prefix encountered" on such runs."""
    cut = [*tokens.encode("多")[:1], *tokens.encode("a🙂")[:-1], *tokens.encode("b"), *tokens.encode("多")[:1]]
    detokenizer = Detokenizer(tokens)
    streamed = "".join(detokenizer.add(token) for token in cut) + detokenizer.finish()
    assert streamed == tokens.decode(cut)
