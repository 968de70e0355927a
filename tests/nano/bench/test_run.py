"""The benchmark on a few problems with the shipped weights: the keys people rely on, figures that hang together, charts.

Covers nano/bench/__main__.py, nano/bench/card.py, nano/bench/charts.py, nano/bench/pools.py.
"""

import contextlib
import io
import itertools
import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

from nano.bench.__main__ import main
from nano.bench.card import BEGIN, END, RUN, tables, write_card
from nano.bench.charts import best_of_n_chart, calibration_chart
from nano.bench.pools import WEIGHTS, SolutionSampler, as_single_steps, draw_problem_set, load_model, score_with

PROBLEMS, POOL = 6, 4


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, Path]:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("bench")
    command = f"--seed 5 --problems {PROBLEMS} --n 2 --pool {POOL} --pool-problems 4 --rollouts 2 --json"
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as printed:
        patch.setattr("nano.bench.foreign_pictures.FOREIGN_PER_KIND", 2)
        patch.setattr("nano.bench.run.TIMED", 1)
        assert main([*command.split(), "--figures", str(folder / "charts"), "--keep", str(folder / "kept")]) == 0
    return json.loads(printed.getvalue().splitlines()[-1]), folder


def test_the_promised_keys_are_there(run: tuple[dict, Path]) -> None:
    result, _ = run
    assert {"pass_at_1", "pass_at_2", "perception_first", "arithmetic_first", "step_macro_f1", "seconds_per_8"} <= set(
        result
    )
    ways = {f"prm_{how}" for how in ("mean", "min", "max", "last", "product")} | {
        "self_consistency",
        "random",
        "oracle",
    }
    if (WEIGHTS / "outcome_model").is_dir():
        ways |= {"orm"}
    assert set(result["best_of_2"]) == ways
    gaps = {f"prm_mean - {other}" for other in ways & {"self_consistency", "orm", "prm_max", "random"}}
    assert set(result["differences_of_2"]) == gaps
    assert set(result[f"best_of_{POOL}"]) == ways | gaps
    assert list(result["best_of_n"]) == ["1", "2", "4"]
    assert result["settings"] == {
        "seed": 5, "problems": PROBLEMS, "n": 2, "temperature": 0.7, "pool": POOL, "pool_problems": 4, "rolled": 2,
    }  # fmt: skip


def test_figures_hang_together(run: tuple[dict, Path]) -> None:
    result, _ = run
    picks = {name: figure["value"] for name, figure in result["best_of_2"].items()}
    assert all(value <= picks["oracle"] for value in picks.values())
    assert picks["random"] == result["pass_at_1"]["value"]
    one = result["best_of_n"]["1"]
    assert one["prm_mean"]["value"] == one["oracle"]["value"]
    last = result["best_of_n"][str(POOL)]
    assert last == result[f"best_of_{POOL}"]
    leads = [result["best_of_n"][n]["prm_mean - self_consistency"]["value"] for n in ("2", str(POOL))]
    assert result["lead_growth"]["value"] == pytest.approx(leads[1] - leads[0], abs=2e-4)
    assert sum(part["right"] for part in result["step_kinds"].values()) == result["steps"]["right"]
    assert result["monte_carlo"]["solutions"] == 4
    for family in result["families"].values():
        assert 0.7 < family["objects_read"] <= 1
    wrong = sum(sum(family["first_mistakes"].values()) for family in result["families"].values())
    assert wrong == round((1 - result["all_steps_right"]) * 2 * PROBLEMS)
    assert result["seconds_per_8"] > 0


def test_charts_are_svg(run: tuple[dict, Path]) -> None:
    result, folder = run
    for name in ("best_of_n.svg", "calibration.svg"):
        root = ElementTree.parse(folder / "charts" / name).getroot()
        assert root.tag.endswith("svg")
    assert best_of_n_chart(result["best_of_n"]).count("<polyline") >= 3
    assert calibration_chart([]).count("<circle") == 0


