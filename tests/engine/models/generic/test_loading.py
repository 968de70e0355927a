"""What a folder says of a model that no family reads: how it is asked and read, and the sentence that refuses it."""

import json

import pytest
from transformers import (
    LlavaForConditionalGeneration,
    MistralForCausalLM,
)

from engine import InvalidRequest, LoadError, Sampling
from engine.model_catalogue.model_choice import ModelPath
from engine.models.generic import scoring
from engine.models.loaders import path_of, refusal
from engine.models.registry import (
    load_checkpoint,
    selftest_policy,
    selftest_reward_model,
)
from engine.protocols import run_to_end
from tests.support.generic_texts import QUESTION, STEPS, written
from tests.support.tiny import drawing, write_tiny, write_tiny_qwen, write_tiny_smolvlm, write_tiny_text
from tests.support.tiny_generic import TEMPLATE, write_tiny_generic

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # Glm4vProcessor's own


def test_without_a_chat_template_nobody_can_tell_how_it_is_asked(tmp_path):
    folder = write_tiny_generic(tmp_path, "mistral")
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(LoadError, match=r"has no chat template .* serve it with vLLM"):
        load_checkpoint(folder)


def test_a_package_that_a_processor_needs_is_named_with_its_command(llava, tmp_path):
    """Llama 4's processor of pictures needs torchvision, which this project does not."""
    folder = tmp_path / "llama4"
    folder.mkdir()
    for path in llava.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "llama4", "architectures": None}))
    (folder / "processor_config.json").write_text(json.dumps({"processor_class": "Llama4Processor"}))
    (folder / "preprocessor_config.json").write_text(json.dumps({"image_processor_type": "Llama4ImageProcessor"}))
    with pytest.raises(LoadError, match=r"pip install torchvision"):
        load_checkpoint(folder)


def test_a_model_of_a_family_goes_the_slower_way_where_its_attention_cannot_share_a_prompt(tmp_path):
    template = (TEMPLATE % "").replace("<|turn|>", "<|im_start|>").replace("<|end|>", "<|im_end|>")
    folder = write_tiny_text(tmp_path, template=template)
    assert path_of(folder) is ModelPath.FAST
    config = json.loads((folder / "config.json").read_text())
    window = {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 1, "layer_types": None}
    (folder / "config.json").write_text(json.dumps(config | window))
    assert path_of(folder) is ModelPath.GENERIC
    loaded = load_checkpoint(folder)
    assert [check.name for check in selftest_policy(loaded) if not check.passed] == []


def test_a_model_that_reads_a_prompt_in_both_directions_scores_each_step_by_a_pass_of_its_own(tmp_path):
    """PaliGemma's processor adds labels too, which made every score fail, and reads nothing without a picture."""
    loaded = load_checkpoint(write_tiny_generic(tmp_path, "paligemma"))
    assert not loaded.is_causal
    checks = (*selftest_policy(loaded), *selftest_reward_model(loaded))
    assert [check.name for check in checks] == [
        "prompt, one picture",
        "greedy text, one picture",
        "step scores, one picture",
    ]
    assert [check for check in checks if not check.passed] == []
    with pytest.raises(InvalidRequest, match="processor cannot read the problem"):
        written(loaded, [], Sampling(n=1))


def test_a_causal_model_reads_all_steps_in_one_pass(mistral, monkeypatch):
    loaded = load_checkpoint(mistral)
    forward, lengths = type(loaded.model).forward, []
    monkeypatch.setattr(
        type(loaded.model), "forward", lambda *a, **k: lengths.append(k["input_ids"].shape) or forward(*a, **k)
    )
    run_to_end(run_to_end(scoring.open_session(loaded, [], QUESTION)).score({0: STEPS}))
    assert loaded.is_causal
    assert len(lengths) == 1


def test_what_a_folder_states_for_generate_changes_nothing(tmp_path):
    """Two sequences a prompt made every run fail, and a penalty made the selftest call a right model wrong."""
    plain = load_checkpoint(write_tiny_generic(tmp_path, "gemma2"))
    sampling = Sampling(n=2, temperature=0, max_new_tokens=12)
    expected = written(plain, [], sampling)
    stated = {"num_beams": 4, "num_return_sequences": 2, "repetition_penalty": 3.0, "cache_implementation": "static"}
    path = tmp_path / "generation_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **stated}))
    loaded = load_checkpoint(tmp_path)
    assert written(loaded, [], sampling) == expected
    assert [check for check in selftest_policy(loaded) if not check.passed] == []


def test_an_encoder_is_refused_with_a_sentence(tmp_path):
    """It was loaded, and wrote and judged at random."""
    write_tiny_generic(tmp_path, "bert")
    assert "reads a text in both directions (config.json does not set is_decoder)" in refusal(tmp_path)
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "is_decoder": True}))
    assert refusal(tmp_path) is None


@pytest.mark.parametrize("kind", ["mistral", "llava"])
def test_what_transformers_cannot_compute_is_told_with_its_version(tmp_path, monkeypatch, kind):
    """Llama 4 has no forward pass in transformers 5.24: its runs ended with a defect of the engine."""
    write_tiny_generic(tmp_path, kind)

    def forward(self, input_ids=None, pixel_values=None, **_):
        raise AttributeError("no image_outputs")

    told = r"transformers \S+ cannot compute this model: AttributeError: no image_outputs\. Try another version"
    monkeypatch.setattr(MistralForCausalLM if kind == "mistral" else LlavaForConditionalGeneration, "forward", forward)
    if kind == "mistral":
        with pytest.raises(LoadError, match=told):
            load_checkpoint(tmp_path)
        return
    loaded = load_checkpoint(tmp_path)
    with pytest.raises(InvalidRequest, match=told):
        written(loaded, [drawing()], Sampling(n=1))
    session = run_to_end(scoring.open_session(loaded, [drawing()], QUESTION))
    with pytest.raises(InvalidRequest, match=told):
        run_to_end(session.score({0: STEPS}))


@pytest.mark.parametrize(
    "write", [write_tiny, write_tiny_qwen, write_tiny_smolvlm], ids=["internvl", "qwen", "smolvlm"]
)
def test_a_family_whose_turns_the_tokenizer_lacks_goes_the_generic_way(tmp_path, write):
    """It was refused without saying what to do."""
    write(tmp_path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        path = tmp_path / name
        path.write_text(path.read_text().replace("<|im_start|>", "<|turn_start|>"))
    assert "has no special token <|im_start|>" in refusal(tmp_path)
    assert "chat template" in refusal(tmp_path)
