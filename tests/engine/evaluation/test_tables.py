"""Figures as tables: the columns, undefined cells, and what each form makes of them."""

import json

import pandas as pd

from engine.domain import Label
from engine.evaluation.curve import measure_curve, solution_scores
from engine.evaluation.judged_steps import JudgedSolution
from engine.evaluation.search_comparison import SearchOutcome, compare_search
from engine.evaluation.solution_pool import PooledSolution
from engine.evaluation.step_report import report
from engine.evaluation.tables import TableFormat, curve_frame, step_frame, write_table

FOUND = report(
    [
        JudgedSolution(problem=1, labels=[Label.CORRECT, Label.WRONG], scores=[0.9, 0.2], source="a_b|c"),
        JudgedSolution(problem=2, labels=[Label.CORRECT], scores=[0.9], source="d"),
    ]
)
STEPS = step_frame(FOUND, {str(name): figures for name, figures in FOUND.sources.items()})


def test_csv_and_json_have_full_precision_and_empty_cells() -> None:
    lines = write_table(STEPS, TableFormat.CSV).splitlines()
    assert lines[0].startswith("part,steps,correct,wrong,unread,macro_f1,macro_f1_low,macro_f1_high,f1_correct")
    assert [line.split(",")[0] for line in lines[1:]] == [
        "a_b|c",
        "d",
        "pooled",
        "step-weighted mean of sources",
        "plain mean of sources",
    ]
    assert lines[1].startswith("a_b|c,2,1,1,0,1.0,")
    assert lines[2].startswith("d,1,1,0,0,,,,1.0,")  # undefined, not 0
    rows = json.loads(write_table(STEPS, TableFormat.JSON))
    assert (rows[0]["macro_f1"], rows[1]["macro_f1"], rows[0]["steps"]) == (1.0, None, 2)


def test_a_name_makes_no_other_cell_row_or_element() -> None:
    name = "a\\|b\n\n| <img src=x> |"
    frame = pd.DataFrame({"part": [name], "value": [0.5], "value_low": [None], "value_high": [None]})
    row = r"| a\\\|b \| \<img src=x> \| | 0.5000 |"
    assert write_table(frame, TableFormat.MARKDOWN).splitlines() == ["| part | value |", "| --- | --- |", row]
    assert len(write_table(frame, TableFormat.LATEX).splitlines()) == 7


def test_a_name_is_no_link_no_picture_and_turns_nothing_around() -> None:
    name = "![a](https://outside.example/a.png) [b](c) `d` *e* \u202efdp\x00 $x$ 50%"
    frame = pd.DataFrame({"part": [name], "value": [0.5], "value_low": [None], "value_high": [None]})
    markdown = write_table(frame, TableFormat.MARKDOWN).splitlines()[2]
    assert markdown.startswith(
        r"| !\[a\](https`://`outside.example/a.png) \[b\](c) \`d\` \*e\* " + "\ufffdfdp\ufffd $x$ 50% | "
    )
    latex = write_table(frame, TableFormat.LATEX).splitlines()[4]
    assert latex.endswith("\ufffdfdp\ufffd " + r"\$x\$ 50\% & 0.5000 \\")


def test_a_name_keeps_the_characters_that_join_its_letters() -> None:
    """U+200C and U+200D became U+FFFD: a Persian name and an emoji were not theirs any more."""
    name = "می\u200cخواهم 👩\u200d🔬 ❤\ufe0f"
    frame = pd.DataFrame({"part": [name], "value": [0.5]})
    assert write_table(frame, TableFormat.MARKDOWN).splitlines()[2] == f"| {name} | 0.5000 |"
    assert write_table(frame, TableFormat.LATEX).splitlines()[4] == rf"{name} & 0.5000 \\"


def test_markdown_and_latex_put_a_figure_and_its_interval_into_one_cell() -> None:
    lines = write_table(STEPS, TableFormat.MARKDOWN).splitlines()
    assert lines[0].startswith("| part | steps | correct | wrong | unread | macro_f1 | f1_correct |")
    assert lines[2].startswith(r"| a_b\|c | 2 | 1 | 1 | 0 | 1.0000 (1.0000, 1.0000) |")
    assert lines[3].startswith("| d | 1 | 1 | 0 | 0 |  | 1.0000 (1.0000, 1.0000) |")
    latex = write_table(STEPS, TableFormat.LATEX)
    assert r"a\_b|c & 2 & 1 & 1 & 0 & 1.0000 (1.0000, 1.0000)" in latex
    assert latex.startswith(r"\begin{tabular}{lrrrr")


def test_a_curve_has_a_row_for_every_way_and_difference() -> None:
    pool = [PooledSolution(is_correct=True, answer_group=0, scores=solution_scores("prm", [0.5]))] * 2
    frame = curve_frame(measure_curve([pool, pool], ["prm"]))
    assert list(frame.columns) == ["n", "way", "value", "value_low", "value_high", "sampling_error"]
    assert len(frame) == 2 * (9 + 8)
    row = frame[(frame.n == 2) & (frame.way == "prm_weighted_vote")].iloc[0]
    assert (row.value, row.sampling_error) == (1.0, 0.0)
    assert list(curve_frame(measure_curve([], ["prm"])).columns) == list(frame.columns)


def test_rows_of_a_curve_with_searches_have_keys_of_their_own() -> None:
    """Best-of-N beside a search was a second row of the same N and way as the curve's."""
    pool = [PooledSolution(is_correct=True, answer_group=0, scores=solution_scores("prm", [0.5]))] * 4
    spent = [[10, 10, 10, 10]] * 2
    searches = {
        name: (
            "prm_mean",
            compare_search([SearchOutcome(is_correct=True, tokens=each)] * 2, [pool] * 2, spent, "prm_mean"),
        )
        for name, each in (("search_2x2", 25), ("search_3x3", 20), ("search_4x4", 99), ("search_1x1", 5))
    }
    frame = curve_frame(measure_curve([pool, pool], ["prm"]), searches, {1: 10.0, 2: 20.0, 4: 40.0})
    assert not frame.duplicated(["n", "way"]).any()
    assert set(frame[frame.n == 1].tokens) == {10.0}
    best = frame[frame.way == "prm_mean at the tokens of search_2x2"].iloc[0]
    assert (best.n, best.tokens, best.next_weight, best.value) == (2, 25.0, 0.5, 1.0)
    assert frame[frame.way == "search_2x2 - prm_mean"].iloc[0].tokens == 25.0
    assert pd.isna(frame[frame.way == "search_4x4 - prm_mean"].iloc[0].tokens), "the two took different tokens"
    assert pd.isna(frame[frame.way == "search_1x1"].iloc[0].n)


def test_names_are_no_formulas_in_csv() -> None:
    """A source of a file, or a model's name, was run by the spreadsheet that opened the table."""
    frame = step_frame(FOUND, {"=1+2": FOUND.pooled, "-x": FOUND.pooled})
    assert [line.split(",")[:2] for line in write_table(frame, TableFormat.CSV).splitlines()[1:4]] == [
        ["'=1+2", "3"],
        ["'-x", "3"],
        ["pooled", "3"],
    ]
    assert write_table(frame, TableFormat.MARKDOWN).splitlines()[2].startswith("| =1+2 | 3 |")