def test_the_tables_of_the_card_say_what_was_measured(run: tuple[dict, Path], tmp_path: Path) -> None:
    result, folder = run
    assert json.loads((folder / "charts" / RUN).read_text()) == result
    (folder / "charts" / "labels_mc.json").write_text(json.dumps(result))
    card = tmp_path / "card.md"
    card.write_text(f"before\n{BEGIN}\nstale tables\n{END}\nafter\n")
    write_card(card, folder / "charts")
    text = card.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "stale tables" not in text
    low, high = (f"{100 * end:.1f}" for end in result["step_macro_f1"]["interval"])
    assert f"| **{100 * result['step_macro_f1']['value']:.1f} ({low} to {high})** |" in text
    for name in (
        "labels, mc > 0 |",
        "correct when mc > 0.25",
        "another problem's picture",
        "lying bars | yes |",
        "sketches | no |",
    ):
        assert name in text, name
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.count("|") > 2 for line in lines)
    for table in tables(folder / "charts").split("\n\n"):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_a_card_without_marks_is_left_as_it_is(run: tuple[dict, Path], tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("# Mine\n")
    with pytest.raises(ValueError, match="lacks the lines"):
        write_card(card, run[1] / "charts")
    assert card.read_text() == "# Mine\n"


def test_the_card_is_the_last_runs() -> None:
    """Whoever measures again writes the tables too: nothing in them is typed by hand."""
    nano = WEIGHTS.parent
    card = (nano / "README.md").read_text(encoding="utf-8")
    assert card.partition(BEGIN)[2].partition(END)[0].strip() == tables(nano / "charts")


def test_names_of_lines_that_end_together_do_not_cover_each_other() -> None:
    same = {"value": 0.7, "interval": [0.6, 0.8]}
    chart = best_of_n_chart({n: dict.fromkeys(("prm_mean", "orm", "self_consistency"), same) for n in ("1", "2")})
    texts = [text for text in ElementTree.fromstring(chart).iter("{http://www.w3.org/2000/svg}text")]
    heights = sorted(float(text.attrib["y"]) for text in texts if text.text in ("PRM, mean", "ORM", "self-consistency"))
    assert len(heights) == 3
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 12


def test_kept_solutions_are_read_back(run: tuple[dict, Path], tmp_path: Path) -> None:
    problem_set = draw_problem_set(5, 3)
    policy, encoder = load_model(WEIGHTS / "policy")
    sampler = SolutionSampler(model=policy, encoder=encoder, temperature=0.7, cache=tmp_path)
    written = sampler.sample(problem_set, 2)
    assert sampler.sample(problem_set, 2) == written
    (path,) = tmp_path.iterdir()
    path.write_text(json.dumps([[["kept"]]]))
    assert sampler.sample(problem_set, 2) == [[("kept",)]]


def test_a_step_is_scored_as_the_engine_scores_it_and_a_whole_solution_once() -> None:
    problem_set = draw_problem_set(5, 2)
    folder = WEIGHTS / "reward_model"
    solutions = [[problem.steps, problem.steps] for problem in problem_set.problems]
    scores = score_with(folder, problem_set, solutions)
    assert [[len(one) for one in some] for some in scores] == [[len(p.steps)] * 2 for p in problem_set.problems]
    assert scores[0][0] == scores[0][1]
    assert [[len(one) for one in some] for some in score_with(folder, problem_set, as_single_steps(solutions))] == [
        [1, 1],
        [1, 1],
    ]


def test_another_reward_model_is_measured_as_asked_and_kept_beside(run: tuple[dict, Path], tmp_path: Path) -> None:
    folder, ours = tmp_path / "labels_exact", run[1] / "charts"
    shutil.copytree(WEIGHTS / "reward_model", folder)
    before = (ours / RUN).read_bytes()
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        command = f"--seed 5 --problems {PROBLEMS} --n 2 --pool 2 --pool-problems 3 --json"
        assert main([*command.split(), "--figures", str(ours), "--reward-model", str(folder)]) == 0
    result = json.loads(printed.getvalue())
    assert json.loads((ours / "labels_exact.json").read_text()) == result
    assert (ours / RUN).read_bytes() == before
    assert list(result["best_of_n"]) == ["1", "2"]
    assert result["step_macro_f1"] == run[0]["step_macro_f1"]  # being the same model
    assert "seconds_per_8" not in result
    assert "Best-of-2, mean" in tables(ours)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("", "needs --figures"),
        ("--figures {0} --pool 0", "needs a --pool"),
        ("--figures {0} --reward-model {0}", "measure without --reward-model once"),
        ("--figures {0}", "lacks the lines"),
    ],
)
def test_a_card_that_could_not_be_written_is_refused_first(
    options: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card.md"
    card.write_text("# Mine\n")
    with pytest.raises(SystemExit):
        main(["--seed", "1", "--card", str(card), *options.format(tmp_path).split()])
    assert says in capsys.readouterr().err


def test_zero_problems_are_refused() -> None:
    with pytest.raises(SystemExit):
        main(["--seed", "1", "--problems", "0"])
