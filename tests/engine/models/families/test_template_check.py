"""A checkpoint whose own chat template writes other turns than the family's is not asked wrongly without a word."""

import json

import pytest

from engine import DEFAULT_POLICY, DEFAULT_REWARD_MODEL
from engine.models.families.smolvlm import CHAT
from engine.models.families.template_check import template_notice
from engine.models.registry import NetworkPolicy, NetworkRewardModel, load_network
from engine.prompts.chat import CHATML
from tests.support.tiny import drawing, write_tiny

CHATML_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PARTS = CHATML_TEMPLATE.replace("{{ m.content }}", "{% for p in m.content %}{{ p['text'] }}{% endfor %}")
SMOLVLM = (
    "<|im_start|>{% for m in messages %}{{ m['role'] | capitalize }}: {% for p in m['content'] %}{{ p['text'] }}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
INST = "{% for m in messages %}[INST] {{ m.content }} [/INST]{% endfor %}"
DIFFERS, THINKING = "writes its turns in another way", "thinking model"


@pytest.mark.parametrize(
    ("template", "chat", "said"),
    [
        (CHATML_TEMPLATE, CHATML, ()),
        ("<s><|im_start|>system\nBe brief.<|im_end|>\n" + CHATML_TEMPLATE, CHATML, ()),
        (PARTS, CHATML, ()),
        (SMOLVLM, CHAT, ()),
        (CHATML_TEMPLATE, CHAT, (DIFFERS,)),
        (INST, CHATML, (DIFFERS,)),
        (CHATML_TEMPLATE.replace("<|im_end|>", "</s>"), CHATML, (DIFFERS,)),
        (CHATML_TEMPLATE.replace("assistant\n", "assistant\n<think>\n"), CHATML, (THINKING,)),
        (CHATML_TEMPLATE + "{% if enable_thinking %}{% endif %}", CHATML, (THINKING,)),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", CHATML, (DIFFERS,)),
        ("{{ raise_exception('no') }}", CHATML, (DIFFERS,)),
        ("{% broken", CHATML, (DIFFERS,)),
    ],
)
def test_a_template_is_compared_by_what_it_writes(tmp_path, template, chat, said):
    (tmp_path / "chat_template.jinja").write_text(template, encoding="utf-8")
    notice = template_notice(tmp_path, chat) or ""
    assert [mark for mark in (DIFFERS, THINKING) if mark in notice] == list(said)


@pytest.mark.parametrize("name", ["chat_template.json", "processor_config.json", "tokenizer_config.json"])
@pytest.mark.parametrize("stated", [INST, [{"name": "tools", "template": ""}, {"name": "default", "template": INST}]])
def test_a_template_is_found_where_transformers_finds_it(tmp_path, name, stated):
    assert template_notice(tmp_path, CHATML) is None
    (tmp_path / name).write_text(json.dumps({"chat_template": stated}), encoding="utf-8")
    assert DIFFERS in template_notice(tmp_path, CHATML)


def test_runs_of_a_model_with_another_template_say_so(tmp_path, caplog):
    folder = write_tiny(tmp_path)
    (folder / "chat_template.jinja").write_text(INST, encoding="utf-8")
    network = load_network(folder)
    assert DIFFERS in NetworkRewardModel(network).notice
    assert DIFFERS in NetworkPolicy(network).out_of_distribution_notice([drawing()], "What?")
    assert DIFFERS in caplog.text


def test_the_embedded_models_are_asked_as_their_templates_do():
    for folder in (DEFAULT_POLICY, DEFAULT_REWARD_MODEL):
        assert load_network(folder).template_notice is None
