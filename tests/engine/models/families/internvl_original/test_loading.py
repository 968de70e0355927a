"""Original InternVL2.5 checkpoints: the golden cases of the reference, tiny checkpoints of every variant, and every refusal.

Covers engine/models/families/internvl_original/experts.py.
"""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from engine.errors import LoadError
from engine.models.checkpoints.folder import Placement
from engine.models.families.internvl import InternVL
from engine.models.families.internvl_original.config import native_config, parse_config
from engine.models.families.internvl_original.loading import load_original
from engine.models.families.tiling import TileProcessor
from engine.prompts.chat import CHATML
from engine.prompts.prm_formats.base import encode_prm
from engine.prompts.prm_formats.visualprm import PLUS, prm_first_turn, prm_next_turn
from engine.prompts.segments import as_string, encode
from engine.prompts.style import INTERNVL25_SYSTEM
from engine.solution_text.steps import merge_steps, split_as_released
from tests.support.originals import Variant, change_config, original_config, write_original
from tests.support.tiny import drawing

GOLDEN = Path(__file__).parent / "golden" / "internvl25_tiny"
DATA = json.loads((GOLDEN / "golden.json").read_text(encoding="utf-8"))
CASES = DATA["cases"]
FORGED = "a18"  # spells special tokens; the reference obeys them, this engine does not
EXACT = [case for case in CASES if case["id"] != FORGED]
TOLERANCE = 2e-5
FLOAT32 = Placement(device=torch.device("cpu"), dtype=torch.float32)


@pytest.fixture(scope="module")
def golden() -> InternVL:
    return load_original(GOLDEN / "checkpoint", FLOAT32)


def name(case: dict) -> str:
    return case["id"]


def pictures_of(case: dict) -> list[Image.Image]:
    return [Image.open(GOLDEN / "images" / file) for file in case["images"]]


def one_pass(network: InternVL, question: str, steps: list[str], images: list[Image.Image]) -> list[float]:
    """All step scores by one plain forward of the model over the whole dialogue."""
    tiles = network.count_tiles(images)
    prompt = encode_prm(network.style, network.prm_format, network.tokens, question, steps, tiles)
    pictures = network.encode_pictures(images) if images else None
    with torch.inference_mode():
        hidden = network.model.model.language_model(
            inputs_embeds=network.embed(torch.tensor([prompt.ids]), pictures), use_cache=False
        ).last_hidden_state[0]
    answers = [network.tokens.token_id("+"), network.tokens.token_id("-")]
    return network.logits(hidden[list(prompt.positions)], answers).softmax(-1)[:, 0].tolist()


# ---- the golden cases ----


@pytest.mark.parametrize("case", EXACT, ids=name)
def test_golden_prompts_have_the_same_ids_and_positions(golden, case):
    steps = tuple(group.text for group in merge_steps(split_as_released(case["response"]), case["max_steps"]))
    assert steps == tuple(case["steps"])
    prompt = encode_prm(
        golden.style, golden.prm_format, golden.tokens, case["question"], steps, case["num_patches_list"]
    )
    closed = [*prompt.ids, *encode(CHATML.answer(PLUS), golden.tokens)]
    assert closed == case["soft_v2_input_ids"]
    assert list(prompt.positions) == case["soft_v2_score_positions"]
    assert [position + 1 for position in prompt.positions] == case["soft_input_lengths"]
    turns = [prm_first_turn(golden.style, case["question"], steps[0], case["num_patches_list"])]
    turns += [prm_next_turn(step) for step in steps[1:]]
    text = "".join(as_string(turn) for turn in (*turns, CHATML.answer(PLUS)))
    # the reference's tokenizer adds BOS by itself, so its prompt string has none
    assert text.removeprefix("<s>") == case["soft_v2_prompt"]


@pytest.mark.parametrize("case", EXACT, ids=name)
def test_golden_orm_prompts_have_the_same_ids(golden, case):
    turn = prm_first_turn(golden.style, case["question"], case["response"], case["num_patches_list"])
    ids = encode(turn, golden.tokens)
    assert len(ids) == case["orm_soft_input_length"]
    assert hashlib.sha256(json.dumps(ids).encode()).hexdigest() == case["orm_soft_input_ids_sha"]


