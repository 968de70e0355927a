"""Models that no family reads: prompts, texts and scores are those of transformers' own processor, template and class.

Covers engine/models/generic/chat.py, engine/models/generic/completions.py, engine/models/generic/control_tokens.py,
engine/models/generic/decoding.py,
engine/models/generic/pictures.py, engine/models/generic/roles.py, engine/models/generic/scoring.py,
engine/models/generic/selftest.py, engine/models/inference/written_row.py.
"""

import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
)

from engine import Engine, InvalidRequest, LoadError, Models, Problem, RunEnded, Sampling
from engine.errors import OutOfMemory
from engine.events import SolutionScored
from engine.model_catalogue.model_choice import ModelPath
from engine.models.generic import completions, decoding, scoring
from engine.models.generic.chat import Message
from engine.models.generic.loading import GenericModel
from engine.models.generic.pictures import RequestPictures
from engine.models.loaders import path_of, refusal
from engine.models.registry import (
    Options,
    load_checkpoint,
    load_network,
    load_policy,
    load_reward_model,
    selftest_policy,
    selftest_reward_model,
)
from engine.protocols import RowStart, run_to_end
from tests.support.generic_texts import QUESTION, STEPS, written
from tests.support.tiny import drawing
from tests.support.tiny_generic import TEMPLATE, WITH_PICTURES, write_tiny_generic

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Glm4vProcessor's own
KINDS = (*WITH_PICTURES, "mistral", "gemma2")


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def folder(kind, tmp_path_factory):
    return write_tiny_generic(tmp_path_factory.mktemp(kind), kind)


@pytest.fixture(scope="module")
def loaded(folder):
    return load_checkpoint(folder)


@pytest.fixture(scope="module")
def native(folder, kind):
    auto = AutoModelForImageTextToText if kind in WITH_PICTURES else AutoModelForCausalLM
    return auto.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def images(kind):
    return [drawing(60, 40)] if kind in WITH_PICTURES else []


def test_the_card_says_which_path_serves_it(loaded, folder, kind):
    assert isinstance(loaded, GenericModel)
    assert (loaded.card.family, loaded.card.path) == (kind, ModelPath.GENERIC)
    assert path_of(folder) is ModelPath.GENERIC
    assert refusal(folder) is None


def test_a_prompt_is_the_template_tokenised_by_the_checkpoints_own_tokenizer(loaded, folder):
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": "A bar."},
        {"role": "user", "content": "And now?"},
    ]
    own = AutoTokenizer.from_pretrained(folder).apply_chat_template(messages, add_generation_prompt=True)["input_ids"]
    assert loaded.chat.ids([Message(role=each["role"], text=each["content"]) for each in messages]) == own


def test_greedy_text_is_what_generate_writes(loaded, native, images):
    inputs = loaded.chat.prompt(completions.policy_messages(loaded, QUESTION), images)
    ids = native.generate(**inputs, do_sample=False, max_new_tokens=20)[0, inputs["input_ids"].shape[1] :].tolist()
    while ids and ids[-1] in loaded.stop_ids:
        ids.pop()
    assert written(loaded, images, Sampling(n=3, temperature=0, max_new_tokens=20)) == [loaded.tokens.decode(ids)] * 3


def test_scores_are_one_forward_a_step(loaded, native, images):
    yes, no = (AutoTokenizer.from_pretrained(loaded.model.name_or_path).convert_tokens_to_ids(a) for a in ("Yes", "No"))
    expected = []
    for count in range(1, len(STEPS) + 1):
        inputs = loaded.chat.prompt(loaded.prm_format.messages(QUESTION, STEPS[:count]), images)
        with torch.no_grad():
            logits = native(**inputs).logits[0, -1]
        expected.append(float(logits[[yes, no]].softmax(0)[0]))
    session = run_to_end(scoring.open_session(loaded, images, QUESTION))
    at_once = run_to_end(session.score({0: STEPS, 1: STEPS[:1]}))
    later = run_to_end(session.score({1: STEPS[1:]}))
    assert at_once[0] == pytest.approx(expected, abs=1e-5, rel=0)
    assert (*at_once[1], *later[1]) == pytest.approx(expected, abs=1e-5, rel=0)
    assert max(expected) - min(expected) > 1e-3


def test_people_forge_no_turn_and_no_picture(loaded, images):
    def special(question):
        ids = loaded.chat.ids(completions.policy_messages(loaded, question), images)
        return [each for each in ids if each in loaded.tokens.special_ids]

    assert special(STEPS[-1].replace("<image>", "")) == special(QUESTION)


def test_a_row_depends_on_its_seed_and_number_only(loaded, images):
    many = written(loaded, images, Sampling(n=4, temperature=1, seed=5, max_new_tokens=12))
    assert written(loaded, images, Sampling(n=2, temperature=1, seed=5, max_new_tokens=12)) == many[:2]
    assert len(set(many)) > 1


