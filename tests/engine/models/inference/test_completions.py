"""Going on from beginnings: what each row writes is what transformers writes behind the same tokens, and each is read once."""

from dataclasses import replace

import pytest
import torch
from transformers import InternVLForConditionalGeneration

from engine import DEFAULT_POLICY, InvalidRequest, Sampling
from engine.models.inference import completions
from engine.models.inference.completions import open_completions
from engine.models.inference.sampler import read_prompt, sample
from engine.models.registry import load_network, load_policy
from engine.prompts.segments import Text, encode
from engine.prompts.style import policy_prompt
from engine.protocols import CompletesSolutions, RowStart, run_to_end
from tests.support.generators import rows_of, texts_of
from tests.support.originals import Variant, write_original
from tests.support.small_device import Cramped
from tests.support.tiny import drawing, write_tiny, write_tiny_qwen, write_tiny_smolvlm

QUESTION = "What is the sum of the red bar and the blue bar?"
IMAGES = [drawing(80, 40)]
BEGINNINGS = (
    "",
    "The red bar is 8.\n\n",
    "The red bar is 8.\n\nThe blue bar is 15.\n\n",
    "The red bar is 9.\n\n",
    "Together",
)
GREEDY = Sampling(temperature=0.0, max_new_tokens=25)
FAMILIES = {
    "internvl": lambda folder: write_tiny(folder, seed=3),
    "llama": lambda folder: write_tiny(folder, text="llama", seed=3),
    "qwen": lambda folder: write_tiny_qwen(folder, seed=3),
    "smolvlm": lambda folder: write_tiny_smolvlm(folder, seed=3),
}


def starts(*texts, seed=3):
    return [RowStart(row=row, text=text, seed=seed, draw=row) for row, text in enumerate(texts)]


def opened(network, sampling=GREEDY, images=IMAGES):
    return run_to_end(open_completions(network, list(images), QUESTION, sampling))


def written(network, sampling, texts, **more):
    session = opened(network, sampling, **more)
    session.add(starts(*texts))
    return texts_of(session.write())


def expected_of(network, text, images):
    """Greedy tokens behind prompt and beginning, a whole plain forward for each."""
    segments = policy_prompt(network.style, QUESTION, network.count_tiles(images))
    ids = encode([*segments, Text(text)], network.tokens)
    found = []
    for _ in range(GREEDY.max_new_tokens):
        token = int(network.plain_logits([*ids, *found], images, [len(ids) + len(found) - 1])[0].argmax())
        if token in network.stop_ids:
            break
        found.append(token)
    before = network.tokens.decode(ids[-8:])
    return network.tokens.decode([*ids[-8:], *found])[len(before) :] if text else network.tokens.decode(found)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_row_goes_on_as_a_plain_forward_of_all_its_tokens_does(tmp_path, family):
    network = load_network(FAMILIES[family](tmp_path / "model") and tmp_path / "model")
    images = [drawing(80, 40)]
    assert written(network, GREEDY, BEGINNINGS, images=images) == {
        row: expected_of(network, text, images) for row, text in enumerate(BEGINNINGS)
    }


def test_the_shipped_policy_goes_on_as_generate_does():
    network = load_network(DEFAULT_POLICY)
    native = InternVLForConditionalGeneration.from_pretrained(DEFAULT_POLICY, dtype=torch.float32).eval()
    images = [drawing()]
    pixels = network.processor(images, return_tensors="pt")["pixel_values"]
    segments = policy_prompt(network.style, QUESTION, network.count_tiles(images))
    for row, text in written(network, GREEDY, BEGINNINGS, images=images).items():
        ids = encode([*segments, Text(BEGINNINGS[row])], network.tokens)
        given = torch.tensor([ids])
        with torch.no_grad():
            whole = native.generate(
                input_ids=given,
                attention_mask=torch.ones_like(given),
                pixel_values=pixels,
                do_sample=False,
                max_new_tokens=GREEDY.max_new_tokens,
            )[0]
        new = [token for token in whole[len(ids) :].tolist() if token not in network.stop_ids]
        assert text == network.tokens.decode(new)


def test_hidden_states_of_beginnings_are_those_of_a_plain_reading(tiny):
    """In float32 within 1e-5, though all are read in one forward and are views of the longest."""
    session = opened(tiny)
    session.add(starts(*BEGINNINGS))
    list(session.write())
    plain = tiny.encode_pictures([drawing(80, 40)])
    for text in BEGINNINGS:
        branch = session._branches[text]
        whole = read_prompt(tiny, branch.ids, plain)
        assert torch.allclose(branch.hidden, whole.hidden, atol=1e-5)
        assert branch.prefix.end == whole.prefix.end


def test_picture_prompt_and_beginnings_are_read_once(tiny):
    network = Cramped(tiny)
    seen = []

    def look(images):
        seen.append(len(images))
        return tiny.encode_pictures(images)

    session = run_to_end(open_completions(network, [drawing()], QUESTION, GREEDY, look))
    session.read(BEGINNINGS)
    session.add(starts(*(text for text in BEGINNINGS for _ in range(4))))
    list(session.write())
    assert seen == [1]
    longest = [len(session._ids[BEGINNINGS[at]]) for at in (2, 3, 4)]
    assert network.shapes[0] == (3, max(longest)), "the second is a part of the third"
    assert {tokens for _, tokens in network.shapes[1:]} == {1}
    assert network.shapes[1][0] >= 16
    whole = session._branches[BEGINNINGS[2]].prefix
    assert session._branches[BEGINNINGS[1]].prefix.keys[0].data_ptr() == whole.keys[0].data_ptr()


