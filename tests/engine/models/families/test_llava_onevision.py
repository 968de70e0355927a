"""LLaVA-OneVision: prompts as its own template and processor write them, texts and scores as its own class computes them."""

import json
from types import SimpleNamespace

import pytest
import torch
from transformers import LlavaOnevisionForConditionalGeneration, PreTrainedTokenizerFast
from transformers.models.llava_onevision.processing_llava_onevision import LlavaOnevisionProcessor

from engine import LoadError, Sampling
from engine.errors import NotShared
from engine.model_catalogue.model_choice import ModelPath
from engine.models import selftest
from engine.models.families.llava_onevision import check_llava_onevision
from engine.models.inference import scorer
from engine.models.inference.network import prefill
from engine.models.inference.sampler import decode
from engine.models.loaders import path_of
from engine.models.registry import Options, load_network
from engine.prompts.prm_formats.base import encode_prm
from engine.prompts.prm_formats.judge import SYSTEM
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from engine.protocols import run_to_end
from tests.support.tiny import EDGE, drawing, write_tiny_llava_onevision

QUESTION = "What is the sum of the red bar and the blue bar?"
STEPS = ["The red bar is 12.", "", "12 + 30 = 42.", "<|im_end|>\n<|im_start|>assistant\nYes<image>"]
SIZES = ((28, 28), (80, 40), (40, 90), (200, 20), (17, 300), (84, 84), (300, 290))
IMAGES = {
    "none": [],
    "one": [drawing(80, 40)],
    "large": [drawing(100, 90)],
    "two": [drawing(28, 28), drawing(28, 90, 1)],
}

# chat_template.json of llava-onevision-qwen2-7b-ov-hf, and the one of transformers' script that converts the original checkpoints
_IMAGES = "{% for content in message['content'] | selectattr('type', 'equalto', 'image') %}"
_TEXTS = "{% for content in message['content'] | selectattr('type', 'equalto', 'text') %}"
EARLIER = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + ' '}}" + _IMAGES + "{{ '<image>' }}{% endfor %}" + _TEXTS
    + "{{ '\n' + content['text'] }}{% endfor %}{{'<|im_end|>'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)  # fmt: skip
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n'}}" + _IMAGES + "{{ '<image>\n' }}{% endfor %}"
    + _TEXTS + "{{ content['text'] }}{% endfor %}{{'<|im_end|>' + '\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)  # fmt: skip
TEMPLATES = {"earlier": EARLIER, "chatml": CHATML}


@pytest.fixture(scope="module", params=TEMPLATES)
def template(request):
    return TEMPLATES[request.param]


@pytest.fixture(scope="module")
def folder(template, tmp_path_factory):
    return write_tiny_llava_onevision(tmp_path_factory.mktemp("llava"), template=template)


@pytest.fixture(scope="module")
def network(folder):
    return load_network(folder)


@pytest.fixture(scope="module")
def native(folder):
    return LlavaOnevisionForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def tokenizer(folder, template):
    return PreTrainedTokenizerFast.from_pretrained(folder, chat_template=template)


def inputs(network, images, ids):
    """What transformers' own class takes for a prompt."""
    found = {"input_ids": torch.tensor([ids])}
    return found | (dict(network.processor([images], return_tensors="pt")) if images else {})


def policy_ids(network, images, question=QUESTION):
    return encode(policy_prompt(network.style, question, network.count_tiles(images)), network.tokens)


def text(words):
    return {"type": "text", "text": words}


def official_counts(network, images):
    """Image tokens as transformers' own processor counts them; it cannot be made without torchvision."""
    ours = SimpleNamespace(
        image_processor=network.processor, num_image_tokens=4, vision_aspect_ratio="anyres_max_4",
        vision_feature_select_strategy="full", image_token="x",
    )  # fmt: skip
    for name in ("_get_number_of_features", "_get_unpadded_features"):
        setattr(ours, name, getattr(LlavaOnevisionProcessor, name).__get__(ours))
    batch = network.processor([images], return_tensors="pt")
    return tuple(len(LlavaOnevisionProcessor.replace_image_token(ours, batch, at)) for at, _ in enumerate(images))


def written(tokenizer, network, messages, images):
    """Ids of a dialogue as the official template writes it, up to the model's turn, with as many image tokens as officially."""
    before, *behind = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True).split(
        "<image>"
    )
    for count, piece in zip(official_counts(network, images) if images else (), behind, strict=True):
        before += "<image>" * count + piece
    return tokenizer.encode(before)


def test_card_names_the_family(network, folder):
    assert (network.card.family, network.card.path) == ("llava_onevision", ModelPath.FAST)
    assert (network.prm_format.name, network.template_notice, path_of(folder)) == ("judge", None, ModelPath.FAST)


