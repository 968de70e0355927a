"""Does a loaded model compute what it should? Checks that hold for any model, and stored answers of known ones.

Everything shared (pictures, prefix, positions, attention) is compared with transformers' own class reading each whole prompt
plainly, at places found in the ids and not taken from the code under test. Knows neither files nor commands.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from engine.domain import Sampling
from engine.models.inference import sampler, scorer
from engine.models.inference.network import Network
from engine.prompts.prm_formats.base import encode_prm
from engine.prompts.segments import Text, encode
from engine.prompts.style import policy_prompt
from engine.prompts.tokenizer import Detokenizer
from engine.protocols import run_to_end

QUESTION = "How many bars are in the picture?"
STEPS = ("There is a red bar and a blue bar.", "1 + 1 = 2.", "Final answer: 2")
TOKENS = 8  # written by a policy
KNOWN_ANSWERS = Path(__file__).with_name("known_answers.json")
# float32 is exact up to rounding; halves keep about three digits
TOLERANCE = {"float32": 1e-4, "float16": 0.02, "bfloat16": 0.05}
LEAST_DIFFERENCE = 1e-4  # by which a score read one token off must differ for the comparison to mean anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question and its answer."""

    name: str
    passed: bool
    detail: str  # the numbers, or what went wrong


def check_reward_model(network: Network) -> tuple[Check, ...]:
    """Check a model that scores, without a picture and, where it reads them, with one."""
    checks = [check for images in _image_sets(network) for check in _check_scores(network, images)]
    return (*checks, *_check_known(network, "scores", lambda: _scores(network, (picture(),))))


def check_policy(network: Network) -> tuple[Check, ...]:
    """Check a model that writes, without a picture and, where it reads them, with one."""
    checks = [check for images in _image_sets(network) for check in _check_writing(network, images)]
    return (*checks, *_check_known(network, "text", lambda: _text(network, (picture(),))))


