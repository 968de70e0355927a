"""Readings: each asks as its released model was trained to be asked, and is chosen by name or by word."""

import json

import pytest
import torch
from transformers import InternVLForConditionalGeneration

from benchmarks.tiny_tokenizer import SPECIAL, tiny_tokenizer
from engine import LoadError
from engine.__main__ import main
from engine.models.inference import scorer
from engine.models.registry import Options, load_network, load_reward_model
from engine.prompts.prm_formats import PRM_FORMATS
from engine.prompts.prm_formats.base import encode_prm
from engine.prompts.prm_formats.qwen_vl_prm import SYSTEM as QWEN_VL_PRM_SYSTEM
from engine.prompts.segments import as_string
from engine.prompts.style import INTERNVL25_SYSTEM, PromptStyle
from engine.protocols import run_to_end
from tests.support.tiny import ANSWERS, drawing, write_tiny, write_tiny_qwen

QUESTION = "  How many bars?\n"
STEPS = ("Two <prm> bars.", "", "Final answer: 2")


@pytest.fixture(scope="module")
def mm_prm_folder(tmp_path_factory):
    tokenizer = tiny_tokenizer((*SPECIAL, "<prm>"), ANSWERS)
    return write_tiny(tmp_path_factory.mktemp("models") / "MM-PRM-8B", tokenizer=tokenizer)


def whole(prm_format, style, question, steps, tiles=()):
    asked = PRM_FORMATS[prm_format]
    segments = asked.first(style, question, steps[0], tiles)
    for step in steps[1:]:
        segments += asked.following(step)
    return as_string((*segments, *asked.closing()))


def test_mm_prm_is_asked_as_its_code_asks():
    """An empty user message leaves its header without an end; question and steps are the model's own turn."""
    style = PromptStyle(system="another", tokens_per_tile=2)
    assert whole("mm-prm", style, QUESTION, ["a", "b"], (1,)) == (
        f"<|im_start|>system\n{INTERNVL25_SYSTEM}<|im_end|>\n<|im_start|>user\n<|im_start|>assistant\n"
        "<img><IMG_CONTEXT><IMG_CONTEXT></img>\nQuestion: How many bars?\nProcess: a<prm>b<prm><|im_end|>\n"
    )


@pytest.mark.parametrize(("prm_format", "answer"), [("qwen-vl-prm", "+"), ("judge", "Yes")])
def test_dialogues_show_pictures_first_and_answer_every_step(prm_format, answer):
    text = whole(prm_format, PromptStyle(tokens_per_tile=1), "How many?", ["a", "", "c"], (1,))
    system, dialogue = text.split("<|im_end|>\n", 1)
    assert dialogue == (
        "<|im_start|>user\n<img><IMG_CONTEXT></img>\n### Question:\nHow many?\n\n### Solution Process:\na<|im_end|>\n"
        f"<|im_start|>assistant\n{answer}<|im_end|>\n<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
        f"<|im_start|>user\nc<|im_end|>\n<|im_start|>assistant\n{answer}<|im_end|>\n"
    )
    assert (QWEN_VL_PRM_SYSTEM in system) == (prm_format == "qwen-vl-prm")


def test_mm_prm_scores_equal_one_forward_at_every_mark(mm_prm_folder):
    """All steps in one pass of the native class, read at the marks: a mark spelt in a step is ordinary text."""
    network = load_network(mm_prm_folder)
    assert network.prm_format.name == "mm-prm"
    images = [drawing(80, 40)]
    ids = encode_prm(
        network.style, network.prm_format, network.tokens, QUESTION, STEPS, network.count_tiles(images)
    ).ids
    native = InternVLForConditionalGeneration.from_pretrained(mm_prm_folder, dtype=torch.float32).eval()
    pixels = network.processor(images, return_tensors="pt")["pixel_values"]
    with torch.no_grad():
        logits = native(input_ids=torch.tensor([ids]), pixel_values=pixels).logits[0]
    marks = [place for place, token in enumerate(ids) if token == network.tokens.token_id("<prm>")]
    assert len(marks) == len(STEPS)
    yes, no = (network.tokens.token_id(answer) for answer in ANSWERS)
    expected = logits[marks][:, [yes, no]].softmax(-1)[:, 0].tolist()
    session = run_to_end(scorer.open_session(network, images, QUESTION))
    scores = [*run_to_end(session.score({0: STEPS[:1]}))[0], *run_to_end(session.score({0: STEPS[1:]}))[0]]
    assert scores == pytest.approx(expected, abs=1e-5, rel=0)
    assert max(expected) - min(expected) > 0.01