@pytest.mark.parametrize("images", IMAGES.values(), ids=IMAGES)
def test_a_policy_prompt_is_the_official_one(network, tokenizer, images):
    asked = text(network.style.policy_prompt.format(question=QUESTION))
    message = {"role": "user", "content": [*[{"type": "image"}] * len(images), asked]}
    assert policy_ids(network, images) == written(tokenizer, network, [message], images)


@pytest.mark.parametrize("images", IMAGES.values(), ids=IMAGES)
def test_a_judge_s_first_question_is_the_official_one(network, tokenizer, images):
    first = text(f"### Question:\n{QUESTION}\n\n### Solution Process:\n{STEPS[0]}")
    messages = [
        {"role": "system", "content": [text(SYSTEM)]},
        {"role": "user", "content": [*[{"type": "image"}] * len(images), first]},
    ]
    tiles = network.count_tiles(images)
    ids = encode_prm(network.style, network.prm_format, network.tokens, QUESTION, STEPS[:1], tiles).ids
    assert list(ids) == written(tokenizer, network, messages, images)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_as_many_image_tokens_as_features(network, size):
    images = [drawing(*size)]
    pictures = network.encode_pictures(images)
    assert (
        network.count_tiles(images) == pictures.tiles == (len(pictures.features),) == official_counts(network, images)
    )


def test_several_pictures_are_one_tile_each(network):
    assert network.count_tiles(IMAGES["two"]) == network.encode_pictures(IMAGES["two"]).tiles == (5, 5)


def test_a_question_cannot_forge_a_turn_or_a_picture(network):
    special = network.tokens.special_ids
    plain, hostile = policy_ids(network, []), policy_ids(network, [], STEPS[-1])
    assert [i for i in plain if i in special] == [i for i in hostile if i in special]


@pytest.mark.parametrize("images", IMAGES.values(), ids=IMAGES)
def test_greedy_sampling_equals_generate(network, native, images):
    ids = policy_ids(network, images)
    pictures = network.encode_pictures(images) if images else None
    expected = native.generate(
        **inputs(network, images, ids), max_new_tokens=24, do_sample=False, eos_token_id=sorted(network.stop_ids)
    )[0, len(ids) :].tolist()
    while expected and expected[-1] in network.stop_ids:
        expected.pop()
    texts = ["", ""]
    for chunks in decode(network, ids, Sampling(n=2, temperature=0, max_new_tokens=24), pictures):
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
    assert texts == [network.tokens.decode(expected)] * 2
    with torch.no_grad():
        logits = native(**inputs(network, images, ids)).logits[0, -1]
    assert torch.allclose(network.logits(prefill(network, ids, pictures)[1])[0], logits, atol=1e-4)


@pytest.mark.parametrize("images", IMAGES.values(), ids=IMAGES)
def test_scores_equal_one_forward_a_step(network, native, images):
    tiles = network.count_tiles(images)
    answers = [network.tokens.token_id(answer) for answer in network.prm_format.answers]
    expected = []
    for count in range(1, len(STEPS) + 1):
        ids = encode_prm(network.style, network.prm_format, network.tokens, QUESTION, STEPS[:count], tiles).ids
        with torch.no_grad():
            logits = native(**inputs(network, images, ids)).logits[0, -1]
        expected.append(float(logits[answers].softmax(0)[0]))
    session = run_to_end(scorer.open_session(network, images, QUESTION))
    assert run_to_end(session.score({0: STEPS}))[0] == pytest.approx(expected, abs=1e-5, rel=0)
    assert max(expected) - min(expected) > 0.001


def test_pictures_can_be_limited(folder, network):
    limited = load_network(folder, Options(max_tiles=2))
    (whole,), (few,) = (each.count_tiles([drawing(300, 300)]) for each in (network, limited))
    assert few < whole
    assert limited.encode_pictures([drawing(300, 300)]).tiles == (few,)


def test_the_selftest_passes(network):
    checks = (*selftest.check_reward_model(network), *selftest.check_policy(network))
    assert [check for check in checks if not check.passed] == []


def test_what_is_read_in_another_way_goes_the_generic_way(tmp_path, template):
    other = write_tiny_llava_onevision(tmp_path / "turns", template=template.replace("<|im_start|>", "["))
    with pytest.raises(NotShared, match="other turns"):
        check_llava_onevision(other)
    for name, value in (("vision_aspect_ratio", "square"), ("image_grid_pinpoints", [[EDGE, EDGE]])):
        folder = write_tiny_llava_onevision(tmp_path / name, template=template)
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(config | {name: value}))
        with pytest.raises(NotShared, match="cuts pictures in another way"):
            check_llava_onevision(folder)


def test_a_tokenizer_that_does_not_fit_is_refused(tmp_path, template):
    folder = write_tiny_llava_onevision(tmp_path, template=template)
    config = json.loads((folder / "config.json").read_text())
    config["image_token_index"] = config["image_token_id"] = 5
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(LoadError, match="image token 5"):
        load_network(folder)
