"""An original InternVL2.5 folder -> a native "-hf" folder that transformers, vLLM and this engine load without remote code.

Knows which files a native folder needs. The weights are those the original loader gives, in the dtype they are stored in; the
chat template writes the original's system message and BOS. Does not know how checkpoints are read.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from engine.errors import LoadError
from engine.models.checkpoints.folder import Placement, read_json, read_stop_ids
from engine.models.families.internvl_original.loading import OriginalModel, is_original, read_original
from engine.models.families.tiling import DEVIATION, MEAN
from engine.prompts.chat import IMAGE_END, IMAGE_START, IMAGE_TOKEN, TURN_END

SHARD_SIZE = "5GB"
NATIVE_EPSILON = (
    1e-6  # what the native class normalises queries and keys of the vision tower with, whatever is configured
)
# An empty message is a header without an end-of-turn mark: so do the original's templates. Its text is put together first,
# because servers hand an empty one over in several ways: "", [], or a list with an empty text (vLLM).
CHAT_TEMPLATE = """{bos}{{% if messages[0]['role'] != 'system' %}}<|im_start|>system
{{{{ {system} }}}}<|im_end|>
{{% endif %}}{{% for message in messages %}}{{% set text %}}\
{{% if message['content'] is string %}}{{{{ message['content'] }}}}{{% else %}}{{% for part in message['content'] %}}\
{{% if part['type'] == 'image' %}}<IMG_CONTEXT>
{{% else %}}{{{{ part['text'] }}}}{{% endif %}}{{% endfor %}}{{% endif %}}{{% endset %}}<|im_start|>{{{{ message['role'] }}}}
{{{{ text }}}}{{% if text %}}<|im_end|>
{{% endif %}}{{% endfor %}}{{% if add_generation_prompt %}}<|im_start|>assistant
{{% endif %}}"""


def convert(source: Path, target: Path, dtype: torch.dtype | None = None) -> None:
    """Write ``target`` from the original folder ``source``; ``dtype`` defaults to the stored one.

    The folder appears whole or not at all. Raises LoadError when the source cannot be loaded or has no native form, or when
    the target exists and is not empty.
    """
    if not is_original(source):
        raise LoadError(f"{str(source)!r} is not an original InternVL checkpoint; there is nothing to convert.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise LoadError(f"{str(target)!r} exists and is not empty. Choose another folder.")
    stored = dtype or _stored_dtype(read_json(source / "config.json"))
    original = read_original(source, Placement(device=torch.device("cpu"), dtype=stored))
    vision = original.model.config.vision_config
    if vision.use_qk_norm and vision.layer_norm_eps != NATIVE_EPSILON:
        raise LoadError(f"layer_norm_eps {vision.layer_norm_eps!r} with qk_normalization has no native form.")
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        original.model.save_pretrained(part, max_shard_size=SHARD_SIZE, save_original_format=False)
        _write_tokenizer(original, part)
        _write_settings(original, source, part)
        if target.exists():
            target.rmdir()
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def chat_template(original: OriginalModel) -> str:
    """Return the Jinja chat template that writes the original's prompts."""
    quoted = json.dumps(original.config.system_message, ensure_ascii=False)  # as a literal, its braces mean nothing
    return CHAT_TEMPLATE.format(bos=original.tokenizer.bos or "", system=quoted)


def _write_tokenizer(original: OriginalModel, folder: Path) -> None:
    backend = original.tokenizer.backend
    padding = next(t for t in ("<|endoftext|>", "</s>", TURN_END) if backend.token_to_id(t) is not None)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        bos_token=original.tokenizer.bos,
        eos_token=TURN_END,
        pad_token=padding,
        clean_up_tokenization_spaces=False,
        chat_template=chat_template(original),
        # names transformers' InternVLProcessor asks for; it reads no video here, and an id of its own would need a new row
        extra_special_tokens={
            "start_image_token": IMAGE_START,
            "end_image_token": IMAGE_END,
            "context_image_token": IMAGE_TOKEN,
            "video_token": IMAGE_TOKEN,
        },
    )
    tokenizer.save_pretrained(folder)


def _write_settings(original: OriginalModel, source: Path, folder: Path) -> None:
    tiles = original.processor
    images = {
        "image_processor_type": "GotOcr2ImageProcessor",
        "crop_to_patches": True,
        "min_patches": tiles.smallest,
        "max_patches": tiles.largest,
        "size": {"height": tiles.edge, "width": tiles.edge},
        "resample": 3,
        "do_convert_rgb": True,
        "do_resize": True,
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": list(MEAN),
        "image_std": list(DEVIATION),
    }
    processor = {"processor_class": "InternVLProcessor", "image_seq_length": original.config.tiles.tokens}
    ends = {original.tokenizer.backend.token_to_id(TURN_END), *read_stop_ids(source)}
    _write(folder / "preprocessor_config.json", {**images, "processor_class": "InternVLProcessor"})
    _write(folder / "processor_config.json", processor)
    _write(folder / "generation_config.json", {"eos_token_id": sorted(ends)})
    _write(folder / "workbench.json", {"name": source.resolve().name, "system": original.config.system_message})


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _stored_dtype(config: Mapping[str, Any]) -> torch.dtype:
    name = config.get("torch_dtype") or config.get("dtype") or "bfloat16"
    known = {"bfloat16": torch.bfloat16, "float16": torch.float16, "float32": torch.float32}
    if name not in known:
        raise LoadError(f"config.json says torch_dtype {name!r}; known are {', '.join(known)}.")
    return known[name]
