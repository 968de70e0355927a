"""sentencepiece's ``tokenizer.model`` -> a ``tokenizers.Tokenizer``, without sentencepiece and without protobuf.

Knows the wire format of the few protobuf fields it needs, and how sentencepiece's byte-pair encoding reads text: normalise,
write a space as U+2581, take user-defined pieces whole, merge the pair whose result has the highest score, spell what is left
in bytes. Does not know prompts or which tokens a model family needs.

A piece that the tokenizer's configuration renames ("[UNUSED_TOKEN_145]" -> "<|im_end|>") is reached by its id only: unlike the
original, ordinary text that spells the old name does not become the special token.

Source: sentencepiece's ``sentencepiece_model.proto`` and ``bpe_model.cc``. Some releases of the library (0.2.2) refuse a file
with a piece that is one NUL character, as InternLM2's has; here it is a piece like any other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers

from engine.errors import LoadError

SPACE = "▁"  # U+2581: how sentencepiece writes a space
_BPE = 2  # TrainerSpec.ModelType

# field numbers of sentencepiece_model.proto
_PIECES, _TRAINER, _NORMALIZER = 1, 2, 3
_PIECE_TEXT, _PIECE_SCORE, _PIECE_KIND = 1, 2, 3
_MODEL_TYPE, _SPACE_AS_SUFFIX = 3, 24
_CHARSMAP, _DUMMY_PREFIX, _REMOVE_EXTRA_SPACES, _ESCAPE_SPACES = 2, 3, 4, 5


class PieceKind(IntEnum):
    """``SentencePiece.Type``."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One entry of the vocabulary; its id is its place in the file."""

    text: str
    score: float  # the higher, the earlier it is merged
    kind: PieceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SpmModel:
    """What a ``tokenizer.model`` says."""

    pieces: tuple[Piece, ...]
    charsmap: bytes  # compiled character normalisation; empty: none
    dummy_prefix: bool  # a space is put before every text
    remove_extra_spaces: bool  # spaces at the ends go, runs of them become one


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedToken:
    """A token the tokenizer's configuration adds, or renames."""

    text: str
    special: bool  # ordinary text never becomes it


def read_spm(path: Path) -> SpmModel:
    """Read a ``tokenizer.model``. Raises LoadError when it is no byte-pair model or cut short."""
    try:
        return _parse(path.read_bytes())
    except OSError as error:
        raise LoadError(f"{str(path)!r} cannot be read: {error}") from error
    except (ValueError, IndexError, KeyError, struct.error) as error:
        raise LoadError(f"{str(path)!r} is not a sentencepiece BPE model this engine can read: {error}") from error


def build_tokenizer(model: SpmModel, named: Mapping[int, NamedToken]) -> Tokenizer:
    """Return the tokenizer of a model and the tokens its configuration names, by id.

    Raises LoadError when two ids have the same spelling.
    """
    vocabulary = {piece.text: index for index, piece in enumerate(model.pieces) if index not in named}
    for index, token in named.items():
        if token.text in vocabulary:
            raise LoadError(f"The tokenizer gives {token.text!r} two ids: {vocabulary[token.text]} and {index}.")
        vocabulary[token.text] = index
    has_bytes = sum(piece.kind is PieceKind.BYTE for piece in model.pieces) == 256
    unknown = next((index for index, piece in enumerate(model.pieces) if piece.kind is PieceKind.UNKNOWN), None)
    unknown_text = None if unknown is None else named[unknown].text if unknown in named else model.pieces[unknown].text
    tokenizer = Tokenizer(
        models.BPE(
            vocab=vocabulary,
            merges=_merges(model.pieces, named),
            unk_token=unknown_text,
            fuse_unk=True,
            byte_fallback=has_bytes,
        )
    )
    tokenizer.normalizer = _normalizer(model)
    tokenizer.decoder = _decoder(model)
    tokenizer.add_tokens(_whole_pieces(model.pieces, named))
    tokenizer.add_special_tokens(_special_tokens(model.pieces, named))
    return tokenizer


def _merges(pieces: Sequence[Piece], named: Mapping[int, NamedToken]) -> list[tuple[str, str]]:
    """Return all pairs that make a piece, best score first."""
    mergeable = {p.text: i for i, p in enumerate(pieces) if p.kind is PieceKind.NORMAL and i not in named}
    ranked = sorted(mergeable.items(), key=lambda item: (-pieces[item[1]].score, item[1]))
    return [
        (text[:cut], text[cut:])
        for text, _ in ranked
        for cut in range(1, len(text))
        if text[:cut] in mergeable and text[cut:] in mergeable
    ]


