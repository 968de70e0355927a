"""Which tokenizer an original InternVL2.5 folder has, and whether prompts begin with BOS.

Knows the tokenizer files of the three text models: InternLM2's ``tokenizer.model`` (read by ``spm_tokenizer``), Qwen2's
``vocab.json`` and ``merges.txt``, anybody's ``tokenizer.json``. Runs no code of the checkpoint and never asks for permission to.

Source: ``tokenization_internlm2.py`` (adds BOS unless ``add_bos_token`` is false) and transformers' tokenizers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, processors
from transformers import PreTrainedTokenizerFast, Qwen2TokenizerFast

from engine.errors import LoadError
from engine.models.checkpoints.folder import read_json
from engine.models.families.internvl_original.config import INTERNLM2, QWEN2, QWEN3, QWEN3_MOE
from engine.models.families.internvl_original.sentencepiece import NamedToken, build_tokenizer, read_spm

SPM = "tokenizer.model"
CONFIG = "tokenizer_config.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginalTokenizer:
    """A checkpoint's tokenizer and the token its prompts begin with."""

    backend: Tokenizer
    bos: str | None  # spelling of the first token of every prompt; None: there is none


def load_tokenizer(folder: Path, text_kind: str) -> OriginalTokenizer:
    """Load the tokenizer of an original folder. Raises LoadError naming the file that is missing or unreadable."""
    check_tokenizer(folder, text_kind)
    # InternLM2's reference tokenizer reads tokenizer.model even where somebody put a tokenizer.json beside it
    if text_kind == INTERNLM2 or not _has_fast(folder):
        return _load_spm(folder)
    # the reference tokenizer of Qwen2 and 3 is made from vocab.json and merges.txt; a tokenizer.json says by itself how it splits
    return _load_fast(folder, is_qwen2=text_kind in (QWEN2, QWEN3, QWEN3_MOE) and _has_vocabulary(folder))


def check_tokenizer(folder: Path, text_kind: str) -> None:
    """Raise LoadError where an original folder has none of the files that its tokenizer could be read from."""
    if (folder / SPM).is_file() or (text_kind != INTERNLM2 and _has_fast(folder)):
        return
    wanted = SPM if text_kind == INTERNLM2 else f"tokenizer.json, vocab.json with merges.txt, or {SPM}"
    raise LoadError(f"{str(folder)!r} has no tokenizer: it needs {wanted}.")


def _has_vocabulary(folder: Path) -> bool:
    return (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file()


def _has_fast(folder: Path) -> bool:
    return (folder / "tokenizer.json").is_file() or _has_vocabulary(folder)


def _load_spm(folder: Path) -> OriginalTokenizer:
    config = read_json(folder / CONFIG) if (folder / CONFIG).is_file() else {}
    backend = build_tokenizer(read_spm(folder / SPM), _named_tokens(folder, config))
    bos = _spelling(config.get("bos_token", "<s>")) if config.get("add_bos_token", True) else None
    if bos is not None:
        index = backend.token_to_id(bos)
        if index is None:
            raise LoadError(f"{str(folder)!r}: the tokenizer has no token {bos!r}, which its prompts begin with.")
        backend.post_processor = processors.TemplateProcessing(
            single=f"{bos} $A", pair=f"{bos} $A {bos} $B", special_tokens=[(bos, index)]
        )
    return OriginalTokenizer(backend=backend, bos=bos)


def _load_fast(folder: Path, *, is_qwen2: bool) -> OriginalTokenizer:
    # named classes: AutoTokenizer would ask on standard input whether to run the checkpoint's code
    kind: Any = Qwen2TokenizerFast if is_qwen2 else PreTrainedTokenizerFast
    try:
        backend: Tokenizer = kind.from_pretrained(folder, local_files_only=True).backend_tokenizer
    except Exception as error:  # tokenizers raises bare Exception for every kind of bad file
        raise LoadError(f"The tokenizer in {str(folder)!r} cannot be loaded: {error}") from error
    first = backend.encode("", add_special_tokens=True).tokens
    return OriginalTokenizer(backend=backend, bos=first[0] if first else None)


def _named_tokens(folder: Path, config: Mapping[str, Any]) -> dict[int, NamedToken]:
    """Return what the configuration files add or rename, by id. Raises LoadError when an entry is malformed."""
    named: dict[int, NamedToken] = {}
    try:
        if (folder / "added_tokens.json").is_file():
            # these carry no flag; every one of InternVL's is special, and text must not forge them
            added = read_json(folder / "added_tokens.json")
            named |= {int(index): NamedToken(text=text, special=True) for text, index in added.items()}
        for index, entry in config.get("added_tokens_decoder", {}).items():
            named[int(index)] = NamedToken(text=str(entry["content"]), special=bool(entry.get("special", True)))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LoadError(f"The added tokens in {str(folder)!r} cannot be read: {error!r}") from error
    return named


def _spelling(token: object) -> str:
    return str(token["content"]) if isinstance(token, dict) and "content" in token else str(token)
