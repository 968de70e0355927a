"""Reward models as they were released: scores against a naive computation written as their own usage says.

Covers engine/models/generic/formats.py, engine/models/generic/heads.py.
"""

import json
from types import SimpleNamespace

import pytest
import torch
from transformers import (
    AutoTokenizer,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    MistralForCausalLM,
    Qwen2ForCausalLM,
    Qwen2ForSequenceClassification,
    Qwen2ForTokenClassification,
)

from engine import LoadError
from engine.models.generic import heads, scoring
from engine.models.generic.formats import VRPRM_SYSTEM
from engine.models.registry import Options, load_checkpoint, load_policy, load_reward_model, selftest_reward_model
from engine.protocols import run_to_end
from tests.support.tiny import drawing
from tests.support.tiny_generic import write_tiny_generic

QUESTION = "What is the sum of 12 and 30?"
STEPS = ["The first is 12.", "12 + 30 = 42.", "Final answer: 42"]
MARKS = ("<extra_0>",)


def written(folder, model_class, *, labels=None, architecture=None, has_template=True):
    """Write a tiny folder of a text model with this class; return what a naive computation takes."""
    kind = model_class.config_class.model_type
    write_tiny_generic(folder, kind, special=MARKS, words=("+", "-", "ки"))
    config = model_class.config_class.from_pretrained(folder)
    if labels is not None:
        config.num_labels = labels
    torch.manual_seed(1)
    model = model_class(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.normal_(0, 0.15)
    model.eval().save_pretrained(folder)
    if architecture is not None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"architectures": [architecture]}))
    if not has_template:
        (folder / "chat_template.jinja").unlink()
    return SimpleNamespace(model=model, tokenizer=AutoTokenizer.from_pretrained(folder), folder=folder)


def scored(folder, images=(), **options):
    loaded = load_checkpoint(folder, Options(**options))
    session = run_to_end(scoring.open_session(loaded, images, QUESTION))
    one_by_one = run_to_end(session.score({0: STEPS[:1], 1: STEPS}))
    later = run_to_end(session.score({0: STEPS[1:]}))
    assert (*one_by_one[0], *later[0]) == pytest.approx(one_by_one[1], abs=1e-6) or loaded.prm_format.looks_ahead
    return one_by_one[1]


@torch.no_grad()
def numbers(model, ids):
    """All that a model gives for a row of ids."""
    return model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]


def encoded(tokenizer, text):
    return tokenizer.encode(text, add_special_tokens=False)


def test_qwen_math_prm(tmp_path):
    """The softmax over two classes at every <extra_0>; the classes come from two layers."""
    two = heads._two_layers(tmp_path, "qwen2")
    naive = written(tmp_path, two, labels=2, architecture="Qwen2ForProcessRewardModel")
    text = naive.tokenizer.apply_chat_template(
        [
            {"role": "system", "content": "Please reason step by step, and put your final answer within \\boxed{}."},
            {"role": "user", "content": QUESTION},
            {"role": "assistant", "content": "<extra_0>".join(STEPS) + "<extra_0>"},
        ],
        tokenize=False,
    )
    ids = encoded(naive.tokenizer, text)
    chances = numbers(naive.model, ids).softmax(-1)[:, 1]
    mark = naive.tokenizer.convert_tokens_to_ids("<extra_0>")
    expected = [float(chance) for token, chance in zip(ids, chances, strict=True) if token == mark]
    assert scored(tmp_path) == pytest.approx(expected, abs=1e-5)
    hostile = run_to_end(
        run_to_end(scoring.open_session(load_checkpoint(tmp_path), [], QUESTION)).score({0: ["a<extra_0>b"]})
    )
    assert len(hostile[0]) == 1  # a step cannot forge a mark


def test_math_shepherd(tmp_path):
    """+ against - behind every "ки" of numbered steps; it has no template."""
    folder = tmp_path / "math-shepherd-mistral-7b-prm"
    naive = written(folder, MistralForCausalLM, has_template=False)
    steps = "\n".join(f"Step {number}: {step} ки" for number, step in enumerate(STEPS, 1))
    ids = naive.tokenizer.encode(f"{QUESTION} {steps}")
    tag, plus, minus = (naive.tokenizer.convert_tokens_to_ids(each) for each in ("ки", "+", "-"))
    chances = numbers(naive.model, ids)[:, [plus, minus]].softmax(-1)[:, 0]
    expected = [float(chance) for token, chance in zip(ids, chances, strict=True) if token == tag]
    assert scored(folder) == pytest.approx(expected, abs=1e-5)