def _whole_pieces(pieces: Sequence[Piece], named: Mapping[int, NamedToken]) -> list[AddedToken]:
    """Return what is taken whole wherever a text spells it, before anything is merged."""
    texts = [p.text for i, p in enumerate(pieces) if p.kind is PieceKind.USER_DEFINED and i not in named]
    texts += [token.text for _, token in sorted(named.items()) if not token.special]
    return [AddedToken(text, normalized=False) for text in texts]


def _special_tokens(pieces: Sequence[Piece], named: Mapping[int, NamedToken]) -> list[AddedToken]:
    """Return what text never becomes: declared special tokens, and control pieces that nobody declared."""
    texts = [p.text for i, p in enumerate(pieces) if p.kind is PieceKind.CONTROL and i not in named]
    texts += [token.text for _, token in sorted(named.items()) if token.special]
    return [AddedToken(text, normalized=False, special=True) for text in texts]


def _normalizer(model: SpmModel) -> normalizers.Normalizer:
    parts: list[normalizers.Normalizer] = []
    if model.charsmap:
        parts.append(normalizers.Precompiled(model.charsmap))
    if model.remove_extra_spaces:
        parts += [normalizers.Replace(Regex("^ +| +$"), ""), normalizers.Replace(Regex(" {2,}"), " ")]
    if model.dummy_prefix:
        parts.append(normalizers.Prepend(SPACE))
    return normalizers.Sequence([*parts, normalizers.Replace(" ", SPACE)])


def _decoder(model: SpmModel) -> decoders.Decoder:
    parts: list[decoders.Decoder] = [decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    if model.dummy_prefix:
        parts.append(decoders.Strip(" ", 1, 0))
    return decoders.Sequence(parts)


def _parse(data: bytes) -> SpmModel:
    pieces: list[Piece] = []
    trainer: dict[int, int | bytes] = {}
    normalizer: dict[int, int | bytes] = {}
    for number, value in _fields(data):
        if number == _PIECES:
            pieces.append(_piece(_message(value)))
        elif number == _TRAINER:
            trainer = _message(value)
        elif number == _NORMALIZER:
            normalizer = _message(value)
    if not pieces:
        raise ValueError("it holds no piece")
    if trainer.get(_MODEL_TYPE, 1) != _BPE:
        raise ValueError(
            f"its model type is {trainer.get(_MODEL_TYPE, 1)!r}, and only byte-pair encoding (2) is supported"
        )
    if trainer.get(_SPACE_AS_SUFFIX, 0) or not normalizer.get(_ESCAPE_SPACES, 1):
        raise ValueError("it writes spaces in a way that is not supported")
    unused = [piece.text for piece in pieces if piece.kind is PieceKind.UNUSED]
    if unused:
        raise ValueError(f"it holds unused pieces, such as {unused[0]!r}, which are not supported")
    charsmap = normalizer.get(_CHARSMAP, b"")
    return SpmModel(
        pieces=tuple(pieces),
        charsmap=charsmap if isinstance(charsmap, bytes) else b"",
        dummy_prefix=bool(normalizer.get(_DUMMY_PREFIX, 1)),
        remove_extra_spaces=bool(normalizer.get(_REMOVE_EXTRA_SPACES, 1)),
    )


def _piece(fields: Mapping[int, int | bytes]) -> Piece:
    text, score = fields[_PIECE_TEXT], fields.get(_PIECE_SCORE, bytes(4))
    if not isinstance(text, bytes) or not isinstance(score, bytes):
        raise ValueError("a piece has a field of the wrong type")
    kind = PieceKind(int(fields.get(_PIECE_KIND, PieceKind.NORMAL)))
    return Piece(text=text.decode("utf-8"), score=struct.unpack("<f", score)[0], kind=kind)


def _message(value: int | bytes) -> dict[int, int | bytes]:
    if not isinstance(value, bytes):
        raise ValueError("a message has the wrong wire type")
    return dict(_fields(value))  # the last one wins, as protobuf says for fields that are not repeated


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield field number and value: an int for varints, bytes for everything else."""
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, position = _varint(data, position)
            yield number, value
            continue
        if wire == 2:
            size, position = _varint(data, position)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire} at byte {position}")
        if position + size > len(data):
            raise ValueError(f"it is cut short at byte {len(data)}")
        yield number, data[position : position + size]
        position += size


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
