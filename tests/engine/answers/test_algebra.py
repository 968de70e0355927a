"""The second opinion by computing: what it holds equal, and the limits that keep it from hanging.

Covers engine/answers/algebra_process.py.
"""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.answers import answers_equal, group_answers
from engine.answers.algebra import AlgebraProcess

PROGRAM = Path("engine/answers/algebra_process.py")


@pytest.fixture
def process():
    made = AlgebraProcess(seconds=1.0)
    yield made
    made.close()


def test_expressions_are_equal_where_their_values_are(process):
    assert process.ask("9a+11", "11+9a") is True
    assert process.ask(r"\sqrt{x^{2}}", "x") is False  # not for negative x
    assert process.ask(r"\frac{1}{2^{99}}", r"\frac{1}{2^{98}}") is False
    assert process.ask(r"\frac{1}{2004!}", r"\frac{1}{2006!}") is False
    assert process.ask(r"\sqrt{2}\cdot \sqrt{3}-\sqrt{6}", "0") is True
    assert process.ask("x+1=0", "2x+2=0") is True
    assert process.ask("x+1=0", "x+2=0") is False
    assert process.ask("x<1", "-x>-1") is True
    assert process.ask("x<1", "x>1") is False


def test_a_decimal_stands_for_what_it_is_the_decimals_of(process):
    assert process.ask(r"(17320508075688772/10000000000000000)", r"\sqrt{3}", digits=17) is True
    assert process.ask(r"(1732/1000)", r"\sqrt{3}") is False


@pytest.mark.parametrize(
    "endless", ["9^{9^{9}}", "10000000!", r"\sum_{k=1}^{100000000} \frac{1}{k^{2}}", r"2^{1000000000}x"]
)
def test_what_never_ends_is_ended_and_the_next_question_answered(process, endless):
    """Such an answer once hung the grader for good."""
    assert process.ask(endless, "1") is not True
    assert process.ask("2x+2", "2(x+1)") is True


def test_what_cannot_be_parsed_has_no_opinion(process):
    for text in ("5+", "", r"\frac", "}{", "__import__('os')", "\x00", "x" * 5000):
        assert process.ask(text, "1") is not True
    assert process.ask("1+1", "2") is True


def test_it_can_be_asked_from_many_threads_at_once(process):
    """The library's own limits of time work in the main thread only, and raise elsewhere."""
    got: list[bool | None] = [None] * 6

    def ask(index: int) -> None:
        got[index] = process.ask(f"{index}x+1", f"1+{index}x")

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(got))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * len(got)


def test_a_process_that_was_killed_is_started_anew(process):
    assert process.ask("a+b", "b+a") is True
    assert process._process is not None
    process._process.kill()
    process._process.wait()
    assert process.ask("a+b", "b+a") is True


def test_a_process_that_is_closed_leaves_nothing_behind(process):
    assert process.ask("a+b", "b+a") is True
    started = process._process
    process.close()
    assert started.returncode is not None
    assert started.stdin.closed


def test_without_the_library_there_is_no_opinion_and_no_error(tmp_path):
    program = tmp_path / "missing.py"
    program.write_text(PROGRAM.read_text(encoding="utf-8").replace("latex2sympy2_extended", "not_installed_here"))
    process = AlgebraProcess(program=program)
    assert [process.ask("a+b", "b+a") for _ in range(5)] == [None] * 5
    process.close()


def test_the_program_says_by_its_exit_status_that_the_library_is_missing(tmp_path):
    program = tmp_path / "missing.py"
    program.write_text(PROGRAM.read_text(encoding="utf-8").replace("latex2sympy2_extended", "not_installed_here"))
    ended = subprocess.run([sys.executable, "-P", str(program)], input=b"", capture_output=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (3, b"")


def test_a_program_ends_with_the_one_who_asks():
    ended = subprocess.run([sys.executable, "-P", str(PROGRAM)], input=b"", capture_output=True, timeout=120)
    assert (ended.returncode, ended.stdout) == (0, b'"ready"\n')


def test_a_line_is_answered_with_a_line():
    asked = b"".join(
        json.dumps({"left": left, "right": "4", "digits": 0, "seconds": 5}).encode() + b"\n"
        for left in ("2+2", "5", "+")
    )
    ended = subprocess.run([sys.executable, "-P", str(PROGRAM)], input=asked, capture_output=True, timeout=120)
    assert ended.stdout.splitlines() == [b'"ready"', b"true", b"false", b"null"]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (r"12\sqrt{2} \text{ cm}", r"12\sqrt{2} \text{ m}"),
        (r"\sqrt{288} \text{ cm}", r"12\sqrt{2} \text{ m}"),
        ("1/2x", r"\frac{1}{2x}"),
        ("204_5", "204"),
        ("2:4", "1/2"),
        ("12:30", r"\frac{12}{30}"),
        ("on", "no"),
        ("X - x", "x - X"),
    ],
)
def test_algebra_makes_nothing_equal_that_says_something_else(left, right):
    assert not answers_equal(left, right)
    assert not answers_equal(right, left)


def test_algebra_groups_nothing():
    assert len(group_answers(["9a + 11", "11 + 9a"])) == 2
    assert not answers_equal("9a + 11", "11 + 9a", algebra=False)


def test_plain_answers_start_no_process():
    code = (
        "import sys, subprocess\n"
        "from engine.answers import answers_equal, group_answers, read_answer\n"
        "subprocess.Popen = None\n"
        "assert answers_equal('12 cm', '12') and not answers_equal('3', '4') and not answers_equal('red', 'A')\n"
        "assert not answers_equal('B', '3x') and not answers_equal('(1, 2)', '(2, 1)') and not answers_equal('5 cm', '6 m')\n"
        "assert not answers_equal('x = 5', '6') and not answers_equal('x > 2', '3') and not answers_equal('x = 1 or x = 2', '3')\n"
        "assert group_answers([read_answer('Final answer: 2x + 1')])\n"
        "sys.exit(', '.join({'sympy', 'antlr4', 'latex2sympy2_extended', 'mpmath'} & set(sys.modules)) or 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")