@pytest.mark.parametrize("case", [case for case in CASES if case["images"]], ids=name)
def test_golden_pictures_have_the_same_bits(golden, case):
    images = pictures_of(case)
    grids = [golden.processor.grid(height=image.height, width=image.width) for image in images]
    assert [[grid.columns, grid.rows] for grid in grids] == case["grids"]
    assert list(golden.count_tiles(images)) == case["num_patches_list"]
    batch = golden.processor(images)
    assert batch["num_patches"].tolist() == case["num_patches_list"]
    pixels, expected = batch["pixel_values"].numpy(), case["pixel_values"]
    assert list(pixels.shape) == expected["shape"]
    assert hashlib.sha256(pixels.astype("<f4").tobytes()).hexdigest() == expected["sha256_float32_le"]
    precise = pixels.astype(np.float64)
    assert precise.mean() == pytest.approx(expected["mean"], abs=1e-9)
    assert precise.std() == pytest.approx(expected["std"], abs=1e-9)
    assert precise.mean((2, 3)).tolist() == [pytest.approx(row, abs=1e-9) for row in expected["per_tile_channel_mean"]]


@pytest.mark.parametrize("case", EXACT, ids=name)
def test_golden_scores_are_the_references(golden, case):
    images = pictures_of(case)
    scores = one_pass(golden, case["question"], case["steps"], images)
    assert scores == pytest.approx(case["soft_v2"], abs=TOLERANCE)
    assert one_pass(golden, case["question"], [case["response"]], images) == pytest.approx(
        [case["orm_soft"]], abs=TOLERANCE
    )
    for last in range(len(case["steps"])):
        alone = one_pass(golden, case["question"], case["steps"][: last + 1], images)[-1]
        assert alone == pytest.approx(case["soft"][last], abs=TOLERANCE)
    assert sum(scores) / len(scores) == pytest.approx(case["overall"]["soft_v2"], abs=TOLERANCE)


def test_golden_best_of_n_ranks_alike(golden):
    stated = DATA["best_of_n"]
    image = [Image.open(GOLDEN / "images" / stated["image"])]
    for version in ("soft_v2", "orm_soft"):
        overall = []
        for index, response in enumerate(stated["responses"]):
            groups = merge_steps(split_as_released(response), stated["max_steps"] if version == "soft_v2" else 1)
            scores = one_pass(golden, stated["question"], [group.text for group in groups], image)
            assert scores == pytest.approx(stated["versions"][version]["step_scores"][index], abs=TOLERANCE)
            overall.append(sum(scores) / len(scores))
        ranking = sorted(range(len(overall)), key=lambda index: -overall[index])
        assert ranking == stated["versions"][version]["ranking"]


def test_spelling_special_tokens_forges_nothing(golden):
    """A deliberate difference: the reference tokenizes them as the tokens, so a response could close its turn."""
    case = next(case for case in CASES if case["id"] == FORGED)
    prompt = encode_prm(
        golden.style, golden.prm_format, golden.tokens, case["question"], case["steps"], case["num_patches_list"]
    )
    ends = golden.tokens.token_id("<|im_end|>")
    turns = 1 + 2 * len(case["steps"]) - 1  # the system's, and two a step but the last answer
    assert prompt.ids.count(ends) == turns
    for step in case["steps"]:
        ids = golden.tokens.encode(step)
        assert not golden.tokens.special_ids & set(ids)
        assert golden.tokens.decode(ids) == step
    assert case["soft_v2_input_ids"].count(ends) > turns


# ---- other checkpoints of the family ----