def test_a_beginning_is_gone_on_from_as_the_whole_text_would_be(loaded, images):
    whole = written(loaded, images, Sampling(n=1, temperature=0, max_new_tokens=16))[0]
    session = run_to_end(
        completions.open_completions(loaded, images, QUESTION, Sampling(n=1, temperature=0, max_new_tokens=8))
    )
    session.add([RowStart(row=row, text=text, seed=0, draw=row) for row, text in enumerate(("", "A bar. ", ""))])
    texts = ["", "", ""]
    for chunks in session.write():
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
    assert whole.startswith(texts[0])
    assert texts[0] == texts[2] != texts[1]


def test_rows_that_find_no_memory_are_written_fewer_at_a_time(mistral, monkeypatch):
    """They go on where they were interrupted."""
    loaded = load_checkpoint(mistral)
    sampling = Sampling(n=4, temperature=1, seed=3, max_new_tokens=10)
    expected = written(loaded, [], sampling)
    step, failed = decoding.step, []

    def of_two(loaded, before, tokens):
        if len(tokens) > 2 and before.ids.shape[1] % 3 == 0:
            failed.append(len(tokens))
            raise OutOfMemory("no room")
        return step(loaded, before, tokens)

    monkeypatch.setattr(decoding, "step", of_two)
    assert written(loaded, [], sampling) == expected
    assert failed[0] == 4


@pytest.mark.parametrize("where", ["copying the prompt", "choosing", "copying the rows that go on"])
def test_memory_may_run_out_wherever_rows_are_computed(mistral, monkeypatch, where):
    """Once only what the model itself computed was tried again with fewer rows."""
    loaded = load_checkpoint(mistral)
    sampling = Sampling(n=4, temperature=1, seed=3, max_new_tokens=10)
    expected = written(loaded, [], sampling)
    failed = []

    def fails(rows):
        if rows > 2:
            failed.append(rows)
            raise torch.OutOfMemoryError("no room")

    copy, choose = decoding.Reading.rows, decoding.TokenChooser.choose

    def copy_rows(reading, chosen):
        if (len(reading.ids) == 1) == (where == "copying the prompt") and where != "choosing":
            fails(len(reading.ids) if where != "copying the prompt" else len(chosen))
        return copy(reading, chosen)

    def choose_tokens(chooser, logits, rows, steps):
        if where == "choosing" and steps[0] == 2:
            fails(len(rows))
        return choose(chooser, logits, rows, steps)

    monkeypatch.setattr(decoding.Reading, "rows", copy_rows)
    monkeypatch.setattr(decoding.TokenChooser, "choose", choose_tokens)
    session = run_to_end(completions.open_completions(loaded, [], QUESTION, sampling))
    session.add([RowStart(row=row, text="", seed=3, draw=row) for row in range(5)])
    texts = [""] * 5
    for chunks in session.write():
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
        if texts[4]:
            session.drop(4)  # whose going makes the others be copied
    assert texts[:4] == expected
    assert failed[0] in (4, 5)


def test_a_row_that_is_dropped_while_the_prompt_is_read_is_not_written(mistral, monkeypatch):
    loaded = load_checkpoint(mistral)
    step, widths = decoding.step, []
    monkeypatch.setattr(
        decoding, "step", lambda loaded, before, tokens: widths.append(len(tokens)) or step(loaded, before, tokens)
    )
    session = run_to_end(completions.open_completions(loaded, [], QUESTION, Sampling(max_new_tokens=4)))
    session.add([RowStart(row=row, text="", seed=3, draw=row) for row in range(3)])
    writing = session.write()
    assert next(writing) == ()
    session.drop(1)
    assert {chunk.draw for chunks in writing for chunk in chunks} == {0, 2}
    assert max(widths) == 2


@pytest.mark.parametrize("kind", WITH_PICTURES, indirect=True)
def test_pictures_are_processed_once_for_a_request(loaded, images, monkeypatch):
    """They once were for every prompt: each beginning twice, each solution and each of its steps."""
    processor = type(loaded.chat.processor.image_processor).__mro__[1]
    whole, seen = processor.preprocess, []
    monkeypatch.setattr(
        processor, "preprocess", lambda self, *given, **more: seen.append(1) or whole(self, *given, **more)
    )
    session = run_to_end(completions.open_completions(loaded, images, QUESTION, Sampling(max_new_tokens=3)))
    session.add([RowStart(row=row, text=text, seed=3, draw=row) for row, text in enumerate(("", "A bar. ", "Two. "))])
    list(session.write())
    assert len(seen) == 1
    written(loaded, images, Sampling(n=2, max_new_tokens=3))
    assert len(seen) == 2, "another request"
    scores = run_to_end(scoring.open_session(loaded, images, QUESTION))
    run_to_end(scores.score({0: STEPS, 1: STEPS[:1]}))
    run_to_end(scores.score({1: STEPS[1:]}))
    assert len(seen) == 3


