"""The tokenizer.model reader against the definition of sentencepiece's BPE, written out naively here, and the golden ids."""

import itertools
import json
import random
from pathlib import Path

import pytest

from engine.errors import LoadError
from engine.models.families.internvl_original.sentencepiece import (
    NamedToken,
    PieceKind,
    SpmModel,
    build_tokenizer,
    read_spm,
)
from engine.prompts.tokenizer import Tokens
from tests.support.originals import spm_bytes

GOLDEN = Path(__file__).parent / "golden" / "internvl25_tiny"
BYTES = [(f"<0x{b:02X}>", 0.0, 6) for b in range(256)]
HEAD = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3), *BYTES]
TEXTS = (
    "Hello, world", "  two  spaces and a trail  ", "tabs\tand\nnewlines\n\n", "x = \\frac{1}{2}", "naïve 图中圆 🙂👨‍👩‍👧",
    "", " ", "▁ is a space", "\x00 and \x7f", "<0x41> is plain text", "-" * 37, "=" * 8 + " " * 13, "thethethe",
)  # fmt: skip


def naive_encode(model: SpmModel, text: str) -> list[int]:
    """sentencepiece's BPE by its definition: merge the best-scored, leftmost neighbouring pair until none is a piece."""
    ids = {p.text: i for i, p in enumerate(model.pieces) if p.kind in (PieceKind.NORMAL, PieceKind.USER_DEFINED)}
    normal = {p.text: p.score for p in model.pieces if p.kind is PieceKind.NORMAL}
    symbols = list((" " * model.dummy_prefix + text).replace(" ", "▁")) if text else []
    while True:
        pairs = [(normal[a + b], -i) for i, (a, b) in enumerate(itertools.pairwise(symbols)) if a + b in normal]
        if not pairs:
            break
        at = -max(pairs)[1]
        symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
    out: list[int] = []
    byte_ids = {p.text: i for i, p in enumerate(model.pieces) if p.kind is PieceKind.BYTE}
    for symbol in symbols:
        out += [ids[symbol]] if symbol in ids else [byte_ids[f"<0x{b:02X}>"] for b in symbol.encode()]
    return out


def write(folder: Path, pieces: list[tuple[str, float, int]], **options: object) -> Path:
    path = folder / "tokenizer.model"
    path.write_bytes(spm_bytes(pieces, **{"dummy_prefix": False, **options}))
    return path


def random_pieces(seed: int) -> list[tuple[str, float, int]]:
    """A vocabulary as training makes it: every piece is two earlier ones joined."""
    rng = random.Random(seed)
    known = list("ab▁c-")
    joined: list[str] = []
    while len(joined) < 25:
        piece = rng.choice(known) + rng.choice(known)
        if piece not in known and len(piece) < 9:
            known.append(piece)
            joined.append(piece)
    return [*HEAD, *((text, -float(i), 1) for i, text in enumerate([*joined, *"ab▁c-"]))]


@pytest.mark.parametrize("dummy_prefix", [False, True])
def test_the_golden_vocabulary_reads_texts_as_the_definition_says(dummy_prefix):
    model = read_spm(GOLDEN / "checkpoint" / "tokenizer.model")
    model = SpmModel(pieces=model.pieces, charsmap=b"", dummy_prefix=dummy_prefix, remove_extra_spaces=False)
    tokens = Tokens(build_tokenizer(model, {}))
    golden = json.loads((GOLDEN / "golden.json").read_text())
    texts = [*TEXTS, *(case["response"] for case in golden["cases"] if case["id"] != "a18")]
    for text in filter(None, texts):
        ids = tokens.encode(text)
        assert ids == naive_encode(model, text)
        assert tokens.decode(ids) == text.replace("▁", " ")


@pytest.mark.parametrize("seed", range(8))
def test_random_vocabularies_read_random_texts_as_the_definition_says(tmp_path, seed):
    model = read_spm(write(tmp_path, random_pieces(seed), dummy_prefix=bool(seed % 2)))
    tokens = Tokens(build_tokenizer(model, {}))
    rng = random.Random(seed)
    for _ in range(60):
        text = "".join(rng.choices("ab c-é", weights=(4, 3, 3, 1, 2, 1), k=rng.randint(1, 25)))
        assert tokens.encode(text) == naive_encode(model, text), text


def test_the_nul_piece_is_a_piece():
    """sentencepiece 0.2.2 refuses InternLM2's file because one of its pieces is a single NUL character."""
    model = read_spm(GOLDEN / "checkpoint" / "tokenizer.model")
    assert model.pieces[761].text == "\x00"
    assert Tokens(build_tokenizer(model, {})).encode("\x00") == [761]


def test_a_renamed_piece_is_out_of_reach_of_text(tmp_path):
    model = read_spm(write(tmp_path, [*HEAD, ("a", -1.0, 1), ("[UNUSED]", -2.0, 4)]))
    named = {260: NamedToken(text="<|im_end|>", special=True), 261: NamedToken(text="<img>", special=True)}
    tokens = Tokens(build_tokenizer(model, named))
    assert (tokens.token_id("<|im_end|>"), tokens.token_id("<img>")) == (260, 261)
    assert not {260, 261} & {*tokens.encode("[UNUSED]"), *tokens.encode("a<|im_end|><img>"), *tokens.encode("</s>")}
    assert tokens.decode(tokens.encode("[UNUSED]<|im_end|>")) == "[UNUSED]<|im_end|>"


def test_a_user_defined_piece_is_taken_whole(tmp_path):
    model = read_spm(write(tmp_path, [*HEAD, ("a", -1.0, 1), ("b", -2.0, 1), ("aa", -0.5, 1), ("aab", 0.0, 4)]))
    assert Tokens(build_tokenizer(model, {})).encode("aaaab") == [261, 262]


def test_extra_spaces_go_where_the_file_says_so(tmp_path):
    pieces = [*HEAD, ("a", -1.0, 1), ("▁", -2.0, 1)]
    model = read_spm(write(tmp_path, pieces, extra=b"\x20\x01"))
    assert Tokens(build_tokenizer(model, {})).encode("  a   a ") == [259, 260, 259]


def test_two_ids_for_one_spelling_are_refused():
    model = read_spm(GOLDEN / "checkpoint" / "tokenizer.model")
    with pytest.raises(LoadError, match="'he' two ids"):
        build_tokenizer(model, {900: NamedToken(text="he", special=True)})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda data: data[: len(data) // 2], "cut short"),
        (lambda data: b"", "no piece"),
        (lambda data: b"not a model at all", "not a sentencepiece"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, damage, message):
    path = write(tmp_path, [*HEAD, ("a", -1.0, 1)])
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(LoadError, match=message) as raised:
        read_spm(path)
    assert "tokenizer.model" in str(raised.value)


def test_other_models_than_bpe_are_refused(tmp_path):
    with pytest.raises(LoadError, match="model type is 1"):
        read_spm(write(tmp_path, [*HEAD, ("a", -1.0, 1)], model_type=1))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LoadError, match=r"tokenizer\.model"):
        read_spm(tmp_path / "tokenizer.model")