VARIANTS = {
    "internlm2": Variant(),
    "internlm2 one head a key": Variant(heads=4, key_heads=4),
    "internlm2 six heads a key": Variant(heads=6, key_heads=1, shards=3),
    "internlm2 biases": Variant(bias=True, heads=6, key_heads=3),
    "internlm2 dummy prefix": Variant(dummy_prefix=True),
    "internlm2 linear rope": Variant(rope_scaling={"type": "linear", "factor": 2.0}),
    "internlm2 big tower": Variant(big_tower=True, shards=2),
    "qwen2": Variant(text="qwen2", heads=4, key_heads=1),
    "qwen2 tied": Variant(text="qwen2", tied=True),
    "qwen2 big tower": Variant(text="qwen2", big_tower=True, shards=4, system_message="Be strict."),
    "qwen2 dynamic rope": Variant(text="qwen2", rope_scaling={"type": "dynamic", "factor": 2.0}),
    "qwen3": Variant(text="qwen3", heads=4, key_heads=2, head_size=8),
    "mixture of experts": Variant(text="qwen3_moe"),
    "mixture of experts in parts": Variant(text="qwen3_moe", big_tower=True, shards=3),
    "llama": Variant(text="llama", heads=4, key_heads=2),
    "llama big tower": Variant(text="llama", big_tower=True, max_tiles=6),
    "earlier vision layer": Variant(select_layer=-2),
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS)
def test_a_variant_computes_what_the_native_model_does(tmp_path, variant):
    expected = write_original(tmp_path, variant)
    loaded = load_original(tmp_path, FLOAT32)
    ids = torch.tensor([[5, *[loaded.tokens.token_id("<IMG_CONTEXT>")] * 12, 7, 300, 260, 9]])
    pixels = torch.randn(3, 3, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        ours = loaded.model(input_ids=ids, pixel_values=pixels).logits
        theirs = expected(input_ids=ids, pixel_values=pixels).logits
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert theirs.std() > 0.1, "a model that always says the same proves nothing"
    assert loaded.model.config.text_config.tie_word_embeddings is variant.tied
    assert loaded.style.bos == ("<s>" if variant.text == "internlm2" else None)
    assert loaded.style.system == (variant.system_message or INTERNVL25_SYSTEM)
    assert loaded.style.tokens_per_tile == 4
    assert loaded.count_tiles([drawing(90, 30)]) == (4,)
    assert len(one_pass(loaded, "What?", ["The red bar is 12.", ""], [drawing(60, 30)])) == 2


def test_an_earlier_vision_layer_is_the_output_of_a_shallower_tower(tmp_path):
    write_original(tmp_path / "deep", Variant(select_layer=-2))
    shallow = tmp_path / "shallow"
    write_original(shallow, Variant())
    tensors = load_file(shallow / "model.safetensors")
    kept = {name: tensor for name, tensor in tensors.items() if "vision_model.encoder.layers.2." not in name}
    save_file(kept, shallow / "model.safetensors")
    change_config(shallow, lambda config: config["vision_config"].update(num_hidden_layers=2))
    images = [drawing(60, 30)]
    deep_features, shallow_features = (
        load_original(folder, FLOAT32).encode_pictures(images).features for folder in (tmp_path / "deep", shallow)
    )
    assert torch.allclose(deep_features, shallow_features, atol=1e-6)


def test_parts_are_stored_in_their_own_memory_and_dtype(tmp_path):
    """A view of a file's memory map would change, or crash, when the file does."""
    write_original(tmp_path, Variant())
    model = load_original(tmp_path, Placement(device=torch.device("cpu"), dtype=torch.bfloat16)).model
    for parameter in model.parameters():
        assert parameter.dtype == torch.bfloat16
        assert parameter.untyped_storage().nbytes() == parameter.nbytes


def test_a_prompt_beyond_the_native_length_stretches_its_own_positions_only(tmp_path):
    """transformers' dynamic rotary embedding, and the original's, keep the base of the longest prompt for later ones."""
    variant = Variant(rope_scaling={"type": "dynamic", "factor": 2.0}, context=64)
    write_original(tmp_path, variant)
    loaded = load_original(tmp_path, FLOAT32)
    text = loaded.model.model.language_model
    ids = torch.randint(3, 250, (1, 150), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        short_before = text(input_ids=ids[:, :50], use_cache=False).last_hidden_state
        ours = text(input_ids=ids, use_cache=False).last_hidden_state
        between = text(input_ids=ids[:, :100], use_cache=False).last_hidden_state
        short_after = text(input_ids=ids[:, :50], use_cache=False).last_hidden_state
        fresh = load_original(tmp_path, FLOAT32).model.model.language_model
        # by hand: the plain rotary embedding with the base the formula gives for 150 tokens, and for 100
        for length, hidden in ((150, ours), (100, between)):
            base = 10000.0 * (2.0 * length / 64 - 1.0) ** (8 / 6)
            fresh.rotary_emb = FixedRotary(base)
            expected = fresh(input_ids=ids[:, :length], use_cache=False).last_hidden_state
            assert torch.allclose(hidden, expected, atol=1e-5)
    assert torch.equal(short_before, short_after)


class FixedRotary(torch.nn.Module):
    def __init__(self, base: float) -> None:
        super().__init__()
        self.frequencies = torch.tensor([base ** (-i / 8) for i in range(0, 8, 2)])

    def forward(self, states, position_ids):
        angles = position_ids[..., None].float() * self.frequencies
        return torch.cat([angles, angles], -1).cos(), torch.cat([angles, angles], -1).sin()


# ---- tiles ----


def test_a_tall_picture_shrinks_down_before_across():
    """Pillow changed the order in 13.0; with the other one a golden score is off by 3e-4."""
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 50, 3), dtype=np.uint8))
    thumbnail = TileProcessor(edge=56)([noise])["pixel_values"][-1]
    by_hand = noise.resize((50, 56), Image.Resampling.BICUBIC).resize((56, 56), Image.Resampling.BICUBIC)
    values = (np.asarray(by_hand, np.float32) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    assert np.allclose(thumbnail.numpy(), values.transpose(2, 0, 1), atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (5, 3), (1, 40), (3000, 3)])
