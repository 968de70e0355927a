"""The world: the same seed gives the same problems, splits are apart, files come out as promised.

Covers nano/world/__main__.py, nano/world/drawing.py, nano/world/questions.py, nano/world/scenes.py.
"""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.domain import Label
from nano.world.__main__ import main
from nano.world.checker import check
from nano.world.drawing import EDGE, draw, placed_glyphs
from nano.world.questions import problems
from nano.world.scenes import Family, SceneSplit, Slot, scenes


def test_same_seed_same_problems_and_pictures() -> None:
    first = list(itertools.islice(problems(3, SceneSplit.TRAIN), 20))
    second = list(itertools.islice(problems(3, SceneSplit.TRAIN), 20))
    assert first == second
    assert draw(first[0].scene).tobytes() == draw(second[0].scene).tobytes()


def test_another_seed_gives_other_problems() -> None:
    assert next(problems(3, SceneSplit.TRAIN)) != next(problems(4, SceneSplit.TRAIN))


def test_no_scene_is_in_both_splits_whatever_the_seed() -> None:
    def content(split: SceneSplit, seed: int) -> set[tuple[Family, tuple[Slot, ...]]]:
        return {(scene.family, scene.slots) for scene in itertools.islice(scenes(seed, split), 3000)}

    assert not content(SceneSplit.TRAIN, 1) & content(SceneSplit.HELD_OUT, 2)


def test_the_style_changes_neither_split_nor_content() -> None:
    scene = next(scenes(5, SceneSplit.HELD_OUT))
    restyled = type(scene)(family=scene.family, slots=scene.slots, style=scene.style + 1)
    assert restyled.split is scene.split
    assert draw(restyled).tobytes() != draw(scene).tobytes()


@pytest.mark.parametrize("family", Family)
def test_every_family_draws_a_square_rgb_picture_that_is_not_empty(family: Family) -> None:
    picture = draw(next(scenes(1, SceneSplit.TRAIN, (family,))))
    assert (picture.mode, picture.size) == ("RGB", (EDGE, EDGE))
    assert len(picture.getcolors(EDGE * EDGE)) > 10


@pytest.mark.parametrize("family", Family)
def test_nothing_is_cut_off_and_everything_that_counts_is_marked_where_it_stands(family: Family) -> None:
    for scene in itertools.islice(scenes(2, SceneSplit.TRAIN, (family,)), 40):
        pixels, marked = np.asarray(draw(scene)).astype(int), placed_glyphs(scene)
        border = np.concatenate([pixels[:2], pixels[-2:], pixels[:, :2].swapaxes(0, 1), pixels[:, -2:].swapaxes(0, 1)])
        paper = np.median(border.reshape(-1, 3), axis=0)
        assert np.abs(border - paper).max() < 24
        for placed in marked:
            column, row = (round(place) for place in placed.centre)
            around = pixels[row - 14 : row + 15, column - 9 : column + 10].reshape(-1, 3)
            assert np.ptp(around, axis=0).max() > 60 or np.abs(around - paper).max() > 60, placed
        for index, slot in enumerate(scene.slots):
            own = [placed.glyph for placed in marked if placed.slot == index]
            if family is Family.SHAPES:
                assert own == [slot.name[1]] * slot.value
            else:
                assert (str(slot.value) in "".join(own)) is slot.shown


def test_layouts_differ_and_keep_to_no_grid() -> None:
    scene = next(scenes(1, SceneSplit.TRAIN, (Family.BARS,)))
    looks = [type(scene)(family=scene.family, slots=scene.slots, style=style) for style in range(30)]
    places = [[placed.centre for placed in placed_glyphs(look)] for look in looks]
    firsts = {(round(x), round(y)) for (x, y), *_ in places}
    assert len(firsts) > 25  # the first digit hardly ever stands where it stood
    above = [spots for spots in places if min(y for _, y in spots) < 200]
    assert 5 < len(above) < 25  # numbers over the bars or under them


def test_own_solutions_are_right_in_every_step() -> None:
    for problem in itertools.islice(problems(9, SceneSplit.TRAIN), 1500):
        assert {step.label for step in check(problem, problem.steps)} == {Label.CORRECT}
        assert 3 <= len(problem.steps) <= 6 or problem.kind == "total"


def test_command_writes_problems_with_relative_pictures(tmp_path: Path) -> None:
    assert main(["--count", "3", "--seed", "1", "--out", str(tmp_path)]) == 0
    rows = [json.loads(line) for line in (tmp_path / "problems.jsonl").read_text().splitlines()]
    assert [set(row) for row in rows] == [{"image", "question", "answer", "data_source"}] * 3
    with Image.open(tmp_path / rows[0]["image"]) as picture:
        assert picture.size == (EDGE, EDGE)


def test_command_writes_a_step_benchmark_with_both_labels(tmp_path: Path) -> None:
    assert main(["--count", "30", "--seed", "1", "--out", str(tmp_path), "--solutions"]) == 0
    rows = [json.loads(line) for line in (tmp_path / "test.jsonl").read_text().splitlines()]
    keys = {"image", "question", "answer", "response", "policy_model", "data_source"}
    assert all(set(row) == keys and isinstance(row["image"], list) for row in rows)
    assert all(len(row["response"]["steps"]) == len(row["response"]["process_correctness"]) for row in rows)
    assert {label for row in rows for label in row["response"]["process_correctness"]} == {1, -1}


def test_command_refuses_zero_problems(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--count", "0", "--seed", "1", "--out", str(tmp_path)])


def test_pictures_that_another_file_of_rows_names_are_not_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--count", "1", "--seed", "1", "--out", str(tmp_path)]
    assert main([*command, "--solutions"]) == main([*command, "--solutions"]) == 0
    before = (tmp_path / "images" / "000000.png").read_bytes()
    with pytest.raises(SystemExit):
        main(["--count", "1", "--seed", "2", "--out", str(tmp_path)])
    assert "test.jsonl" in capsys.readouterr().err
    assert (tmp_path / "images" / "000000.png").read_bytes() == before
