"""The tensors of an original InternVL2.5 checkpoint, streamed into transformers' native model one at a time.

Knows the original tensor names, how they map to the native ones, and how InternLM2 interleaves query, key and value rows. Before
anything is loaded, names and shapes of every file are checked against the model, so that an error names the tensor or file and
no weight is ever left at random. Does not know how the model is configured or used.

Source: the name table was checked against the original classes; ``modeling_internlm2.py`` for the layout of ``wqkv``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers.utils.logging import tqdm

from engine.errors import LoadError
from engine.models.checkpoints.folder import INDEX, read_index
from engine.models.families.internvl_original import experts
from engine.models.families.internvl_original.experts import expert_place, single_shapes
from engine.models.placement.device_layout import Layout

SINGLE = "model.safetensors"
SHOWN = 5  # names listed in an error

# Module names; ".weight" and ".bias" stay. "{qkv}" stands for one tensor that becomes three.
_ONCE = {
    "vision_model.embeddings.class_embedding": "model.vision_tower.embeddings.cls_token",
    "vision_model.embeddings.position_embedding": "model.vision_tower.embeddings.position_embeddings",
    "vision_model.embeddings.patch_embedding": "model.vision_tower.embeddings.patch_embeddings.projection",
    "mlp1.0": "model.multi_modal_projector.layer_norm",
    "mlp1.1": "model.multi_modal_projector.linear_1",
    "mlp1.3": "model.multi_modal_projector.linear_2",
    "language_model.output": "lm_head",  # InternLM2
    "language_model.lm_head": "lm_head",  # Qwen2, Llama
    "language_model.model.tok_embeddings": "model.language_model.embed_tokens",  # InternLM2
    "language_model.model.embed_tokens": "model.language_model.embed_tokens",  # Qwen2, Llama
    "language_model.model.norm": "model.language_model.norm",
}
_VISION_LAYER = {
    "attn.qkv": "attention.{qkv}_proj",
    "attn.proj": "attention.projection_layer",
    "attn.q_norm": "attention.q_norm",
    "attn.k_norm": "attention.k_norm",
    "norm1": "layernorm_before",
    "norm2": "layernorm_after",
    "ls1": "lambda_1",
    "ls2": "lambda_2",
    "mlp.fc1": "mlp.fc1",
    "mlp.fc2": "mlp.fc2",
}
_INTERNLM2_LAYER = {
    "attention.wqkv": "self_attn.{qkv}_proj",
    "attention.wo": "self_attn.o_proj",
    "feed_forward.w1": "mlp.gate_proj",
    "feed_forward.w2": "mlp.down_proj",
    "feed_forward.w3": "mlp.up_proj",
    "attention_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
_QKV = "{qkv}"
_NAME = re.compile(r"(?P<module>.+?)(?P<suffix>\.weight|\.bias)?")
_LAYER = re.compile(r"(?P<tower>vision_model\.encoder|language_model\.model)\.layers\.(?P<number>\d+)\.(?P<module>.+)")
_HARMLESS = re.compile(r"language_model\.model\.(layers\.\d+\.(self_attn|attention)\.)?rotary_emb\.inv_freq")
_TEXT_LAYER = re.compile(r"model\.language_model\.layers\.(\d+)\.")
LM_HEAD = "lm_head.weight"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """A tensor as it lies on disk."""

    path: Path
    shape: tuple[int, ...]


class OriginalWeights:
    """The tensors of a checkpoint folder. Opens every file once to read its header; loads nothing until :meth:`fill`.

    Raises LoadError when a file is missing, cut short or contradicts the index.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stored = _read_headers(folder)

    @property
    def names(self) -> frozenset[str]:
        """Original tensor names."""
        return frozenset(self._stored)

    @torch.no_grad()
    def fill(self, model: Any, layout: Layout, dtype: torch.dtype) -> None:
        """Give every parameter of ``model`` (on the meta device) its tensor, converted and placed one at a time.

        Raises LoadError naming missing, unexpected or misshapen tensors, before anything is loaded.
        """
        heads = _Heads.of(model.config.text_config)
        wanted = single_shapes(
            {name: tuple(parameter.shape) for name, parameter in model.named_parameters(remove_duplicate=False)}
        )
        plan = self._plan(wanted, bool(model.config.tie_word_embeddings))
        self._check_shapes(plan, wanted, heads)
        bar = tqdm(total=len(plan), desc="Loading weights")  # transformers' own, as it shows for native checkpoints
        for path in sorted({self._stored[name].path for name in plan}):
            with _open(path) as file:
                for name in sorted(name for name in plan if self._stored[name].path == path):
                    tensor = _get(file, name, path)
                    for target, part in zip(plan[name], _parts(name, tensor, heads), strict=True):
                        _assign(model, target, part, _device(target, layout), dtype)
                    bar.update(1)
        bar.close()
        if model.config.tie_word_embeddings:
            self._tie(model)

    def _plan(self, wanted: Mapping[str, tuple[int, ...]], tied: bool) -> dict[str, tuple[str, ...]]:
        """Return native names by original name."""
        plan: dict[str, tuple[str, ...]] = {}
        found: set[str] = set()
        unexpected = []
        for name in sorted(self._stored):
            if _HARMLESS.fullmatch(name):
                continue  # old checkpoints store the rotary table, which follows from the configuration
            targets = _targets(name)
            if not targets or not set(targets) <= set(wanted) or found & set(targets):
                unexpected.append(name)
            plan[name] = targets
            found.update(targets)
        missing = sorted(set(wanted) - found - ({LM_HEAD} if tied else set()))
        if missing or unexpected:
            is_internlm2 = any(".attention.wqkv." in name for name in self._stored)
            absent = dict.fromkeys(_original_name(name, is_internlm2) for name in missing)  # three may have been one
            complaints = [f"missing {_shown(absent)}"] if missing else []
            complaints += [f"unexpected {_shown(unexpected)}"] if unexpected else []
            raise LoadError(
                f"The weights in {str(self._folder)!r} do not fit its config.json: {'; '.join(complaints)}."
            )
        return plan

    def _check_shapes(
        self, plan: Mapping[str, Sequence[str]], wanted: Mapping[str, tuple[int, ...]], heads: _Heads
    ) -> None:
        wrong = []
        for name, targets in plan.items():
            shape = self._stored[name].shape
            expected = _joined_shape([wanted[target] for target in targets])
            if shape != expected:
                wrong.append(f"{name} is {list(shape)}, not {list(expected)}")
            elif ".wqkv." in name and shape[0] != heads.rows:
                wrong.append(f"{name} has {shape[0]} rows, not {heads.rows}")
        if wrong:
            raise LoadError(
                f"The weights in {str(self._folder)!r} do not fit its config.json: mismatched {_shown(wrong)}."
            )

    def _tie(self, model: Any) -> None:
        """Share the embedding matrix with the output, or refuse when the checkpoint holds two that differ."""
        embeddings = model.get_input_embeddings().weight
        head = model.lm_head.weight
        if not head.is_meta and not torch.equal(head, embeddings):
            raise LoadError(
                f"config.json in {str(self._folder)!r} says tie_word_embeddings, but the checkpoint holds an output matrix "
                "that differs from the embeddings."
            )
        model.lm_head.weight = embeddings


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heads:
    """Attention heads of the text model."""

    queries: int
    keys: int
    size: int

    @classmethod
    def of(cls, config: Any) -> _Heads:
        size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        return cls(queries=config.num_attention_heads, keys=config.num_key_value_heads, size=int(size))

    @property
    def rows(self) -> int:
        return (self.queries + 2 * self.keys) * self.size