def picture() -> Image.Image:
    """Return the picture that is asked about."""
    image = Image.new("RGB", (96, 64), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((10, 20, 30, 60), fill="red")
    pen.rectangle((50, 40, 70, 60), fill="blue")
    return image


def _check_writing(network: Network, images: Sequence[Image.Image]) -> Iterator[Check]:
    ids = _policy_ids(network, images)
    yield attempt(named("image tokens", images), lambda: _count_images(network, ids, images))
    yield attempt(named("greedy text", images), lambda: _compare_text(network, ids, images))


def _check_scores(network: Network, images: Sequence[Image.Image]) -> Iterator[Check]:
    tiles = network.count_tiles(images)
    prompt = encode_prm(network.style, network.prm_format, network.tokens, QUESTION, STEPS, tiles)
    closed = [*prompt.ids, *encode(network.prm_format.closing(), network.tokens)]
    yield attempt(named("image tokens", images), lambda: _count_images(network, closed, images))
    yield attempt(named("prompt round trip", images), lambda: _round_trip(network, closed, tiles))
    yield attempt(named("score places", images), lambda: _compare_places(network, closed, prompt.positions))
    yield attempt(named("shared scores", images), lambda: _compare_scores(network, closed, images))


def _count_images(network: Network, ids: Sequence[int], images: Sequence[Image.Image]) -> tuple[bool, str]:
    if not network.reads_pictures:
        return True, "it reads text only"
    wanted = len(network.encode_pictures(images).features.flatten(0, 1)) if images else 0
    found = list(ids).count(network.model.config.image_token_id)
    return found == wanted, f"{found} in the prompt, {wanted} from the vision tower"


def _round_trip(network: Network, ids: Sequence[int], tiles: Sequence[int]) -> tuple[bool, str]:
    """Decode the prompt; nothing of the texts may be lost or changed on the way."""
    prm_format = network.prm_format
    segments = prm_format.first(network.style, QUESTION, STEPS[0], tiles)
    for step in STEPS[1:]:
        segments = (*segments, *prm_format.following(step))
    expected = "".join(
        segment.text if isinstance(segment, Text) else _words(network, segment.token)
        for segment in (*segments, *prm_format.closing())
    )
    is_same = network.tokens.decode(ids).split() == expected.split()
    return is_same, f"{len(ids)} tokens" if is_same else f"decoded to {network.tokens.decode(ids)[:200]!r}"


def _words(network: Network, token: str) -> str:
    """Return a token as it reads in a text: nothing for a special one, a space where the vocabulary spells one."""
    return network.tokens.decode([network.tokens.token_id(token)])


def _compare_places(network: Network, ids: Sequence[int], positions: Sequence[int]) -> tuple[bool, str]:
    found = _places(network, ids)
    return list(positions) == found, f"read at {list(positions)}, the tokens before the answers are {found}"


def _places(network: Network, ids: Sequence[int]) -> list[int]:
    """Find where scores are to be read: at the format's own token, else one token before each answer that ends a turn."""
    prm_format, tokens = network.prm_format, network.tokens
    if prm_format.step_tokens:
        mark = tokens.token_id(prm_format.step_tokens[0])
        return [place for place, token in enumerate(ids) if token == mark]
    answer, end = tokens.token_id(prm_format.answers[0]), tokens.token_id(network.style.chat.end)
    return [place for place in range(len(ids) - 2) if ids[place + 1] == answer and ids[place + 2] == end]


def _compare_scores(network: Network, ids: Sequence[int], images: Sequence[Image.Image]) -> tuple[bool, str]:
    """Compare with one plain forward a step, and make sure that a place one token off would have been seen."""
    places = _places(network, ids)
    plain = [_plain_score(network, ids[: place + 1], images) for place in places]
    shared = _scores(network, images)
    if not all(map(math.isfinite, (*plain, *shared))):
        return False, f"not a number: shared {shared}, plain {plain}"
    if len(shared) != len(plain):
        return False, f"{len(shared)} scores, {len(plain)} places"
    furthest = max(abs(a - b) for a, b in zip(shared, plain, strict=True))
    off = [[_plain_score(network, ids[: place + 1 + by], images) for place in places] for by in (-1, 1)]
    nearest = min(max(abs(a - b) for a, b in zip(plain, other, strict=True)) for other in off)
    is_good = furthest <= tolerance(network.card.dtype) and nearest >= LEAST_DIFFERENCE
    return is_good, f"largest difference {furthest:.1e}; one token off {nearest:.1e}"


def _plain_score(network: Network, ids: Sequence[int], images: Sequence[Image.Image]) -> float:
    answers = [network.tokens.token_id(answer) for answer in network.prm_format.answers]
    return float(network.plain_logits(ids, images, [len(ids) - 1])[0, answers].softmax(0)[0])


def _compare_text(network: Network, ids: Sequence[int], images: Sequence[Image.Image]) -> tuple[bool, str]:
    """Compare greedy text with plain forwards, up to a special token or where two tokens are equally likely."""
    expected: list[int] = []
    while len(expected) < TOKENS:
        logits = network.plain_logits([*ids, *expected], images, [len(ids) + len(expected) - 1])[0]
        if not bool(logits.isfinite().all()):
            return False, "the logits are not numbers"
        best = logits.topk(2)
        is_tie = float(best.values[0] - best.values[1]) < 10 * tolerance(network.card.dtype)
        token = int(best.indices[0])
        if (
            is_tie or token in network.tokens.special_ids
        ):  # the end, or what a plain prompt cannot go on from (an image token)
            break
        expected.append(token)
    written = Detokenizer(network.tokens)
    wanted = "".join(written.add(token) for token in expected)  # what is certain: the last character may be half
    found = _text(network, images)
    is_same = found.startswith(wanted)
    return is_same, f"{len(expected)} tokens compared" if is_same else f"shared {found!r}, plain {wanted!r}"


def _scores(network: Network, images: Sequence[Image.Image]) -> list[float]:
    session = run_to_end(scorer.open_session(network, images, QUESTION))
    first = run_to_end(session.score({0: STEPS[:1]}))[0]
    return [*first, *run_to_end(session.score({0: STEPS[1:]}))[0]]


def _text(network: Network, images: Sequence[Image.Image]) -> str:
    sampling = Sampling(n=1, temperature=0, max_new_tokens=TOKENS)
    return "".join(chunk.text for chunks in sampler.sample(network, images, QUESTION, sampling) for chunk in chunks)


def _policy_ids(network: Network, images: Sequence[Image.Image]) -> list[int]:
    prompt = policy_prompt(network.style, QUESTION, network.count_tiles(images))
    return encode(prompt, network.tokens)


def _check_known(network: Network, what: str, compute: Callable[[], Any]) -> Iterator[Check]:
    known = json.loads(KNOWN_ANSWERS.read_text(encoding="utf-8")).get(network.card.revision)
    if known is not None:
        yield attempt(f"known {what}", lambda: _compare_known(network, known[what], compute()))


def _compare_known(network: Network, known: Any, found: Any) -> tuple[bool, str]:
    if isinstance(known, str):
        return found == known, f"wrote {found!r}, known is {known!r}"
    furthest = max(abs(a - b) for a, b in zip(found, known, strict=True))
    return furthest <= 10 * tolerance(network.card.dtype), f"largest difference {furthest:.1e}"  # NaN compares as false


def attempt(name: str, check: Callable[[], tuple[bool, str]]) -> Check:
    """Make a check; whatever it raises is its answer, because a broken model may fail anywhere."""
    try:
        passed, detail = check()
    except Exception as error:
        return Check(name=name, passed=False, detail=f"{type(error).__name__}: {error}")
    return Check(name=name, passed=passed, detail=detail)


def tolerance(dtype: str) -> float:
    """Return by how much two ways of computing a score may differ."""
    return TOLERANCE.get(dtype, max(TOLERANCE.values()))


def _image_sets(network: Network) -> tuple[tuple[Image.Image, ...], ...]:
    return ((), (picture(),)) if network.reads_pictures else ((),)


def named(name: str, images: Sequence[Image.Image]) -> str:
    """Return a check's name with what it is asked about."""
    return f"{name}, {'one picture' if images else 'no picture'}"
