"""N solutions of one prompt, which is read once: see ``decoder.py`` for how they are written.

Of many rows a few are written first, so that a run that is stopped has something to keep. Yields after every forward step. Closing
the generator stops it and frees its memory. Knows no scores and no steps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import torch
from PIL.Image import Image

from engine.domain import Sampling
from engine.errors import InvalidRequest
from engine.models.inference.decoder import Decoder
from engine.models.inference.decoding_request import Branch
from engine.models.inference.network import Network, Pictures, memory_named, prefill
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from engine.protocols import Chunk

# All abreast, the eighth of 128 solutions ended after 80 % of the run's time, and what was stopped before was lost. With these it
# does after 15 %, and the run takes as long on a CPU. A wave costs a GPU as much as all rows at once, so there are no more.
MANY_ROWS = 32
FIRST_ROWS = 16


def sample(
    network: Network,
    images: Sequence[Image],
    question: str,
    sampling: Sampling,
    encode_pictures: Callable[[Sequence[Image]], Pictures] | None = None,
    decoder: Decoder | None = None,
) -> Generator[tuple[Chunk, ...], None, None]:
    """Write ``sampling.n`` solutions; see ``Policy.sample``.

    Args:
        network: the policy.
        images: decoded.
        question: of a person.
        sampling: how.
        encode_pictures: replaces the network's own, to remember.
        decoder: of this network, which writes the rows of others too; None: one of its own.
    """
    prompt = policy_prompt(network.style, question, network.count_tiles(images))
    ids = encode(prompt, network.tokens)
    check_length(len(ids) + 1, network.context, "The question")
    yield ()
    pictures = None
    if images:
        pictures = (encode_pictures or network.encode_pictures)(images)
        yield ()
    yield from decode(network, ids, sampling, pictures, decoder)


def decode(
    network: Network,
    ids: Sequence[int],
    sampling: Sampling,
    pictures: Pictures | None = None,
    decoder: Decoder | None = None,
) -> Generator[tuple[Chunk, ...], None, None]:
    """Continue the prompt ``ids``, ``sampling.n`` times."""
    first = FIRST_ROWS if sampling.n > MANY_ROWS else 0
    request = (decoder or Decoder(network)).open(sampling, most=sampling.n, first=first)
    branch = read_prompt(network, ids, pictures)
    for draw in range(sampling.n):
        request.add(draw, branch, sampling.seed, draw)
    del branch
    yield from request.write()


@torch.inference_mode()
def read_prompt(network: Network, ids: Sequence[int], pictures: Pictures | None) -> Branch:
    """Read a whole prompt, for rows to begin behind it."""
    with memory_named(network.device):
        prefix, hidden = prefill(network, ids, pictures)
    return Branch(prefix=prefix, hidden=hidden, ids=ids)


def check_length(tokens: int, context: int, what: str) -> None:
    """Raise InvalidRequest when a prompt does not fit the model's context."""
    if tokens > context:
        raise InvalidRequest(
            f"{what} is too long: it needs {tokens} tokens with its images, and the model reads at most {context}. Shorten it."
        )
