"""A small tokenizer with the special tokens of the chat template."""

import pytest

from benchmarks.tiny_tokenizer import tiny_tokenizer
from engine.prompts.chat import TEMPLATE_TOKENS
from engine.prompts.tokenizer import Tokens


@pytest.fixture(scope="module")
def tokens(tmp_path_factory) -> Tokens:
    folder = tmp_path_factory.mktemp("tokenizer")
    tiny_tokenizer().save_pretrained(folder)
    return Tokens.open(folder, required=TEMPLATE_TOKENS)
