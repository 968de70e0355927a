"""Whatever texts a store holds, everything of it goes out and into another one, which is then equal.

Covers storage/transfer/full_rows.py, storage/transfer/full_export.py, storage/transfer/full_import.py,
storage/database/column_types.py, storage/formats/lines.py.
"""

from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.domain import Annotation, Label, Problem, Run, Sampling, Solution, Stage, StepDetail
from storage import Store, open_store
from storage.runs.bulk import RowBatch
from storage.runs.imported_rows import ImportedRow
from storage.transfer.full_export import export_full
from tests.storage.transfer.test_full import dump, require_equal
from tests.support.label_events import make_png

HOSTILE = (
    "", " ", "null", "\0", "a\0b", "\ud800", "\ud83d\ude00", "\ud800\udc00\udfff", "\u2028\u2029\x85", "\r\n", "\n", "\ufeff",
    "=cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "../../etc/passwd", "a/b\\c:d", "\u202etxt.exe\u202c", "\u0627\u0644\u0633",
    "\U0001f469\u200d\U0001f52c", "e\u0301", "\x1b[31m", '{"a": 1}', "1e400", "'; DROP TABLE problems; --",
)  # fmt: skip
TEXT = st.sampled_from(HOSTILE) | st.text(st.characters(), max_size=8)  # lone surrogates are among the characters
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
MEGABYTE = ("x" * 2**20, "\U0001f469\u200d\U0001f52c" * 2**17, "\u2028" * 2**20)


@st.composite
def contents(draw: st.DrawFn) -> tuple[Problem, Solution, ImportedRow, Annotation]:
    steps = tuple(draw(st.lists(TEXT, min_size=1, max_size=3)))
    return _of(draw, steps)


def _of(draw: st.DrawFn, steps: tuple[str, ...]) -> tuple[Problem, Solution, ImportedRow, Annotation]:
    maybe = st.none() | TEXT
    problem = Problem(images=(), question=draw(TEXT), answer=draw(maybe), data_source=draw(maybe))
    solution = Solution(
        problem_id=problem.id, steps=steps, answer=draw(maybe), policy_model=draw(TEXT), thought=draw(maybe)
    )
    labels = tuple(draw(st.sampled_from(Label)) for _ in steps)
    imported = ImportedRow(
        solution_id=solution.id,
        source=draw(TEXT),
        labels=draw(st.none() | st.just(labels)),
        image_names=tuple(draw(st.lists(TEXT, max_size=2))),
        kept_fields=draw(st.dictionaries(TEXT, JSON, max_size=3)),
    )
    said = StepDetail(note=draw(TEXT), correction=draw(TEXT))
    annotation = Annotation(
        solution_id=solution.id, annotator=draw(TEXT), stage=Stage.BLIND, labels=labels, note=draw(TEXT),
        details=(said, *(None,) * (len(steps) - 1)), guideline_version=draw(TEXT),
    )  # fmt: skip
    return problem, solution, imported, annotation


def long_contents() -> tuple[Problem, Solution, ImportedRow, Annotation]:
    problem = Problem(images=(), question="q", answer="", data_source=None)
    solution = Solution(problem_id=problem.id, steps=MEGABYTE, policy_model="p", thought=MEGABYTE[1])
    imported = ImportedRow(solution_id=solution.id, source="s", labels=None, kept_fields={"a": [None, "", MEGABYTE[2]]})
    annotation = Annotation(solution_id=solution.id, annotator="ada", stage=Stage.BLIND, labels=(None, None, None))
    return problem, solution, imported, annotation


def fill(store: Store, contents: tuple[Problem, Solution, ImportedRow, Annotation]) -> None:
    problem, solution, imported, annotation = contents
    shown = Problem(images=(store.images.add(make_png(3, 4)).sha,), question=problem.question)
    store.runs.add_problem(shown)
    run = Run(problem_id=shown.id, sampling=Sampling(n=1, stop=(problem.question or "\n",)), made_by=imported.source)
    store.runs.add_run(run)
    store.runs.add_solution(run.id, Solution(problem_id=shown.id, draw=0, steps=solution.steps, policy_model="p"))
    store.runs.add_batch(RowBatch(problems=[problem], solutions=[solution], rows=[imported]))
    store.results.add_annotation(annotation)


def test_hostile_texts_come_back_as_they_were_stored(
    empty_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @example(long_contents())
    @given(contents())
    def trip(contents: tuple[Problem, Solution, ImportedRow, Annotation]) -> None:
        folder = tmp_path_factory.mktemp("hostile")
        with open_store(copytree(empty_data, folder / "one")) as store:
            fill(store, contents)
            written = export_full(store, folder / "out")
            before = dump(store)
        with open_store(copytree(empty_data, folder / "two")) as other:
            require_equal(other, folder / "out", written.rows, before)

    trip()
