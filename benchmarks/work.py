"""What a piece of work must cost at least: its floating-point operations, and the bytes that go through memory. Pure arithmetic.

Counts what is useful and no more: every token once, no padding, no norms, no rotary angles. An implementation that does more, or
waits, reaches a smaller share of what the device can do. A multiplication and an addition are two operations.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.midsize import Workload


def scoring_operations(
    size: Workload, tiles: int, prefix: int, suffixes: Sequence[int], read: Sequence[Sequence[int]]
) -> int:
    """Return operations of reading a picture's tiles, a prompt of prefix tokens and solutions of suffixes behind it.

    ``read``: where in each suffix a score is read. In the last layer all other tokens are there to be seen only: they cost
    keys and values, and no query, output or feed-forward matrix.
    """
    tokens = prefix + sum(suffixes)
    pairs = _causal(prefix) + sum(length * prefix + _causal(length) for length in suffixes)
    inner = layer_operations(size, tokens, pairs) * (size.layers - 1)
    scores, seen = sum(map(len, read)), sum(prefix + place + 1 for places in read for place in places)
    unread = 2 * (tokens - scores) * 2 * size.hidden * _key_width(size)  # keys and values
    return picture_operations(size, tiles) + inner + unread + layer_operations(size, scores, seen)


def layer_operations(size: Workload, tokens: int, pairs: int) -> int:
    """Return operations of one text layer: matrices for each token, attention for each pair of query and key."""
    # a pair costs the product of two heads' vectors, and adding one of them weighted
    return 2 * tokens * layer_parameters(size) + 4 * pairs * size.hidden


def picture_operations(size: Workload, tiles: int) -> int:
    """Return operations of the vision tower and the projector for ``tiles``."""
    patches, width = (size.edge // size.patch) ** 2, size.vision_hidden
    tokens = patches + 1  # the class token
    embedding = 2 * patches * 3 * size.patch**2 * width
    layer = (
        2 * tokens * 12 * width**2 + 4 * tokens**2 * width
    )  # four matrices of attention, two of four times the width
    projector = 2 * (patches // 4) * (4 * width * size.hidden + size.hidden**2)  # four patches become one token
    return tiles * (embedding + size.vision_layers * layer + projector)


def layer_parameters(size: Workload) -> int:
    """Return the numbers in the matrices of one text layer."""
    return 2 * size.hidden**2 + 2 * size.hidden * _key_width(size) + 3 * size.hidden * size.feed_forward


def decoding_bytes(size: Workload, prefix: int, steps: int) -> int:
    """Return bytes read while every row writes ``steps`` tokens: weights and prefix once a step, own tokens by row."""
    weights = size.layers * layer_parameters(size) + size.vocabulary * size.hidden
    token = 2 * size.layers * _key_width(size)  # its keys and values in all layers
    own = size.rows * token * _causal(steps)
    return size.dtype.itemsize * (steps * (weights + prefix * token) + own)


def _key_width(size: Workload) -> int:
    """Return the width of all keys of a token."""
    return size.hidden * size.kv_heads // size.heads


def _causal(tokens: int) -> int:
    """Return the pairs of a token and one it sees: itself and all before it."""
    return tokens * (tokens + 1) // 2
