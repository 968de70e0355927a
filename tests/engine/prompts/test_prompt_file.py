"""Prompts that a file states: what a model is asked then, and that scores of other prompts are told from these."""

import pytest

from engine import DEFAULT_REWARD_MODEL, LoadError, ModelChoice, Problem, Sampling
from engine.cli.evaluate_models import describe
from engine.loading import load_models
from engine.prompts.prompt_file import read_prompt_file
from engine.prompts.style import PROMPT_VERSION
from engine.protocols import run_to_end
from engine.serving.run_record import prompt_version_of, record_of
from tests.support.openai_server import OpenAIServer
from tests.support.served_models import Scripted
from tests.support.tiny import write_tiny_text
from tests.support.tiny_generic import write_tiny_generic

STATED = '''
["Tiny-Model"]
policy_prompt = """
Be brief.
{question}"""

["*"]
system = ""
policy_prompt = "All of you: {question}"
'''
PROBLEM = Problem(question="How many?")
SHORT = Sampling(n=1, max_new_tokens=2)


@pytest.fixture
def stated(tmp_path):
    path = tmp_path / "prompts.toml"
    path.write_text(STATED, encoding="utf-8")
    return path


def test_a_model_has_its_own_part_or_that_of_all(stated):
    found = read_prompt_file(stated)
    assert found.of("other", "tiny-model").values == {"policy_prompt": "Be brief.\n{question}"}
    assert found.of("other", None).values == {"system": None, "policy_prompt": "All of you: {question}"}
    versions = {found.of("tiny-model").version, found.of("other").version}
    assert len(versions) == 2
    assert all(len(version) == 8 for version in versions)
    changed = stated.with_name("changed.toml")
    changed.write_text(STATED.replace("Be brief", "Be brief!"), encoding="utf-8")
    assert read_prompt_file(changed).of("tiny-model").version not in versions
    assert read_prompt_file(changed).of("other").version == found.of("other").version
    assert read_prompt_file(None).of("tiny-model").version is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[broken", r"prompts.toml' is not TOML: .* See docs/models.md"),
        ('policy_prompt = "{question}"', r"states 'policy_prompt' outside of a part.*in brackets and quotes"),
        ('["m"]\npolicy = "x"', r"""part \["m"\], has the unknown key 'policy'. Known are system and policy_prompt"""),
        ('["m"]\npolicy_prompt = "x"', r"""part \["m"\]: policy_prompt has no \{question\} in it. Write it where"""),
        ('["m"]\nsystem = 3', r"""part \["m"\]: system is 3. Write a text, in quotes"""),
        ("\x00", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_to_do(tmp_path, text, said):
    path = tmp_path / "prompts.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LoadError, match=said) as raised:
        load_models(ModelChoice(policy=None, reward_model=DEFAULT_REWARD_MODEL, prompt_file=path))
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there_says_so(tmp_path):
    with pytest.raises(LoadError, match=r"no.toml' cannot be read: No such file.* leave it out"):
        read_prompt_file(tmp_path / "no.toml")


@pytest.mark.parametrize("is_generic", [False, True])
def test_a_model_of_this_process_is_asked_as_stated(tmp_path, stated, is_generic):
    folder = tmp_path / "tiny-model"
    plain = write_tiny_generic(folder, "mistral") if is_generic else write_tiny_text(folder)
    own = load_models(ModelChoice(policy=plain, reward_model=plain))
    models = load_models(ModelChoice(policy=plain, reward_model=plain, prompt_file=stated))
    version = read_prompt_file(stated).of("tiny-model").version
    assert _asked(models.policy) == "Be brief.\n{question}"
    assert _asked(own.policy).startswith("Your task is")
    assert prompt_version_of(own.reward_model.card) == f"{PROMPT_VERSION}+judge"
    assert prompt_version_of(models.reward_model.card) == f"{PROMPT_VERSION}+judge+{version}"
    assert describe(models.policy.card) == f"{describe(own.policy.card)}+{version}"
    record = record_of(models.policy, models.reward_model, [], one_pass=True, out_of_distribution=None)
    assert record.policy_prompts == version
    greedy = Sampling(n=1, temperature=0, max_new_tokens=12)
    texts = [_written(each.policy, greedy) for each in (own, models)]
    assert texts[0] != texts[1], "another prompt, another text"


def test_a_served_model_is_asked_as_stated(stated):
    with OpenAIServer(Scripted(), models=["Tiny-Model"]) as server:
        models = load_models(ModelChoice(policy=server.base, reward_model=server.base, prompt_file=stated))
        _written(models.policy, SHORT)
        (body,) = server.chats()[-1:]
        assert body["messages"][-1]["content"] == "Be brief.\nHow many?"
        version = read_prompt_file(stated).of("tiny-model").version
        assert models.policy.card.prompts == version
        assert prompt_version_of(models.reward_model.card) == f"{PROMPT_VERSION}+{version}"
        session = run_to_end(models.reward_model.open_session([], "How many?"))
        run_to_end(session.score({0: ["Two."]}))
        for model in (models.policy, models.reward_model):
            model.close()


def _asked(policy):
    loaded = getattr(policy, "_loaded", None)
    return policy._network.style.policy_prompt if loaded is None else loaded.policy_prompt


def _written(policy, sampling):
    return "".join(chunk.text for chunks in policy.sample([], PROBLEM.question, sampling) for chunk in chunks)
