"""Thinking models in this process: the template begins the thought, what is written of it is no step.

Covers engine/models/families/template_check.py, engine/models/inference/written_row.py, engine/prompts/style.py.
"""

import pytest
from transformers import PreTrainedTokenizerFast

from engine import FinishReason, Sampling
from engine.models.inference.stop_strings import StopFilter
from engine.models.inference.written_row import RowText
from engine.models.registry import load_network, load_policy
from engine.prompts.segments import encode
from engine.prompts.style import policy_prompt
from engine.prompts.tokenizer import Detokenizer, Tokens
from engine.protocols import RowStart, run_to_end
from engine.solution_text.thoughts import ThoughtSplitter
from engine.step_splitter import StepSplitter
from tests.support.generators import rows_of
from tests.support.tiny import write_tiny_text
from tests.support.tiny_generic import TEMPLATE, write_tiny_generic

QUESTION = "What is the sum of 12 and 30?"
THINKS = (
    "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n<think>\n' }}{%- endif %}"
)
GENERIC = TEMPLATE + "{%% if add_generation_prompt %%}<think>\n{%% endif %%}"
MARKS = ("<think>", "</think>")
LONG = Sampling(n=24, temperature=2.0, seed=3, max_new_tokens=80)


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    return write_tiny_text(tmp_path_factory.mktemp("qwen3"), kind="qwen3", template=THINKS, words=MARKS)


@pytest.fixture(scope="module")
def generic(tmp_path_factory):
    return write_tiny_generic(tmp_path_factory.mktemp("mistral"), "mistral", template=GENERIC, words=MARKS)


def solutions_of(chunks, policy):
    found = []
    for draw, row in sorted(rows_of(chunks).items()):
        splitter = StepSplitter(draw)
        for chunk in row:
            splitter.take(chunk)
        splitter.end(row[-1].finish)
        found.append(splitter.solution(problem_id="p", policy_model=policy.card.name, seconds=0.0))
    return found


def test_the_prompt_ends_in_the_thought_that_the_template_begins(family):
    network = load_network(family)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(family)
    message = {"role": "user", "content": network.style.policy_prompt.format(question=QUESTION)}
    whole = tokenizer.apply_chat_template([message], tokenize=False, add_generation_prompt=True)
    assert whole.endswith("<think>\n")
    prompt = encode(policy_prompt(network.style, QUESTION), network.tokens)
    assert prompt == tokenizer.encode(whole, add_special_tokens=False)
    assert "thinking model" in network.template_notice
    assert "in another way" not in network.template_notice


@pytest.mark.parametrize("path", ["family", "generic"])
def test_what_is_written_before_the_thought_ends_is_no_step(path, request):
    policy = load_policy(request.getfixturevalue(path))
    found = solutions_of(policy.sample([], QUESTION, LONG), policy)
    ended = [each for each in found if each.steps]
    assert ended, "at this temperature some of the random rows write the mark"
    assert len(ended) < len(found), "and some do not"
    for each in found:
        assert each.thought is not None
        assert "</think>" not in each.thought
        if each not in ended and each.finish is FinishReason.LENGTH:
            assert (each.steps, each.answer, each.tokens) == ((), None, 80)


@pytest.mark.parametrize("path", ["family", "generic"])
def test_what_goes_on_from_steps_begins_behind_an_empty_thought(path, request):
    policy = load_policy(request.getfixturevalue(path))
    session = run_to_end(policy.open_completions([], QUESTION, Sampling(n=2, temperature=2.0, max_new_tokens=20)))
    session.add([RowStart(row=row, text="One.\n\n", seed=1, draw=row) for row in range(2)])
    chunks = [chunk for found in session.write() for chunk in found]
    assert "".join(chunk.text for chunk in chunks if chunk.draw == 0).strip()
    assert not any(chunk.thought or chunk.restarts for chunk in chunks)


def test_beginnings_of_both_paths_have_the_same_text(family, generic):
    network = load_network(family)
    session = run_to_end(load_policy(family).open_completions([], QUESTION, Sampling()))
    session.read(["One.\n\n"])
    behind = network.tokens.decode(session._ids["One.\n\n"])
    assert behind == "</think>\n\nOne.\n\n"
    other = run_to_end(load_policy(generic).open_completions([], QUESTION, Sampling()))
    inputs = other._inputs("One.\n\n")["input_ids"][0].tolist()
    assert Tokens.open(generic).decode(inputs).endswith("<think>\n</think>\n\nOne.\n\n")


@pytest.mark.parametrize("is_special", [True, False])
def test_marks_are_read_whether_or_not_they_are_special_tokens(tmp_path, is_special):
    """Magistral's are, Qwen3's are not; GLM's box stands around its answer."""
    marks = ("[THINK]", "[/THINK]", "<|begin_of_box|>", "<|end_of_box|>")
    more = {"special": marks} if is_special else {"words": marks}
    tokens = Tokens.open(write_tiny_generic(tmp_path, "mistral", **more))
    text = "[THINK]Is it 5?\n\nFinal answer: 5[/THINK]\n\nTwo bars.\n\nIt is <|begin_of_box|>2<|end_of_box|>."
    row = RowText(number=0, longest=400, text=Detokenizer(tokens), stop=StopFilter(()), thoughts=ThoughtSplitter())
    splitter, ids = StepSplitter(0), []
    for piece in _cut(text, marks):
        ids += [tokens.token_id(piece)] if piece in marks else tokens.encode(piece)
    for token in [*ids, 0]:
        splitter.take(row.add(token, frozenset({0})))
    splitter.end(row.finish)
    solution = splitter.solution(problem_id="p", policy_model="m", seconds=0.0)
    assert (solution.thought, solution.answer) == ("Is it 5?\n\nFinal answer: 5", "2")
    assert solution.steps == ("Two bars.", "It is <|begin_of_box|>2<|end_of_box|>.")
    assert solution.tokens == len(ids)


def _cut(text, marks):
    """Text in pieces, each mark one of them."""
    for mark in marks:
        text = text.replace(mark, f"\0{mark}\0")
    return [piece for piece in text.split("\0") if piece]
