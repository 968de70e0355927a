"""Writing N solutions of one prompt with a picture: this engine against ``generate(num_return_sequences=N)`` of transformers.

Greedy, so that both must write the same tokens; the cost of a token is that of a drawn one:
``python -m benchmarks.sampling --json``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from benchmarks import metering, midsize, peaks, work
from benchmarks.metering import metered, warm_up
from benchmarks.midsize import QUESTION, Workload
from engine.domain import Sampling
from engine.models.inference import sampler
from engine.models.registry import Options, load_network
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt


def ours(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """The whole way of a request: picture, prompt, all tokens of all rows, decoded to text."""
    network = _endless(load_network(folder, Options(device=str(device), dtype=size.dtype_name)))
    sampling = Sampling(n=size.rows, temperature=0.0, max_new_tokens=size.new_tokens)
    images = [midsize.picture(size)]
    few = replace(sampling, max_new_tokens=2)
    warm_up(device, lambda: list(sampler.sample(network, images, QUESTION, few)))
    texts = [""] * size.rows
    first: float | None = None
    with metered(device) as cost:
        for chunks in sampler.sample(network, images, QUESTION, sampling):
            for chunk in chunks:
                texts[chunk.draw] += chunk.text
            if chunks and first is None:
                first = cost.so_far()
    prompt = encode(policy_prompt(network.style, QUESTION, network.count_tiles(images)), network.tokens)
    return {
        "seconds": cost.seconds,
        "seconds_to_first_token": first,
        "extra_bytes": cost.extra_bytes,
        "peak_bytes": cost.peak_bytes,
        "decoding_bytes": work.decoding_bytes(size, len(prompt), size.new_tokens - 1),
        "memory_bandwidth": peaks.memory_bandwidth(device),
        "texts": texts,
    }


def generate(folder: Path, size: Workload, device: torch.device) -> dict[str, Any]:
    """One call of transformers for all rows."""
    network: Any = load_network(folder, Options(device="cpu", dtype=size.dtype_name))
    images = [midsize.picture(size)]
    ids = encode(policy_prompt(network.style, QUESTION, network.count_tiles(images)), network.tokens)
    processor, tokens = network.processor, network.tokens
    del network
    peer = midsize.Peer(folder, size, device, processor)
    warm_up(device, lambda: peer.write(ids, size.rows, 2))
    with metered(device) as cost:
        written = peer.write(ids, size.rows, size.new_tokens)
    texts = [tokens.decode(row[len(ids) :].tolist()) for row in written]
    return {"seconds": cost.seconds, "extra_bytes": cost.extra_bytes, "texts": texts, "prompt_tokens": len(ids)}


def _endless(network: Any) -> Any:
    """Return the network with no token that ends an answer."""
    return replace(network, stop_ids=frozenset())


def compare(costs: dict[str, dict[str, Any]], size: Workload) -> dict[str, Any]:
    """Return the ratios and whether both wrote the same."""
    mine, theirs = costs["ours"], costs["generate"]
    tokens = size.rows * size.new_tokens
    decoding = mine["seconds"] - mine["seconds_to_first_token"]
    return {
        "speedup_over_generate": theirs["seconds"] / mine["seconds"],
        "memory_ratio_to_generate": mine["extra_bytes"] / theirs["extra_bytes"],
        "greedy_tokens_equal": mine["texts"] == theirs["texts"],
        "memory_bandwidth_fraction": mine["decoding_bytes"] / decoding / mine["memory_bandwidth"],
        "memory_bandwidth_gb_per_second": mine["memory_bandwidth"] / 1e9,
        "decoding_milliseconds_per_step": 1000 * decoding / (size.new_tokens - 1),
        "peak_gib": mine["peak_bytes"] / 2**30,
        "solutions": size.rows,
        "tokens_each": size.new_tokens,
        "prompt_tokens": theirs["prompt_tokens"],
        "tokens_per_second": {way: tokens / cost["seconds"] for way, cost in costs.items()},
        "seconds": {way: cost["seconds"] for way, cost in costs.items()},
        "seconds_to_first_token": mine["seconds_to_first_token"],
        "extra_mib": {way: cost["extra_bytes"] / 2**20 for way, cost in costs.items()},
        "scaled": False,
    }


WAYS = {"ours": ours, "generate": generate}

if __name__ == "__main__":
    metering.main("benchmarks.sampling", __doc__ or "", WAYS, compare)
