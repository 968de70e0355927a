"""What the generic path costs over transformers' ``generate``, which computes the same: prompt, decoding to text and sampling.

A random Gemma 2, whose windows no family here reads, writes greedily behind a prompt. Both ways take turns in one process, so that
a busy machine is as busy for both: ``python -m benchmarks.generic --json``. Of one row the difference is the path's overhead; of
several, ``generate`` reads the prompt once for each of them and this engine once for all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import Gemma2Config, Gemma2ForCausalLM

from benchmarks.metering import clock, warm_up
from benchmarks.midsize import SIZES, Workload
from benchmarks.tiny_tokenizer import tiny_tokenizer
from engine.domain import Sampling
from engine.model_catalogue.model_choice import ModelPath
from engine.models.generic.loading import GenericModel
from engine.models.generic.roles import GenericPolicy
from engine.models.registry import Options, load_checkpoint

SPECIAL = ("<|endoftext|>", "<|turn|>", "<|end|>")
TEMPLATE = (
    "{% for m in messages %}<|turn|>{{ m.role }}\n{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|turn|>assistant\n{% endif %}"
)
ROWS = (1, 8)
QUESTION = "The red bar is 12. The blue bar is 30. What is the sum of the red bar and the blue bar? "


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One measurement of both ways, in seconds that count."""

    ours: float
    generate: float
    texts_equal: bool


def write_text_model(folder: Path, size: Workload) -> None:
    """Write a checkpoint folder of a random Gemma 2 in turns that no family knows."""
    tokenizer = tiny_tokenizer(SPECIAL)
    tokenizer.chat_template = TEMPLATE
    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.feed_forward,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.kv_heads,
        head_dim=size.hidden // size.heads,
        max_position_embeddings=8192,
        sliding_window=4096,
        tie_word_embeddings=False,  # tied ones repeat a token for ever
        bos_token_id=None,
        eos_token_id=tokenizer.convert_tokens_to_ids("<|end|>"),
        pad_token_id=tokenizer.convert_tokens_to_ids("<|endoftext|>"),
    )
    model: Any = Gemma2ForCausalLM(config)
    with torch.no_grad():  # wide enough that the likeliest token is beyond rounding
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.15)
        model.lm_head.weight[len(tokenizer) :] = 0  # they cost what others do, and are never the likeliest
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class Ways:
    """Both ways on one loaded model, so that they share its weights."""

    def __init__(self, folder: Path, size: Workload, device: torch.device) -> None:
        loaded = load_checkpoint(folder, Options(device=str(device), dtype=size.dtype_name))
        assert isinstance(loaded, GenericModel)
        assert loaded.card.path is ModelPath.GENERIC
        self._loaded = replace(loaded, stop_ids=frozenset())  # every token asked for is written
        self._policy = GenericPolicy(self._loaded)
        self._size, self._device = size, device
        self._question = QUESTION * 12

    def ours(self, rows: int, new_tokens: int) -> list[str]:
        """Write through the engine's policy: question to texts."""
        texts = [""] * rows
        for chunks in self._policy.sample(
            [], self._question, Sampling(n=rows, temperature=0.0, max_new_tokens=new_tokens)
        ):
            for chunk in chunks:
                texts[chunk.draw] += chunk.text
        return texts

    @torch.inference_mode()
    def generate(self, rows: int, new_tokens: int) -> list[str]:
        """Write through transformers alone: question to texts."""
        tokenizer, model = self._loaded.chat.tokenizer, self._loaded.model
        asked = self._loaded.policy_prompt.format(question=self._question)
        text = tokenizer.apply_chat_template(
            [{"role": "user", "content": asked}], tokenize=False, add_generation_prompt=True
        )
        ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"].to(self._device)
        # of the one likeliest token: generate refuses several rows where it is told to be greedy
        how: dict[str, Any] = (
            {"do_sample": True, "top_k": 1, "num_return_sequences": rows} if rows > 1 else {"do_sample": False}
        )
        written = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=new_tokens,
            eos_token_id=None,
            **how,
        )
        return [self._loaded.tokens.decode(row[ids.shape[1] :].tolist()) for row in written]

    def pair(self, rows: int, *, ours_first: bool) -> Pair:
        """Measure both ways once."""
        seconds, texts = {}, {}
        for way in (self.ours, self.generate) if ours_first else (self.generate, self.ours):
            begun = clock(self._device)
            texts[way.__name__] = way(rows, self._size.new_tokens)
            seconds[way.__name__] = clock(self._device) - begun
        return Pair(ours=seconds["ours"], generate=seconds["generate"], texts_equal=texts["ours"] == texts["generate"])


def measure(folder: Path, size: Workload, device: torch.device, pairs: int) -> dict[str, Any]:
    """Return the overhead of each number of rows."""
    ways = Ways(folder, size, device)
    found: dict[str, Any] = {"new_tokens": size.new_tokens, "load_before": os.getloadavg()[0]}
    for rows in ROWS:
        print(f"measuring {rows} rows", file=sys.stderr)
        ways.pair(rows, ours_first=True)  # caches of the libraries
        warm_up(device, lambda rows=rows: ways.pair(rows, ours_first=False))  # type: ignore[misc]
        found[f"rows_{rows}"] = summary([ways.pair(rows, ours_first=number % 2 == 0) for number in range(pairs)])
    return {**found, "load_after": os.getloadavg()[0]}


def summary(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return what pairs of measurements come to; an overhead of 0.1 is 10 % more than ``generate`` takes."""
    ratios = sorted(pair.ours / pair.generate - 1 for pair in pairs)
    return {
        "overhead": statistics.median(ratios),
        "least": ratios[0],
        "most": ratios[-1],
        "seconds": {
            "ours": statistics.median(pair.ours for pair in pairs),
            "generate": statistics.median(pair.generate for pair in pairs),
        },
        "pairs": len(pairs),
        "texts_equal": all(pair.texts_equal for pair in pairs),
    }


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generic", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small model: seconds")
    parser.add_argument("--pairs", default=5, type=int, help="measurements of both ways; default: %(default)s")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size = SIZES["quick" if options.quick else "mid"]
    with tempfile.TemporaryDirectory() as folder:
        write_text_model(Path(folder), size)
        figures = measure(Path(folder), size, torch.device(options.device), options.pairs)
    print(json.dumps(figures) if options.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
