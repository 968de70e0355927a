"""``python -m engine solve`` and ``score``: their JSON, their exit codes, their messages."""

import json

import pytest

from engine.__main__ import main
from engine.models.registry import load_network
from tests.engine.test_scorer import naive
from tests.engine.tiny import drawing

QUESTION = "What is the sum of the red bar and the blue bar?"
RESPONSE = "\n\n".join(f"Step {i} is {i}." for i in range(14))


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "pictures" / "bars.png"
    path.parent.mkdir()
    drawing().save(path)
    return path


@pytest.fixture
def score(tmp_path, tiny_folder, capsys):
    """Run ``score`` on rows; return exit code, output rows and standard error."""

    def run(rows, *options):
        source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        source.write_text("\n".join(lines) + "\n", encoding="utf-8")
        arguments = ["score", "--reward-model", str(tiny_folder), "--input", str(source), "--output", str(target)]
        code = main([*arguments, "--device", "cpu", "--dtype", "float32", *options])
        printed = capsys.readouterr()
        return code, [json.loads(line) for line in target.read_text().splitlines()], printed

    return run


def test_solve_prints_one_json_object(tiny_folder, picture, capsys):
    models = ["--policy", str(tiny_folder), "--reward-model", str(tiny_folder)]
    asked = ["--image", str(picture), "--question", QUESTION, "--n", "3", "--seed", "5", "--max-new-tokens", "30"]
    assert main(["solve", *models, *asked, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(printed) == {"solutions", "best", "majority", "run"}
    assert [solution["draw"] for solution in printed["solutions"]] == [0, 1, 2]
    scores = {solution["id"]: solution["score"] for solution in printed["solutions"]}
    assert printed["best"] == max(scores, key=scores.__getitem__)
    for solution in printed["solutions"]:
        assert {"id", "draw", "steps", "answer", "score", "step_scores"} <= set(solution)
        assert set(solution["step_scores"][0]) == {"first", "last", "score"}
    assert printed["run"]["policy_model"] == tiny_folder.name
    assert printed["run"]["dtype"] == "float32"
    assert main(["solve", *models, *asked, "--json"]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [s["steps"] for s in again["solutions"]] == [s["steps"] for s in printed["solutions"]]


def test_solve_prints_text_for_people(tiny_folder, capsys):
    models = ["--policy", str(tiny_folder), "--reward-model", str(tiny_folder)]
    assert main(["solve", *models, "--question", QUESTION, "--n", "1", "--max-new-tokens", "10"]) == 0
    assert "answer:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--question", " "], "The question is empty"),
        (["--question", "q", "--n", "0"], "n must be at least 1"),
        (["--question", "q", "--image", "nowhere.png"], "'nowhere.png' cannot be read"),
        (["--question", "word " * 9000], "too long"),
        (["--question", "q", "--policy", "no/such/folder"], "no folder 'no/such/folder'"),
    ],
)
def test_solve_says_what_is_wrong(tiny_folder, capsys, options, message):
    models = ["--policy", str(tiny_folder), "--reward-model", str(tiny_folder)]
    assert main(["solve", *models, *options]) == 1
    assert message in capsys.readouterr().err


def test_scores_equal_the_naive_computation(score, picture, tiny_folder):
    steps = ["The red bar is 12.", "12 + 30 = 42.", "Final answer: 42"]
    rows = [
        {"id": "a", "image": "pictures/bars.png", "question": QUESTION, "response": "\n\n".join(steps)},
        {"id": 7, "image": ["pictures/bars.png"], "question": QUESTION, "response": {"steps": steps[:2]}},
        {"id": None, "image": None, "question": QUESTION, "response": "Only one."},
    ]
    network = load_network(tiny_folder)
    wanted = [
        naive(tiny_folder, network, [drawing()], QUESTION, steps),
        naive(tiny_folder, network, [drawing()], QUESTION, steps[:2]),
        naive(tiny_folder, network, [], QUESTION, ["Only one."]),
    ]
    for mode in ("prm", "stepwise"):
        code, out, _ = score(rows, "--mode", mode)
        assert code == 0
        assert [row["id"] for row in out] == ["a", 7, None]
        for row, expected in zip(out, wanted, strict=True):
            assert [s["score"] for s in row["step_scores"]] == pytest.approx(expected, abs=1e-5)
            assert row["score"] == pytest.approx(sum(expected) / len(expected), abs=1e-5)


def groups(row):
    return [(s["first"], s["last"]) for s in row["step_scores"]]


def test_responses_are_merged_and_given_steps_never_are(score):
    rows = [
        {"id": 1, "image": None, "question": "q", "response": RESPONSE},
        {"id": 2, "image": None, "question": "q", "response": {"steps": RESPONSE.split("\n\n")}},
    ]
    _, out, _ = score(rows)
    assert groups(out[0]) == [(i, i + 1) for i in range(0, 14, 2)]
    assert groups(out[1]) == [(i, i) for i in range(14)]
    _, out, _ = score(rows, "--max-steps", "none")
    assert groups(out[0]) == groups(out[1]) == [(i, i) for i in range(14)]
    assert out[0]["score"] == pytest.approx(out[1]["score"], abs=1e-6)


def test_orm_scores_the_whole_response_as_one_step(score, tiny_folder):
    _, out, _ = score([{"id": 1, "image": None, "question": "q", "response": RESPONSE}], "--mode", "orm")
    assert groups(out[0]) == [(0, 13)]
    expected = naive(tiny_folder, load_network(tiny_folder), [], "q", [RESPONSE])
    assert out[0]["score"] == pytest.approx(expected[0], abs=1e-5)


def test_an_empty_input_is_said_and_no_failure(score):
    code, out, printed = score([], "--json")
    assert (code, out) == (0, [])
    assert "in.jsonl' has no lines" in printed.err
    assert json.loads(printed.out) == {"scored": 0, "failed": 0, "output": json.loads(printed.out)["output"]}


def test_bad_rows_are_named_and_the_others_scored(score):
    good = {"id": "good", "image": None, "question": "q", "response": ""}
    rows = [
        "not json",
        "[1]",
        {"id": 1, "question": "q"},
        {"id": 2, "question": "q", "response": 5},
        {"id": 3, "question": 5, "response": "r"},
        {"id": 4, "question": "q", "response": {"steps": []}},
        {"id": 5, "image": "nowhere.png", "question": "q", "response": "r"},
        {"id": 6, "question": "word " * 9000, "response": "r"},
        {"id": 7, "question": "q", "response": "word " * 9000},
        {**good, "question": "q"},
    ]
    code, out, printed = score(rows, "--json")
    assert code == 1
    assert [row["id"] for row in out] == ["good"]
    assert len(groups(out[0])) == 1
    named = sorted(line.split(":")[0] for line in printed.err.splitlines() if line.startswith("line "))
    assert named == [f"line {number}" for number in range(1, 10)]
    assert "line 3: not a row to score: it has no 'response'.\n" in printed.err
    assert json.loads(printed.out.splitlines()[-1])["failed"] == 9


def test_missing_input_is_named(tiny_folder, tmp_path, capsys):
    out = str(tmp_path / "out.jsonl")
    arguments = ["score", "--reward-model", str(tiny_folder), "--input", "nowhere.jsonl", "--output", out]
    assert main(arguments) == 1
    assert "nowhere.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_max_steps_must_be_a_number_or_none(value):
    with pytest.raises(SystemExit):
        main(["score", "--input", "a", "--output", "b", "--max-steps", value])