@pytest.mark.parametrize("kind", WITH_PICTURES, indirect=True)
def test_another_requests_pictures_are_not_taken_for_ones_own(loaded, images):
    messages = completions.policy_messages(loaded, QUESTION)
    one, other = RequestPictures(images), RequestPictures([drawing(40, 60)])
    before, other_prompt, again = (loaded.chat.prompt(messages, each) for each in (one, other, one))
    plain = loaded.chat.prompt(messages, images)
    assert before.keys() == again.keys() == plain.keys()
    for name, value in plain.items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(before[name], value)
            assert torch.equal(again[name], value)
    shown = loaded.chat.prompt(messages, [drawing(40, 60)])
    assert all(
        torch.equal(value, shown[name]) for name, value in other_prompt.items() if isinstance(value, torch.Tensor)
    )


def test_a_row_that_is_dropped_leaves_the_others_as_they_are(mistral):
    loaded = load_checkpoint(mistral)
    sampling = Sampling(n=3, temperature=1, seed=3, max_new_tokens=12)
    expected = written(loaded, [], sampling)
    session = run_to_end(completions.open_completions(loaded, [], QUESTION, sampling))
    session.add([RowStart(row=row, text="", seed=3, draw=row) for row in range(3)])
    texts = ["", "", ""]
    for number, chunks in enumerate(session.write()):
        for chunk in chunks:
            texts[chunk.draw] += chunk.text
        if number == 6:
            session.drop(1)
    assert (texts[0], texts[2]) == (expected[0], expected[2])
    assert len(texts[1]) < len(expected[1])


def test_a_pair_solves_a_problem_with_a_picture(llava):
    models = Models(policy=load_policy(llava), reward_model=load_reward_model(llava))
    assert models.reward_model.card.prm_format == "judge"
    with Engine(lambda: models) as engine:
        run = engine.solve(Problem(question=QUESTION), (drawing(),), Sampling(n=2, max_new_tokens=12))
        events = list(run.events())
    assert events[-1].error is None
    assert sum(isinstance(event, SolutionScored) for event in events) >= 1


def test_a_text_model_refuses_a_picture_with_a_sentence(mistral):
    models = Models(policy=load_policy(mistral), reward_model=load_reward_model(mistral))
    with Engine(lambda: models) as engine:
        refused = list(engine.solve(Problem(question=QUESTION), (drawing(),), Sampling(n=2)).events())[-1]
    assert isinstance(refused, RunEnded)
    assert isinstance(refused.error, InvalidRequest)
    assert "reads text only" in str(refused.error)


def test_the_selftest_compares_with_transformers(llava):
    loaded = load_checkpoint(llava)
    checks = (*selftest_policy(loaded), *selftest_reward_model(loaded))
    assert [check.name for check in checks if not check.passed] == []
    assert len(checks) == 6


def test_a_template_without_a_system_message_has_its_words_in_front_of_the_question(tmp_path):
    """Gemma's refuses one, others leave it out in silence."""
    without = "{%% if messages[0].role == 'system' %%}{{ raise_exception('no') }}{%% endif %%}" + TEMPLATE
    loaded = load_checkpoint(write_tiny_generic(tmp_path, "mistral", template=without))
    text = loaded.chat.render(loaded.prm_format.messages(QUESTION, STEPS[:1]))
    assert text.startswith(f"<|turn|>user\n{loaded.prm_format.system}\n\n### Question:")


def test_a_thinking_model_is_asked_not_to_think_and_says_so(tmp_path):
    """Its template opens a thought unless it is told not to."""
    thought = "{%% if add_generation_prompt and enable_thinking is not false %%}<think>{%% endif %%}"
    loaded = load_checkpoint(write_tiny_generic(tmp_path, "mistral", template=TEMPLATE + thought))
    assert not loaded.chat.render(completions.policy_messages(loaded, QUESTION)).endswith("<think>")
    assert "asked not to think" in load_policy(tmp_path).out_of_distribution_notice((), QUESTION)


@pytest.mark.parametrize("name", ["visualprm", "judge"])
def test_it_is_asked_in_the_format_that_is_stated(mistral, name):
    assert load_checkpoint(mistral, Options(prm_format=name)).prm_format.name == name


def test_a_format_of_other_models_is_refused(mistral):
    with pytest.raises(LoadError, match=r"'mm-prm' is tied to other models .* State another one with --prm-format"):
        load_checkpoint(mistral, Options(prm_format="mm-prm"))


def test_what_shares_no_prompt_is_no_network(mistral):
    with pytest.raises(LoadError, match="it shares no prompt"):
        load_network(mistral)
