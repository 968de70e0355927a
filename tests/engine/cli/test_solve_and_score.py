"""``python -m engine solve`` and ``score``: their JSON, their exit codes, their messages.

Covers engine/cli/options.py, engine/cli/score.py, engine/cli/solve.py.
"""

import json
import os
import re
import threading
from contextlib import closing

import pytest
from PIL import Image

from engine.__main__ import main
from engine.cli.options import open_images
from engine.cli.score import Output
from engine.models.registry import load_network
from tests.engine.models.inference.test_scorer import naive
from tests.support.openai_server import OpenAIServer
from tests.support.tiny import drawing

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


def test_solve_prints_one_json_object(picture, capsys):
    asked = ["--image", str(picture), "--question", QUESTION, "--n", "3", "--seed", "5"]
    assert main(["solve", *asked, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert set(printed) == {"solutions", "best", "majority", "tied", "tokens", "rounds", "run"}
    assert (printed["rounds"], printed["tokens"] > 0) == ([], True)
    answers = [solution["answer"] for solution in printed["solutions"]]
    assert None not in answers
    assert printed["majority"] in answers
    assert [solution["draw"] for solution in printed["solutions"]] == [0, 1, 2]
    scores = {solution["id"]: solution["score"] for solution in printed["solutions"]}
    assert printed["best"] == max(scores, key=scores.__getitem__)
    for solution in printed["solutions"]:
        assert {"id", "draw", "steps", "answer", "score", "step_scores"} <= set(solution)
        assert set(solution["step_scores"][0]) == {"first", "last", "score"}
    assert printed["run"]["policy_model"].startswith("nano")
    assert printed["run"]["dtype"] == "float32"
    assert main(["solve", *asked, "--json"]) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [s["steps"] for s in again["solutions"]] == [s["steps"] for s in printed["solutions"]]


def test_solve_tells_what_servers_ask_and_take(capsys):
    with OpenAIServer() as server:
        server.script.answers = [(200, {}, b"{}"), (429, {"retry-after": "1"}, b"{}")]  # the first: it is probed
        models = ["--policy", server.address, "--reward-model", server.address, "--token-prices", "*=1000000/0"]
        assert main(["solve", *models, "--question", QUESTION, "--n", "2", "--json"]) == 0
    out, told = capsys.readouterr()
    policy, reward_model = json.loads(out.splitlines()[-1])["run"]["usage"]
    assert policy == {"model": "tiny-internvl", "requests": 1, "counted": 1, "read": 2, "written": 7, "cost": 2.0}
    assert reward_model["cost"] == reward_model["read"] > 0
    assert len(re.findall("waiting [12] s: the server's rate limit\n", told)) == 1
    assert "tiny-internvl: 2 tokens read and 7 written, cost 2.00\n" in told
    assert main(["solve", *models[:4], "--token-prices", "free", "--question", QUESTION]) == 1
    assert "NAME=READ/WRITTEN" in capsys.readouterr().err


def test_score_reads_pictures_as_the_page_or_as_the_reference(score, tmp_path):
    """Of a clear drawing with black beneath, the page shows white and the released code reads black."""
    Image.new("RGBA", (64, 48), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    for name in ("white", "black"):
        Image.new("RGB", (64, 48), name).save(tmp_path / f"{name}.png")
    rows = [
        {"id": name, "image": f"{name}.png", "question": QUESTION, "response": RESPONSE}
        for name in ("clear", "white", "black")
    ]
    for options, same in (((), "white"), (("--image-decoding", "reference"), "black")):
        _, out, _ = score(rows, *options)
        scores = {row["id"]: row["score"] for row in out}
        assert scores["white"] != scores["black"]
        assert scores["clear"] == scores[same]


def test_solve_reads_pictures_as_the_page(tmp_path):
    Image.new("LA", (64, 48), (0, 0)).save(tmp_path / "clear.png")
    (image,) = open_images([tmp_path / "clear.png"])
    assert image.getpixel((0, 0)) == (255, 255, 255)


def test_solve_picks_nothing_where_every_solution_is_cut_off(tiny_folder, capsys):
    models = ["--policy", str(tiny_folder), "--reward-model", str(tiny_folder)]
    asked = ["solve", *models, "--question", QUESTION, "--n", "2", "--max-new-tokens", "10"]
    assert main([*asked, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (printed["best"], printed["majority"], printed["tied"]) == (None, None, False)
    for solution in printed["solutions"]:
        assert (solution["finish"], solution["answer"]) == ("length", None)
        assert solution["score"] is not None
    assert main(asked) == 0
    assert "] cut off by the token limit\n" in capsys.readouterr().out


def test_solve_searches_and_tells_what_it_took_beside_independent_solutions(picture, capsys):
    asked = ["--image", str(picture), "--question", QUESTION, "--search", "beam", "--width", "2", "--expansions", "2"]
    assert main(["solve", *asked, "--beside", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert 1 <= len(printed["solutions"]) <= 2
    assert printed["best"] in [solution["id"] for solution in printed["solutions"]]
    assert printed["tokens"] == sum(each["tokens"] for each in printed["rounds"])
    assert {"text", "score", "is_kept", "count"} <= set(printed["rounds"][0]["tries"][0])
    assert set(printed["beside"]) == {"answer", "solutions", "tokens"}
    assert printed["beside"]["solutions"] == 4
    assert main(["solve", *asked, "--beside"]) == 0
    last = capsys.readouterr().out.splitlines()[-2:]
    assert [line.split(":")[0] for line in last] == ["guided search", "best of independent ones"]
    assert all(re.search(r"\d+ solutions, [\d,]+ tokens$", line) for line in last)


def test_solve_prints_text_for_people_the_pick_first(picture, capsys):
    assert main(["solve", "--image", str(picture), "--question", QUESTION, "--n", "3", "--seed", "5"]) == 0
    shown = [float(score) for score in re.findall(r"^\[(\d\.\d+)\] answer: ", capsys.readouterr().out, re.MULTILINE)]
    assert len(shown) == 3
    assert shown == sorted(shown, reverse=True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--question", " "], "The question is empty"),
        (["--question", "q", "--n", "0"], "n must be at least 1"),
        (["--question", "q", "--search", "beam", "--width", "0"], "both must be at least 1"),
        (["--question", "q", "--beside"], "--beside compares a search with independent solutions"),
        (["--question", "q", "--width", "4"], "--width is a setting of a search. Add --search beam"),
        (["--question", "q", "--expansions", "2"], "--expansions is a setting of a search. Add --search beam"),
        (["--question", "q", "--search", "beam", "--n", "8"], "--n does not apply to a search"),
        (["--question", "q", "--image", "nowhere.png"], "'nowhere.png' cannot be read"),
        (["--question", "word " * 9000], "too long"),
        (["--question", "q", "--policy", "no/such/folder"], "'no/such/folder' is not a checkpoint"),
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


def test_a_given_list_may_come_as_json_text_and_a_row_without_an_id_has_its_line(score):
    steps = ["One.\n\nStill one.", "Two."]
    rows = [
        {"id": "x", "question": "q", "response": {"steps": steps}},
        {"question": "q", "response": json.dumps({"steps": steps})},
        {"question": "q", "response": "One.\r\n\r\nTwo.\n \nThree."},  # split as released
    ]
    _, out, _ = score(rows)
    assert [row["id"] for row in out] == ["x", 2, 3]
    assert [groups(row) for row in out] == [[(0, 0), (1, 1)], [(0, 0), (1, 1)], [(0, 0)]]
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


def test_progress_counts_every_row_that_was_tried(score):
    row = {"image": None, "question": "q", "response": RESPONSE}
    _, out, printed = score([row, row | {"image": "nowhere.png"}, row | {"question": "other"}])
    assert (len(out), "3 of 3 rows tried" in printed.err) == (2, True)


def test_bad_rows_are_named_and_the_others_scored(score):
    """A step null was once scored as "None", and an id with half a character ended the run with a traceback."""
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
        {"id": 8, "question": "q", "response": {"steps": ["r", None]}},
        {"id": 9, "question": "q", "response": {"steps": [4]}},
        {"id": "\ud800", "question": "q", "response": "r"},
        {"id": 11, "question": "q", "response": "\udc00"},
        {"id": 12, "image": [None], "question": "q", "response": "r"},
        "[" * 100_000,
        {**good, "question": "q"},
    ]
    code, out, printed = score(rows, "--json")
    assert code == 1
    assert [row["id"] for row in out] == ["good"]
    assert len(groups(out[0])) == 1
    named = [line.split(":")[0] for line in printed.err.splitlines() if line.startswith("line ")]
    assert sorted(named) == sorted(f"line {number}" for number in range(1, 16))
    assert "line 3: not a row to score: it has no 'response'.\n" in printed.err
    assert json.loads(printed.out.splitlines()[-1])["failed"] == 15
    assert "line 10: not a row to score: steps[1] is NoneType, not a text\n" in printed.err
    assert "line 12: not a row to score: it holds half a character" in printed.err


def test_missing_input_is_named(tiny_folder, tmp_path, capsys):
    out = str(tmp_path / "out.jsonl")
    arguments = ["score", "--reward-model", str(tiny_folder), "--input", "nowhere.jsonl", "--output", out]
    assert main(arguments) == 1
    assert "nowhere.jsonl" in capsys.readouterr().err


ROW = json.dumps({"id": "ä", "image": None, "question": "q", "response": "One."}).encode()


@pytest.fixture
def score_bytes(tmp_path, tiny_folder, capsys):
    """Run ``score`` on the bytes of an input file; return the exit code and standard error."""

    def run(data, output="out.jsonl", model=tiny_folder):
        source = tmp_path / "in.jsonl"
        source.write_bytes(data)
        arguments = ["score", "--reward-model", str(model), "--input", str(source), "--output", str(tmp_path / output)]
        code = main([*arguments, "--device", "cpu", "--dtype", "float32"])
        return code, capsys.readouterr().err

    return run


def test_a_byte_order_mark_is_no_text_and_other_bytes_name_their_line(score_bytes, tmp_path):
    """Both once ended the run, the second with a traceback."""
    code, error = score_bytes(b"\xef\xbb\xbf" + ROW + b"\r\n\xff\n" + ROW + b"\n")
    assert code == 1
    assert "line 2: not a row to score: 'utf-8' codec can't decode byte 0xff" in error
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["ä", "ä"]


def test_a_run_that_fails_leaves_an_earlier_result(score_bytes, tmp_path):
    """The output was once emptied before the model was loaded."""
    (tmp_path / "out.jsonl").write_text("precious\n")
    code, error = score_bytes(ROW, model=tmp_path / "nowhere")
    assert (code, "what was scored" in error) == (1, False)
    assert (tmp_path / "out.jsonl").read_text() == "precious\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]
    assert score_bytes(b"no row")[0] == 1
    assert (tmp_path / "out.jsonl").read_text() == "precious\n"
    assert score_bytes(ROW)[0] == 0
    assert json.loads((tmp_path / "out.jsonl").read_text())["id"] == "ä"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl", "out.jsonl"]


@pytest.mark.parametrize("output", ["in.jsonl", "link.jsonl"])
def test_the_input_is_never_the_output(score_bytes, tmp_path, output):
    """The responses were once lost."""
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "in.jsonl")
    code, error = score_bytes(ROW, output)
    assert (code, "would replace the input" in error) == (1, True)
    assert (tmp_path / "in.jsonl").read_bytes() == ROW


def test_what_an_interrupted_run_finished_is_found(tmp_path, capsys):
    (tmp_path / "out.jsonl").write_text("earlier\n")
    (tmp_path / "out.jsonl.part").write_text("of a run interrupted before\n")
    (tmp_path / "in.jsonl").write_bytes(ROW)

    def interrupted():
        with closing(Output(tmp_path / "out.jsonl", tmp_path / "in.jsonl")) as output:
            output.start()
            output.write(["one", "two"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert f"what was scored is in {str(tmp_path / 'out.jsonl.part')!r}" in capsys.readouterr().err
    assert (tmp_path / "out.jsonl").read_text() == "earlier\n"
    assert (tmp_path / "out.jsonl.part").read_text() == "one\ntwo\n"


def test_a_pipe_is_written_as_it_comes(score_bytes, tmp_path):
    """A file beside it would never reach who reads it."""
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text(encoding="utf-8")), daemon=True)
    reader.start()
    assert score_bytes(ROW, "pipe")[0] == 0
    reader.join(30)
    assert [json.loads(text)["id"] for text in read] == ["ä"]


def test_an_output_that_cannot_be_written_is_said_before_models_load(score_bytes, tmp_path):
    for output in ("no/such/folder/out.jsonl", "in.jsonl/out.jsonl"):
        code, error = score_bytes(ROW, output, model=tmp_path / "nowhere")
        assert (code, "cannot be written" in error) == (1, True)


@pytest.mark.parametrize("value", ["0", "-1", "many"])
def test_max_steps_must_be_a_number_or_none(value):
    with pytest.raises(SystemExit):
        main(["score", "--input", "a", "--output", "b", "--max-steps", value])