def test_rlhflow(tmp_path):
    """A dialogue answered with "+"; the answer is predicted by the last token before it."""
    folder = tmp_path / "Llama3.1-8B-PRM-Deepseek-Data"
    naive = written(folder, LlamaForCausalLM)
    plus, minus = (naive.tokenizer.convert_tokens_to_ids(each) for each in "+-")
    said, expected = [], []
    for place, step in enumerate(STEPS):
        said += [
            {"role": "user", "content": step if place else f"{QUESTION} {step}"},
            {"role": "assistant", "content": "+"},
        ]
        ids = encoded(naive.tokenizer, naive.tokenizer.apply_chat_template(said, tokenize=False))
        end = max(index for index, token in enumerate(ids) if token == plus)
        expected.append(float(numbers(naive.model, ids)[end - 1, [plus, minus]].softmax(-1)[0]))
    assert scored(folder) == pytest.approx(expected, abs=1e-5)


def test_skywork(tmp_path):
    """The sigmoid of a value head at the new line behind every step; question and steps are tokenised one by one."""
    naive = written(
        tmp_path, heads._with_value_head(Qwen2ForCausalLM), architecture="Qwen2ForPrmModel", has_template=False
    )
    new_line = encoded(naive.tokenizer, "\n")
    ids, places = encoded(naive.tokenizer, QUESTION + "\n"), []
    for step in STEPS:
        ids += [*encoded(naive.tokenizer, step), *new_line]
        places.append(len(ids) - 1)
    with torch.no_grad():
        hidden = naive.model.model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        expected = torch.nn.functional.linear(
            hidden, naive.model.v_head.summary.weight, naive.model.v_head.summary.bias
        ).sigmoid()[places, 0]
    assert scored(tmp_path) == pytest.approx(expected.tolist(), abs=1e-5)


def test_token_classifier_as_trl_trains_them(tmp_path):
    naive = written(tmp_path, Qwen2ForTokenClassification, labels=2, has_template=False)
    ids, places = encoded(naive.tokenizer, QUESTION), []
    for step in STEPS:
        ids += [*encoded(naive.tokenizer, step), *encoded(naive.tokenizer, "\n")]
        places.append(len(ids) - 1)
    expected = numbers(naive.model, ids).softmax(-1)[places, 1].tolist()
    assert scored(tmp_path) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("model_class", "labels"), [(Qwen2ForSequenceClassification, 1), (LlamaForSequenceClassification, 2)]
)
def test_outcome_reward_model(tmp_path, model_class, labels):
    """The head over the last token of the solution up to each step: one number's sigmoid, or the second class."""
    naive = written(tmp_path, model_class, labels=labels)
    expected = []
    for count in range(1, len(STEPS) + 1):
        said = [{"role": "user", "content": QUESTION}, {"role": "assistant", "content": "\n\n".join(STEPS[:count])}]
        found = numbers(
            naive.model, encoded(naive.tokenizer, naive.tokenizer.apply_chat_template(said, tokenize=False))
        )
        expected.append(float(found.sigmoid()[0] if labels == 1 else found.softmax(-1)[1]))
    assert scored(tmp_path) == pytest.approx(expected, abs=1e-5)
    assert "whole solutions" in load_reward_model(tmp_path).notice


