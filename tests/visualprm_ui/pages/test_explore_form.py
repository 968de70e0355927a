"""The form of Explore holds every option of a run by name, and takes each as typed."""

import math
import re
from dataclasses import fields

import pytest

from engine import InvalidRequest
from engine.domain import Sampling
from engine.outcomes.guided_search import BeamPlan
from tests.support.scripted import scripted_engine
from tests.visualprm_ui.conftest import png
from visualprm_ui.pages.explore_form import SETTINGS, read_form, run_values
from visualprm_ui.use_cases.sample_form import SampleForm
from visualprm_ui.use_cases.workbench import Workbench

SIZE = {"width": 60, "height": 40}


def filled(**changes):
    settings = {name: setting.show(getattr(Sampling(), name)) for name, setting in SETTINGS.items()}
    return {
        "pictures": [],
        "question": "?",
        "reference": "",
        "problem_seed": None,
        "search": None,
        **settings,
        **changes,
    }


def test_every_option_of_sampling_has_one_field():
    assert list(SETTINGS) != []
    assert set(SETTINGS) == {field.name for field in fields(Sampling)}


def test_an_untouched_form_asks_for_the_defaults():
    assert read_form(filled()) == SampleForm(images=(), question="?", answer=None, sampling=Sampling())


def test_every_option_is_stored_with_the_run_and_fills_the_form_again(workbench, store):
    options = {"temperature": 0.3, "top_p": 0.9, "top_k": 7, "seed": 4, "max_new_tokens": 99}
    sampling = Sampling(n=2, repetition_penalty=1.2, stop=("Final", "the end "), **options)
    shas = tuple(workbench.store.images.add(png(colour)).sha for colour in ("red", "blue"))
    form = SampleForm(images=shas, question="What?", answer="5", sampling=sampling, problem_seed=None)
    run_id = workbench.runs.start(form)
    *_, view = workbench.runs.follow(run_id)
    assert store.runs.get_run(run_id).run.sampling == sampling
    pictures = [{"sha": sha, **SIZE} for sha in shas]
    assert read_form(run_values(view, pictures, None)) == form
    assert read_form(run_values(view, pictures, 7)).problem_seed == 7


def test_a_guided_search_has_its_own_number_of_paths(store):
    asked = read_form(filled(n=None, search={"paths": 2, "tries": 3}))
    assert (asked.search, asked.sampling.n) == (BeamPlan(width=2, expansions=3), 2)
    with scripted_engine(["One."], complete=lambda text, draw: "Final answer: 5") as engine:
        workbench = Workbench(store, engine)
        *_, view = workbench.runs.follow(workbench.runs.start(asked))
    again = run_values(view, [], None)
    assert read_form(again) == asked
    assert again["n"] == Sampling().n  # for who then asks for independent solutions
    assert read_form(filled(n=2)).search is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("search", {"paths": 2, "tries": ""}, "Tries a step is empty; type a number."),
        ("search", {"paths": 2, "tries": 2.5}, "Tries a step is 2.5; type a whole number."),
        ("search", {"paths": 2, "tries": ["4"]}, "Tries a step is ['4']; type a whole number."),
        ("search", {"paths": "", "tries": 4}, "Paths kept is empty; type a number."),
        ("n", 2.5, "Solutions is 2.5; type a whole number."),
        ("n", None, "Solutions is empty; type a number."),
        ("temperature", None, "Temperature is empty"),
        ("seed", 1.7, "Seed is 1.7; type a whole number."),
        ("seed", None, "Seed is empty"),
        ("seed", math.nan, "Seed is nan"),
        ("max_new_tokens", 99.5, "Max new tokens is 99.5"),
        ("repetition_penalty", None, "Repetition penalty is empty"),
    ],
)
def test_a_setting_is_used_as_typed_or_refused(field, value, message):
    """Seed 1.7 ran as 1, an emptied one as 0, and nothing said so."""
    with pytest.raises(InvalidRequest, match=re.escape(message)):
        read_form(filled(**{field: value}))
