"""Rows of every format the field uses come out as they went in.

Covers storage/formats/measured.py, storage/formats/rows.py, storage/formats/visualprm400k.py, storage/formats/visualprm400k_raw.py,
storage/formats/trl.py, storage/formats/prm800k.py, storage/formats/processbench.py, storage/transfer/registry.py.
"""

import json
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.answers import reference_answer
from engine.domain import Label, Stage
from storage import Store, open_store
from storage.formats import problems, trl, visualprm400k, visualprm400k_raw
from storage.formats.measured import soft_labels_of
from storage.formats.rows import Row
from storage.runs.bulk import RowBatch
from storage.transfer.export_choice import Neutral
from storage.transfer.exporting import export
from storage.transfer.import_values import as_values
from storage.transfer.importing import import_file
from tests.support.format_rows import Value, measured, read_rows, write_rows
from tests.support.label_events import make_png
from tests.support.store_labelling import say

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
STEPS = st.lists(TEXT, min_size=1, max_size=4)
REFERENCES = TEXT.map(reference_answer)  # a blank one comes out as none
examples = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def conversations(draw: st.DrawFn) -> Value:
    steps = draw(STEPS)
    question = draw(TEXT.filter(lambda text: "### Solution Process" not in text))
    turns: list[Value] = [{"from": "system", "value": draw(TEXT)}] if draw(st.booleans()) else []
    for at, step in enumerate(steps):
        first = f"### Question:\n{question}\n\n### Solution Process:\n{step}"
        turns += [{"from": "human", "value": step if at else first}]
        turns += [{"from": "gpt", "value": draw(st.sampled_from("+-"))}]
    return {"id": -1, "conversations": turns}


@st.composite
def monte_carlo(draw: st.DrawFn) -> Value:
    measured = []
    for step in draw(STEPS):
        drawn = draw(st.sampled_from((0, 16, 16)))
        right = draw(st.integers(0, drawn))
        measured.append({"step": step, "score": right / max(1, drawn), "num_mc_correct": right, "num_mc_total": drawn})
    question = draw(TEXT)
    row: Value = {"image": None, "question": question, "answer": draw(REFERENCES), "question_orig": question}
    row["response"] = "\n\n".join(each["step"] for each in measured)
    return row | {"steps_with_score": measured, "num_mc_sequences": 16}


@st.composite
def stepwise(draw: st.DrawFn) -> Value:
    steps = draw(STEPS)
    return {"prompt": draw(TEXT), "completions": steps, "labels": [draw(st.booleans()) for _ in steps]}


@st.composite
def earliest_errors(draw: st.DrawFn) -> Value:
    steps = draw(STEPS)
    row: Value = {"id": draw(TEXT), "generator": draw(TEXT), "problem": draw(TEXT), "steps": steps}
    return row | {"final_answer_correct": draw(st.booleans()), "label": draw(st.integers(-1, len(steps) - 1))}


@st.composite
def ratings(draw: st.DrawFn) -> Value:
    steps = []
    for text in draw(STEPS):
        completions = [{"text": text, "rating": draw(st.sampled_from((1, 0, -1))), "flagged": False}]
        if draw(st.booleans()):
            completions.append({"text": draw(TEXT), "rating": None, "flagged": None})
        chosen = draw(st.sampled_from((None, 0, 0)))
        steps.append({"completions": completions, "human_completion": None, "chosen_completion": chosen})
    written = [each["completions"][0]["text"] for each in steps] + draw(st.lists(TEXT, max_size=2))
    question = {
        "problem": draw(TEXT),
        "ground_truth_solution": None,
        "ground_truth_answer": draw(REFERENCES),
        "pre_generated_steps": written,
        "pre_generated_answer": None,
        "pre_generated_verifier_score": 0.5,
    }
    return {
        "labeler": draw(TEXT),
        "timestamp": "2022-07-17T16:56:51.323252",
        "generation": draw(st.sampled_from((None, 9))),
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": question,
        "label": {"steps": steps, "total_time": 278270, "finish_reason": "solution"},
    }