def _targets(name: str) -> tuple[str, ...]:
    """Return the native names an original tensor goes to; none when it is unknown."""
    whole = _NAME.fullmatch(name)
    native = None if whole is None else _native_module(whole["module"])
    if whole is None or native is None:
        return ()
    target = native + (whole["suffix"] or "")
    return tuple(target.replace(_QKV, part) for part in "qkv") if _QKV in target else (target,)


def _native_module(module: str) -> str | None:
    layer = _LAYER.fullmatch(module)
    if layer is None:
        return _ONCE.get(module)
    if layer["tower"] == "vision_model.encoder":
        inner = _VISION_LAYER.get(layer["module"])
        return None if inner is None else f"model.vision_tower.encoder.layer.{layer['number']}.{inner}"
    # Qwen and Llama have the native names already
    return f"model.language_model.layers.{layer['number']}.{_INTERNLM2_LAYER.get(layer['module'], layer['module'])}"


def _original_name(native: str, is_internlm2: bool) -> str:
    """Return what a native tensor is called in an original checkpoint."""
    whole = _NAME.fullmatch(native)
    assert whole is not None, "every name has a module"
    module, suffix = whole["module"], whole["suffix"] or ""
    for head, old_head, table in (
        ("model.vision_tower.encoder.layer.", "vision_model.encoder.layers.", _VISION_LAYER),
        ("model.language_model.layers.", "language_model.model.layers.", _INTERNLM2_LAYER if is_internlm2 else {}),
    ):
        if module.startswith(head):
            number, _, inner = module.removeprefix(head).partition(".")
            names = {new: old for old, new in table.items()}
            old = names.get(inner) or names.get(re.sub(r"[qkv]_proj$", f"{_QKV}_proj", inner)) or inner
            return f"{old_head}{number}.{old}{suffix}"
    # of two original names for one module, the table has InternLM2's first and inverting keeps the last
    entries = list(_ONCE.items())
    return {new: old for old, new in (reversed(entries) if is_internlm2 else entries)}.get(module, module) + suffix