def test_a_row_depends_on_text_seed_and_draw_only(tiny):
    sampling = Sampling(temperature=1.0, max_new_tokens=30)
    together = written(tiny, sampling, BEGINNINGS)
    for row, text in enumerate(BEGINNINGS):
        session = opened(tiny, sampling)
        session.add([RowStart(row=77, text=text, seed=3, draw=row)])
        assert texts_of(session.write()) == {77: together[row]}
    assert written(tiny, sampling, ["", *BEGINNINGS[:3]])[1] != together[0], "another draw"


def test_without_a_beginning_it_is_a_solution_as_sampled(tiny):
    sampling = Sampling(n=3, seed=3, temperature=1.0, max_new_tokens=30)
    assert written(tiny, sampling, ["", "", ""]) == texts_of(sample(tiny, [drawing(80, 40)], QUESTION, sampling))


def test_rows_that_are_added_later_go_on_from_what_was_read(tiny):
    sampling = Sampling(temperature=1.0, max_new_tokens=30)
    expected = written(tiny, sampling, BEGINNINGS)
    network = Cramped(tiny)
    session = opened(network, sampling)
    session.read(BEGINNINGS[1:3])
    first, *later = starts(*BEGINNINGS)
    session.add([first])
    texts: dict[int, str] = {}
    for turn, chunks in enumerate(session.write()):
        for chunk in chunks:
            texts[chunk.draw] = texts.get(chunk.draw, "") + chunk.text
        if turn == 5:
            session.add(later)
    assert texts == expected
    assert sum(tokens > 1 for _, tokens in network.shapes) == 2, "those announced, then those that were not"


def test_a_dropped_row_ends_whether_it_has_begun_or_not(tiny):
    session = opened(replace(tiny, stop_ids=frozenset()))
    session.add(starts(*BEGINNINGS))
    session.drop(4)
    found: dict[int, int] = {}
    for turn, chunks in enumerate(session.write()):
        found |= {chunk.draw: chunk.tokens for chunk in chunks}
        if turn == 9:
            session.drop(2)
            session.drop(99)
    assert found.keys() == {0, 1, 2, 3}
    assert found[2] < found[0] == found[1] == found[3] == GREEDY.max_new_tokens


def test_beginnings_that_do_not_fit_together_are_read_in_pieces(tiny):
    expected = written(tiny, GREEDY, BEGINNINGS)
    network = Cramped(tiny, tokens=40)
    assert written(network, GREEDY, BEGINNINGS) == expected
    assert network.failures > 0


def test_a_beginning_that_fills_the_context_is_refused(tmp_path):
    network = load_network(write_tiny(tmp_path, context=128, workbench={"system": None, "policy_prompt": "{question}"}))
    session = run_to_end(open_completions(network, [], "Hi", GREEDY))
    with pytest.raises(InvalidRequest, match="beginning of the solution is too long"):
        session.add(starts("word " * 200))
    session.add(starts("word "))
    assert len(rows_of(session.write())) == 1


def test_beyond_the_native_length_nothing_is_shared(tmp_path):
    """There every key depends on how long the prompt is: the beginning is read behind it as generate would."""
    write_original(tmp_path, Variant(rope_scaling={"type": "dynamic", "factor": 2.0}))
    network = load_network(tmp_path)
    text = "The red bar is 8.\n\n" * 12
    ids = encode([*policy_prompt(network.style, QUESTION), Text(text)], network.tokens)
    network = replace(network, native_length=len(ids) - 1)
    session = run_to_end(open_completions(network, [], QUESTION, GREEDY))
    session.add(starts("The red bar is 8.\n\n", text))
    list(session.write())
    assert session._branches[text].prefix.parts[0].length == len(ids)
    assert len(session._branches["The red bar is 8.\n\n"].prefix.parts) == 2


def test_a_policy_that_takes_turns_completes_too(tiny_folder):
    policy = load_policy(tiny_folder)
    assert isinstance(policy, CompletesSolutions)
    moved = []
    policy.ensure_on_device = lambda: moved.append(1)
    session = run_to_end(policy.open_completions([drawing(80, 40)], QUESTION, GREEDY))
    session.read(BEGINNINGS[1:2])
    session.add(starts(*BEGINNINGS))
    session.drop(4)
    found = texts_of(session.write())
    assert found.keys() == {0, 1, 2, 3}
    assert (len(moved) > 20, session.repeated) == (True, 0)


def test_more_rows_than_the_limit_wait(tiny, monkeypatch):
    monkeypatch.setattr(completions, "MOST_ROWS", 3)
    network = Cramped(tiny)
    expected = written(tiny, GREEDY, BEGINNINGS * 2)
    assert written(network, GREEDY, BEGINNINGS * 2) == expected
    assert max(rows for rows, tokens in network.shapes if tokens == 1) == 3