@pytest.mark.parametrize(
    ("name", "prm_format"),
    [
        ("VisualPRM-8B-v1.1", "visualprm"),
        ("InternVL2_5-8B", "judge"),
        ("InternVL3-8B-hf", "judge"),
        ("my-own-prm", "visualprm"),
    ],
)
def test_the_name_says_how_an_internvl_is_read(tmp_path, name, prm_format):
    assert load_network(write_tiny(tmp_path / name)).prm_format.name == prm_format


@pytest.mark.parametrize(
    ("name", "prm_format"), [("Qwen-VL-PRM-3B", "qwen-vl-prm"), ("Qwen2.5-VL-3B-Instruct", "judge")]
)
def test_the_name_says_how_a_qwen_is_read(tmp_path, name, prm_format):
    model = load_reward_model(write_tiny_qwen(tmp_path / name))
    assert load_network(tmp_path / name).prm_format.name == prm_format
    assert (model.notice is None) == (prm_format != "judge")


def test_the_caller_beats_the_folder_and_the_folder_beats_the_name(tmp_path):
    folder = write_tiny(tmp_path / "InternVL3-1B", workbench={"prm_format": "visualprm"})
    assert load_network(folder).prm_format.name == "visualprm"
    assert load_network(folder, Options(prm_format="judge")).prm_format.name == "judge"


def test_the_former_names_of_the_format_still_work(tmp_path, capsys):
    """``"reading"`` in workbench.json, ``--reading`` on the command line: folders and scripts of before keep their meaning."""
    folder = write_tiny(tmp_path / "InternVL3-1B", workbench={"reading": "visualprm"})
    assert load_network(folder).prm_format.name == "visualprm"
    both = write_tiny(tmp_path / "both", workbench={"reading": "visualprm", "prm_format": "judge"})
    assert load_network(both).prm_format.name == "judge"
    with pytest.raises(SystemExit):
        main(["solve", "--help"])
    shown = capsys.readouterr().out
    assert "--prm-format" in shown
    assert "--reading" not in shown
    assert main(["selftest", "--reward-model", str(folder), "--dtype", "float32", "--reading", "tea leaves"]) == 1
    assert "prm_format 'tea leaves' is unknown" in capsys.readouterr().err


def test_an_unknown_prm_format_is_refused(tmp_path):
    folder = write_tiny(tmp_path, workbench={"prm_format": "tea leaves"})
    with pytest.raises(LoadError, match="prm_format 'tea leaves' is unknown; choose one of visualprm, judge"):
        load_network(folder)


def test_a_model_without_the_words_is_refused_as_reward_model_only(tmp_path):
    folder = write_tiny(tmp_path, workbench={"prm_format": "mm-prm"})
    with pytest.raises(LoadError, match="no token 'Yes', which the PRM format 'mm-prm' needs"):
        load_reward_model(folder)
    assert load_network(folder).card.family == "internvl"


def test_the_commands_take_every_family(tmp_path, capsys):
    """A Qwen3-VL writes and a Qwen2.5-VL judges, through the command a person would type."""
    policy = write_tiny_qwen(tmp_path / "policy", version="3")
    judge = write_tiny_qwen(tmp_path / "judge")
    drawing().save(tmp_path / "picture.png")
    options = ["--reward-model", str(judge), "--dtype", "float32", "--prm-format", "qwen-vl-prm"]
    asked = ["--image", str(tmp_path / "picture.png"), "--question", "How many?", "--n", "2", "--seed", "1"]
    assert main(["solve", *asked, "--policy", str(policy), *options, "--max-new-tokens", "12", "--json"]) == 0
    solved = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(solved["solutions"]) == 2
    assert all(0 <= score["score"] <= 1 for one in solved["solutions"] for score in one["step_scores"])
    row = {"id": 1, "image": "picture.png", "question": "How many?", "response": {"steps": ["Two.", "2"]}}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    assert (
        main(["score", "--input", str(tmp_path / "in.jsonl"), "--output", str(tmp_path / "out.jsonl"), *options]) == 0
    )
    assert len(json.loads((tmp_path / "out.jsonl").read_text())["step_scores"]) == 2