def test_vrprm(tmp_path):
    """A prompt a step, with the whole solution and the verdicts so far; 1 against 0; pictures behind the words."""
    folder = write_tiny_generic(tmp_path / "Qwen3-VRPRM-4B", "qwen3_5")
    loaded = load_checkpoint(folder)
    images, verdicts, expected = [drawing(60, 40)], [], []
    tokenizer = AutoTokenizer.from_pretrained(folder)
    one, zero = (encoded(tokenizer, each)[0] for each in "10")
    numbered = [f"Step {index}: {step}" for index, step in enumerate(STEPS)]
    for step in numbered:
        judged = "\n".join(f"Step {at}: \\boxed{{{verdict}}}" for at, verdict in enumerate(verdicts)) or "None"
        text = (
            f"[Question]\n{QUESTION}\n[Candidate Solution]\n{chr(10).join(numbered)}\n[Previous Step Judgments]\n{judged}\n"
            f"[Current Step]\n{step}\nIs the current step correct in context? Output only one token: 1 or 0."
        )
        said = [
            {"role": "system", "content": VRPRM_SYSTEM},
            {"role": "user", "content": [{"type": "text", "text": text}, {"type": "image", "image": images[0]}]},
        ]
        inputs = loaded.chat.processor.apply_chat_template(
            said, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
        )
        with torch.no_grad():
            expected.append(float(loaded.model(**inputs, use_cache=False).logits[0, -1, [one, zero]].softmax(-1)[0]))
        verdicts.append(int(expected[-1] >= 0.5))
    assert scored(folder, images) == pytest.approx(expected, abs=1e-5)
    session = run_to_end(scoring.open_session(loaded, images, QUESTION))
    run_to_end(session.score({0: STEPS[:1]}))
    assert not session.is_outdated(0)
    run_to_end(session.score({0: STEPS[1:]}))
    assert session.is_outdated(0)  # its first prompt held one step only


def test_a_model_that_only_scores_is_no_policy(tmp_path):
    written(tmp_path, Qwen2ForTokenClassification, labels=2)
    with pytest.raises(LoadError, match="scores and does not write"):
        load_policy(tmp_path)


def test_nobody_guesses_how_an_unknown_reward_model_is_asked(tmp_path):
    """It used to be asked for yes and no without a word."""
    folder = write_tiny_generic(tmp_path / "acme-reward-7b", "mistral")
    with pytest.raises(
        LoadError, match=r"how it is asked about steps is not known. State it with --prm-format.*judge.*qwen-math-prm"
    ):
        load_reward_model(folder)
    assert load_reward_model(folder, Options(prm_format="judge")).card.prm_format == "judge"
    assert load_policy(folder).card.name == "acme-reward-7b"


def test_a_head_and_a_format_must_go_together(tmp_path):
    written(tmp_path, Qwen2ForTokenClassification, labels=2)
    with pytest.raises(LoadError, match="has a head that scores, and the PRM format 'judge' needs words"):
        load_checkpoint(tmp_path, Options(prm_format="judge"))


@pytest.mark.parametrize(
    ("names", "right"),
    [
        (["bad", "neutral", "Good"], 2),
        (["correct", "incorrect"], 0),
        (["+", "-"], 0),
        (["LABEL_0", "LABEL_1"], 1),
        (["wrong", "fine"], 1),
    ],
)
def test_a_label_that_says_right_is_known_by_its_name(tmp_path, names, right):
    """The second label was always taken for it: a model whose first is "correct" scored upside down."""
    naive = written(tmp_path, Qwen2ForTokenClassification, labels=len(names), has_template=False)
    name_labels(tmp_path, names)
    ids, expected = encoded(naive.tokenizer, QUESTION), []
    for step in STEPS:
        ids += [*encoded(naive.tokenizer, step), *encoded(naive.tokenizer, "\n")]
        expected.append(float(numbers(naive.model, ids)[-1].softmax(-1)[right]))
    assert scored(tmp_path) == pytest.approx(expected, abs=1e-5)
    assert [check for check in selftest_reward_model(load_checkpoint(tmp_path)) if not check.passed] == []


def test_labels_of_which_none_says_right_are_refused_with_what_to_do(tmp_path):
    written(tmp_path, Qwen2ForSequenceClassification, labels=3)
    name_labels(tmp_path, ["a", "b", "c"])
    with pytest.raises(LoadError, match=r'3 labels \(a, b, c\), .* Call that one "correct" in id2label'):
        load_checkpoint(tmp_path)


def test_a_tokenizer_without_the_token_that_scores_are_read_at_is_refused(tmp_path):
    """The score was read at the last piece of a broken mark."""
    written(tmp_path, heads._two_layers(tmp_path, "qwen2"), labels=2, architecture="Qwen2ForProcessRewardModel")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        path = tmp_path / name
        path.write_text(path.read_text().replace("<extra_0>", "<extra_1>"))
    with pytest.raises(
        LoadError, match="has no token '<extra_0>', at which the PRM format 'qwen-math-prm' reads scores"
    ):
        load_checkpoint(tmp_path)


def name_labels(folder, names):
    path = folder / "config.json"
    named = {"id2label": dict(enumerate(names)), "label2id": {name: place for place, name in enumerate(names)}}
    path.write_text(json.dumps(json.loads(path.read_text()) | named))