ROUND_TRIPS = {
    "visualprm400k": conversations(),
    "visualprm400k-raw": monte_carlo(),
    "trl": stepwise(),
    "processbench": earliest_errors(),
    "prm800k": ratings(),
}


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_rows_come_out_as_they_went_in(name: str, empty_data: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    @examples
    @given(st.lists(ROUND_TRIPS[name], min_size=1, max_size=3, unique_by=json.dumps))
    def trip(rows: list[Value]) -> None:
        folder = tmp_path_factory.mktemp(name)
        with open_store(copytree(empty_data, folder / "data")) as store:
            report = read_rows(store, folder / "in", rows, name)
            assert (report.errors, report.format) == ((), name)
            if len(report.solutions) == len(rows) and not report.conflicting:
                assert write_rows(store, folder / "out", name)[0] == rows
                assert read_rows(store, folder / "in", rows, name).added == 0
            told = read_rows(store, folder / "in", rows, None)  # told from the first rows
            assert (told.format, told.unchanged) == (name, len(rows))

    trip()


def test_a_blank_reference_answer_is_none_and_comes_out_as_none(store: Store, tmp_path: Path) -> None:
    row = measured((3, 16), (0, 16))
    assert read_rows(store, tmp_path / "in", [row | {"answer": " "}], visualprm400k_raw.NAME).added == 1
    assert write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)[0] == [row | {"answer": None}]
    assert read_rows(store, tmp_path / "in", [row | {"answer": " "}], visualprm400k_raw.NAME).unchanged == 1


@pytest.mark.parametrize(
    ("answer", "known_id"),
    [
        (None, "d19c14e7e3bc2e9e3136d08c7319298b"),
        ("", "aa1a1ac6961ea2f9efde7dd19521d972"),
        (" ", "5f6d5a65cbcfe1ffc603c0e319531f08"),
    ],
)
def test_a_blank_answer_is_found_again_in_a_store_of_an_earlier_version(
    store: Store, tmp_path: Path, answer: str | None, known_id: str
) -> None:
    """Ids were made of the answer as it was written; made of none, a file with blank ones was added all over again."""
    found = read_rows(store, tmp_path / "in", [{"question": "q", "answer": answer, "image": []}], problems.NAME)
    assert found.problem_ids == (known_id,)
    assert store.runs.get_problem(known_id).answer is None


def test_a_step_that_was_not_measured_has_no_label_and_no_share(store: Store, tmp_path: Path) -> None:
    report = read_rows(store, tmp_path / "in", [measured((3, 16), (0, 16), (0, 0))], visualprm400k_raw.NAME)
    (imported,) = store.runs.get_imported_rows(report.solutions[0])
    assert imported.labels == (Label.CORRECT, Label.WRONG, None)
    assert soft_labels_of(imported.kept_fields) == (3 / 16, 0.0, None)
    bad = [measured((17, 16)), measured((1, -1)), measured()]
    assert [each.line for each in read_rows(store, tmp_path / "in", bad, visualprm400k_raw.NAME).errors] == [1, 2, 3]


def test_soft_labels_survive_and_become_true_and_false_for_trl(store: Store, tmp_path: Path) -> None:
    """TRL's trainer makes a whole number of a label: 0.75 would be 0."""
    row = {"prompt": "q", "completions": ["a", "b", "c"], "labels": [0.75, 0.0, 1]}
    (solution,) = read_rows(store, tmp_path / "in", [row], trl.NAME).solutions
    (imported,) = store.runs.get_imported_rows(solution)
    assert soft_labels_of(imported.kept_fields) == (0.75, 0.0, 1.0)
    found, _report = write_rows(store, tmp_path / "out", trl.NAME)
    assert found == [row | {"labels": [True, False, True]}]
    export(store, tmp_path / "parquet", "parquet")
    with open_store(tmp_path / "other") as other:
        assert import_file(other, tmp_path / "parquet", "parquet").errors == ()
        (again,) = other.runs.get_imported_rows(solution)
    assert soft_labels_of(again.kept_fields) == (0.75, 0.0, 1.0)