def test_very_small_pictures_are_pictures(size):
    """transformers' processor takes a picture 3 pixels high for one with 3 channels first."""
    processor = TileProcessor(edge=28)
    pixels = processor([Image.new("RGB", size, "red")])["pixel_values"]
    assert len(pixels) == processor.get_number_of_image_patches(size[1], size[0])
    assert torch.allclose(pixels, pixels[:1, :, :1, :1].expand_as(pixels), atol=1e-6)


def test_max_tiles_of_the_caller_wins(tmp_path):
    write_original(tmp_path, Variant())
    for limit, tiles in ((1, 1), (6, 7), (None, 13)):
        placement = Placement(device=torch.device("cpu"), dtype=torch.float32, max_tiles=limit)
        assert load_original(tmp_path, placement).count_tiles([drawing(400, 300)]) == (tiles,)
    with pytest.raises(LoadError, match="largest 0"):
        load_original(tmp_path, Placement(device=torch.device("cpu"), dtype=torch.float32, max_tiles=0))


def test_the_vision_tower_computes_with_the_settings_that_are_stated(tmp_path):
    """A checkpoint that said 1e-5 was computed with 1e-6, and its activation was read by nobody."""
    write_original(tmp_path, Variant())
    by_hand = load_original(tmp_path, FLOAT32)
    usual = by_hand.encode_pictures([drawing()]).features.clone()
    for module in by_hand.model.model.vision_tower.encoder.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.eps = 0.25
        if hasattr(module, "activation_fn"):
            module.activation_fn = torch.nn.ReLU()
    change_config(tmp_path, lambda config: config["vision_config"].update(layer_norm_eps=0.25, hidden_act="relu"))
    stated = load_original(tmp_path, FLOAT32).encode_pictures([drawing()]).features
    assert torch.equal(stated, by_hand.encode_pictures([drawing()]).features)
    assert not torch.allclose(stated, usual, atol=1e-3)


def test_what_a_vision_config_leaves_out_has_the_originals_default(tmp_path):
    """transformers' own defaults are another tower's: 16 heads compute with the weights of 25, and of 3, without a word."""
    config = original_config(Variant(), {"a": 400})
    config["vision_config"] = {"qkv_bias": True}
    config.pop("force_image_size")
    native = native_config(parse_config(config), (), 5).vision_config
    assert native.num_attention_heads == 25
    assert native.image_size == (224, 224)
    assert (native.norm_type, native.use_qk_norm, native.attention_bias) == ("rms_norm", True, True)


def test_a_tower_for_larger_tiles_than_it_was_made_for_spreads_its_positions(tmp_path):
    """force_image_size beside another image_size: the original interpolates the position embeddings, bicubically."""
    write_original(tmp_path, Variant(config={"force_image_size": 56}))
    loaded = load_original(tmp_path, FLOAT32)
    assert loaded.style.tokens_per_tile == 16
    pictures = loaded.encode_pictures([drawing(56, 56)])
    stored = loaded.model.model.vision_tower.embeddings.position_embeddings
    grid = stored[:, 1:].reshape(1, 4, 4, -1).permute(0, 3, 1, 2)
    spread = torch.nn.functional.interpolate(grid, size=(8, 8), mode="bicubic", align_corners=False)
    stored.data = torch.cat([stored[:, :1], spread.flatten(2).permute(0, 2, 1)], dim=1)
    assert torch.allclose(loaded.encode_pictures([drawing(56, 56)]).features, pictures.features, atol=1e-6)


def test_positions_are_read_from_rope_parameters_too(tmp_path):
    """What transformers 5 saves was taken for no rope_theta, and computed with 10000."""
    write_original(tmp_path, Variant())
    change_config(tmp_path, lambda config: config["llm_config"].update(rope_theta=500.0))
    expected = one_pass(load_original(tmp_path, FLOAT32), "What?", ["The red bar is 12."], [])
    change_config(tmp_path, lambda config: config["llm_config"].pop("rope_theta"))
    usual = one_pass(load_original(tmp_path, FLOAT32), "What?", ["The red bar is 12."], [])
    stated = {"rope_type": "default", "rope_theta": 500.0}
    change_config(tmp_path, lambda config: config["llm_config"].update(rope_parameters=stated))
    assert one_pass(load_original(tmp_path, FLOAT32), "What?", ["The red bar is 12."], []) == expected != usual