def _joined_shape(shapes: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return (sum(shape[0] for shape in shapes), *shapes[0][1:]) if len(shapes) > 1 else shapes[0]


def _parts(name: str, tensor: Tensor, heads: _Heads) -> tuple[Tensor, ...]:
    """Return the native tensors one original tensor becomes."""
    if ".wqkv." in name:
        # rows lie by key/value head: its query heads, its key, its value
        grouped = tensor.unflatten(0, (heads.keys, -1, heads.size))  # (K, G + 2, D, ...)
        return grouped[:, :-2].flatten(0, 2), grouped[:, -2].flatten(0, 1), grouped[:, -1].flatten(0, 1)
    if ".attn.qkv." in name:
        return tensor.chunk(3, dim=0)
    return (tensor,)


def _placed(tensor: Tensor, device: torch.device, dtype: torch.dtype) -> Tensor:
    placed = tensor.to(device=device, dtype=dtype)
    # a part of a larger tensor, or of a file's memory map, would keep the whole alive
    return placed.clone() if placed.untyped_storage().nbytes() != placed.nbytes else placed.contiguous()


def _device(target: str, layout: Layout) -> torch.device:
    """Return where a native tensor goes."""
    layer = _TEXT_LAYER.match(target)
    return layout.layers[int(layer[1])] if layer is not None and layout.layers else layout.home


def _assign(model: Any, name: str, tensor: Tensor, device: torch.device, dtype: torch.dtype) -> None:
    if (place := expert_place(name)) is not None:
        experts.assign(model, place, tensor, device, dtype)
        return
    owner, _, attribute = name.rpartition(".")
    parameter = torch.nn.Parameter(_placed(tensor, device, dtype), requires_grad=False)
    setattr(model.get_submodule(owner), attribute, parameter)


def _read_headers(folder: Path) -> dict[str, _Stored]:
    weight_map = read_index(folder)
    if weight_map is not None:
        return _read_shards(folder, weight_map)
    if (folder / SINGLE).is_file():
        return _header(folder / SINGLE)
    other = sorted(path.name for path in folder.glob("*.safetensors")) or sorted(
        path.name for path in folder.glob("*.bin")
    )
    hint = f"; it has {_shown(other)}" if other else ""
    raise LoadError(f"{str(folder)!r} has neither {INDEX!r} nor {SINGLE!r}{hint}.")


def _read_shards(folder: Path, weight_map: Mapping[str, str]) -> dict[str, _Stored]:
    files = sorted(set(weight_map.values()))
    missing = [file for file in files if not (folder / file).is_file()]
    if missing:
        raise LoadError(f"{str(folder)!r} lacks {_shown(missing)}, which {INDEX} names. Download the checkpoint again.")
    stored: dict[str, _Stored] = {}
    for file in files:
        for name, entry in _header(folder / file).items():
            if name in stored:
                raise LoadError(
                    f"{stored[name].path.name!r} and {file!r} in {str(folder)!r} both hold {name!r}. Download the checkpoint again."
                )
            stored[name] = entry
    for name, entry in stored.items():
        if weight_map.get(name) != entry.path.name:
            raise LoadError(f"{str(entry.path)!r} holds {name!r}, which {INDEX} does not place there.")
    absent = sorted(set(weight_map) - set(stored))
    if absent:
        raise LoadError(f"{str(folder)!r}: {INDEX} names tensors that are in no file: {_shown(absent)}.")
    return stored


def _header(path: Path) -> dict[str, _Stored]:
    with _open(path) as file:
        return {name: _Stored(path=path, shape=tuple(file.get_slice(name).get_shape())) for name in file.keys()}  # noqa: SIM118


def _open(path: Path) -> Any:
    try:
        return safe_open(path, framework="pt", device="cpu")
    except (OSError, SafetensorError) as error:
        raise LoadError(f"{str(path)!r} is damaged or incomplete: {error}. Download it again.") from error


def _get(file: Any, name: str, path: Path) -> Tensor:
    try:
        tensor: Tensor = file.get_tensor(name)
    except (OSError, SafetensorError) as error:
        raise LoadError(f"{str(path)!r} is damaged: {name!r} cannot be read: {error}") from error
    return tensor


def _shown(names: Iterable[str]) -> str:
    listed = list(names)
    more = f" and {len(listed) - SHOWN} more" if len(listed) > SHOWN else ""
    return ", ".join(listed[:SHOWN]) + more