def test_a_conversation_shows_its_pictures_before_the_question(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.png").write_bytes(make_png(3, 3))
    first = "### Question:\n<image>\nHow many?\n\n### Solution Process:\nTwo."
    row = {
        "id": 7,
        "image": "a.png",
        "conversations": [{"from": "human", "value": first}, {"from": "gpt", "value": "-"}],
    }
    (solution,) = read_rows(store, folder, [row], "visualprm400k").solutions
    assert store.results.get_solution(solution).problem.question == "How many?"
    (found,), _report = write_rows(store, tmp_path / "out", "visualprm400k")
    assert (found["id"], found["conversations"]) == (7, row["conversations"])
    assert (tmp_path / "out" / "visualprm400k" / found["image"]).read_bytes() == make_png(3, 3)


ASKED = "### Question:\n"
MARKED = {  # the first turn up to its solution -> the question
    f"{ASKED}<image>\n<image>\nWhich?": "Which?",
    f"{ASKED}<image>\nWhich?": "Which?",
    f"<image>\n<image>\n{ASKED}Which?": "Which?",
    f"<image>\n{ASKED}<image>\nWhich?": "Which?",
    f"{ASKED}Which?": "Which?",
    f"{ASKED}<image>\nWhich is like <image>?": "<image>\nWhich is like <image>?",
    f"<image>\n{ASKED}Which is like <image>?": "<image>\nWhich is like <image>?",
    f"{ASKED}<image> and <image>?": "<image> and <image>?",
    f"{ASKED}<image>\n<image>\n<image>\nWhich?": "<image>\n<image>\n<image>\nWhich?",
    f"{ASKED}<image>\n<image>\n": "",
}


def marked(folder: Path, first: str, **more: object) -> Value:
    """Return a row of two pictures, which lie in the folder."""
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for size, name in enumerate(("a.png", "b.png"), start=3):
        (folder / "images" / name).write_bytes(make_png(size, size))
    turns = [{"from": "human", "value": f"{first}\n\n### Solution Process:\nTwo."}, {"from": "gpt", "value": "-"}]
    return {"id": 7, "image": ["images/a.png", "images/b.png"], "conversations": turns} | more


@pytest.mark.parametrize(("first", "question"), MARKED.items())
def test_a_conversation_of_two_pictures_keeps_its_marks(
    first: str, question: str, store: Store, tmp_path: Path
) -> None:
    """A mark was lost where the question began with one of its own, and moved where it stood before the headline."""
    folder = tmp_path / "in"
    row = marked(folder, first)
    (solution,) = read_rows(store, folder, [row], "visualprm400k").solutions
    assert store.results.get_solution(solution).problem.question == question
    assert write_rows(store, tmp_path / "out", "visualprm400k")[0] == [row]
    assert read_rows(store, folder, [row], "visualprm400k").added == 0


EARLIER = {  # the first turns whose question was another before all its marks were kept
    f"{ASKED}<image>\nWhich is like <image>?": "Which is like <image>?",
    f"<image>\n{ASKED}Which is like <image>?": "Which is like <image>?",
    f"{ASKED}<image>\n<image>\n<image>\nWhich?": "<image>\nWhich?",
}


@pytest.mark.parametrize("first", MARKED)
def test_what_was_imported_before_marks_were_kept_is_the_same_when_it_is_imported_again(
    first: str, store: Store, tmp_path: Path
) -> None:
    """There was a second problem, and a second solution without the labels of the first, or a second imported row."""
    folder = tmp_path / "in"
    row = marked(folder, first)
    names = ("images/a.png", "images/b.png")
    before = as_values(
        Row(
            image=names, question=EARLIER.get(first, MARKED[first]), answer=None, steps=("Two.",), policy_model="",
            process_correctness=(Label.WRONG,), data_source=None, kept_fields={"visualprm400k": {"id": 7}},
        ),
        tuple(store.images.add((folder / each).read_bytes()).sha for each in names),
        "visualprm400k",
    )  # fmt: skip
    assert before.solution is not None
    assert before.imported is not None
    store.runs.add_batch(RowBatch(problems=[before.problem], solutions=[before.solution], rows=[before.imported]))
    for source, added in ((None, 0), ("another", 1), ("another", 0), (None, 0)):
        report = read_rows(store, folder, [row], "visualprm400k", source=source)
        assert (report.added, report.unchanged, report.solutions) == (added, 1 - added, (before.solution.id,))
    assert store.results.get_solution(before.solution.id).problem == before.problem


def test_rows_that_differ_in_their_marks_alone_are_added_once_each(store: Store, tmp_path: Path) -> None:
    rows = [marked(tmp_path / "in", first) for first in MARKED]
    for added in (len(rows), 0):
        assert read_rows(store, tmp_path / "in", rows, "visualprm400k").added == added
    assert read_rows(store, tmp_path / "in", rows[::-1], "visualprm400k", dry_run=True).added == 0


def test_marks_that_nobody_wrote_are_not_those_of_a_row() -> None:
    kept = {"visualprm400k": {"id": 7, "conversations": {"before_headline": 10**9}}}
    row = Row(
        image=(), question="q", answer=None, steps=("a",), process_correctness=(Label.CORRECT,), policy_model="", data_source=None,
        kept_fields=kept,
    )  # fmt: skip
    first = {"from": "human", "value": "### Question:\nq\n\n### Solution Process:\na"}
    assert visualprm400k.as_value(row) == {"id": 7, "conversations": [first, {"from": "gpt", "value": "+"}]}


@pytest.mark.parametrize("written", ["visualprocessbench", "parquet"])
def test_monte_carlo_figures_pass_through_other_formats(written: str, store: Store, tmp_path: Path) -> None:
    row = measured((3, 16), (0, 16))
    read_rows(store, tmp_path / "in", [row], visualprm400k_raw.NAME)
    export(store, tmp_path / "between", written)
    with open_store(tmp_path / "other") as other:
        assert import_file(other, tmp_path / "between", written).errors == ()
        assert write_rows(other, tmp_path / "out", visualprm400k_raw.NAME)[0] == [row]


def test_monte_carlo_figures_are_not_written_as_other_labels(store: Store, tmp_path: Path) -> None:
    """People's labels came out as the file's own figures, which say something else."""
    (solution,) = read_rows(store, tmp_path / "in", [measured((3, 16), (0, 16))], visualprm400k_raw.NAME).solutions
    assert write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)[1].rows == 1
    say(store, solution, "ada", "++")
    found, report = write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)
    assert (found, report.cannot_hold) == ([], {"labels that its Monte-Carlo figures do not say": 1})
    say(store, solution, "ada", "0-", Stage.REVEALED)
    found, report = write_rows(store, tmp_path / "out", visualprm400k_raw.NAME)
    assert (len(found), report.neutral_policy) == (1, Neutral.POSITIVE.in_words)
    assert "labels that its Monte-Carlo figures do not say" in report.left_out


OWN: dict[str, Value] = {
    "visualprm400k": {"answer": "5", "policy_model": "p", "data_source": "s"},
    "trl": {"policy_model": "p", "data_source": "s", "answer": "5"},
    "processbench": {"answer": "5", "data_source": "s"},
}


@pytest.mark.parametrize("name", OWN)
def test_fields_that_are_read_are_written_again(name: str, store: Store, tmp_path: Path) -> None:
    """They were read, and in no export of the same format."""
    plain: dict[str, Value] = {
        "visualprm400k": {
            "id": 1,
            "conversations": [
                {"from": "human", "value": "### Question:\nq\n\n### Solution Process:\na"},
                {"from": "gpt", "value": "+"},
            ],
        },
        "trl": {"prompt": "q", "completions": ["a"], "labels": [True]},
        "processbench": {
            "id": "x", "generator": "p", "problem": "q", "steps": ["a"], "final_answer_correct": True, "label": -1
        },
    }  # fmt: skip
    row = plain[name] | OWN[name]
    read_rows(store, tmp_path / "in", [row], name)
    assert write_rows(store, tmp_path / "out", name)[0] == [row]
