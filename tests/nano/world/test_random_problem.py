"""A random problem is held out, repeatable and cheap to import; its explain_steps say what is wrong.

Covers nano/world/problem_source.py.
"""

import io
import subprocess
import sys

from PIL import Image

from nano.world.problem_source import NanoWorld
from nano.world.random_problem import ExplainedStep, explain_steps, random_problem
from nano.world.scenes import SceneSplit


def test_the_same_seed_gives_the_same_held_out_problem() -> None:
    first, again, other = random_problem(5), random_problem(5), random_problem(6)
    assert first == again != other
    assert first.world.scene.split is SceneSplit.HELD_OUT
    assert Image.open(io.BytesIO(first.image)).format == "PNG"
    assert (first.question, first.answer) == (first.world.question, str(first.world.answer))


def test_own_steps_are_right() -> None:
    problem = random_problem(5)
    assert set(explain_steps(problem, problem.world.steps)) == {ExplainedStep(label=1)}


def test_a_wrong_answer_names_the_right_one_and_talk_is_neutral() -> None:
    problem = random_problem(5)
    talk, false, answer = explain_steps(
        problem, ["Let me see.", "$2+2=5$", f"Final answer: {problem.world.answer + 1}"]
    )
    assert talk == ExplainedStep(label=0)
    assert (false.label, false.mistake) == (-1, "arithmetic")
    assert answer.mistake == "reasoning"
    assert problem.answer in str(answer.reason)
    assert explain_steps(problem, []) == ()


def test_the_world_writes_its_solution_and_mistaken_ones_always_the_same() -> None:
    world = NanoWorld()
    right, *mistaken = world.solve(5, 4)
    assert right == random_problem(5).world.steps
    assert len({right, *mistaken}) == 4
    for steps in mistaken:
        assert -1 in [each.label for each in world.check(5, steps)]
    assert NanoWorld().solve(5, 4) == [right, *mistaken]
    assert world.solve(5, 1) == [right]


def test_it_loads_no_torch() -> None:
    code = "import sys, nano.world.random_problem; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_mistaken_solution_has_a_wrong_step() -> None:
    """One of a hundred had none: a slip can leave every step right."""
    world = NanoWorld()
    for seed in range(40):
        _right, *mistaken = world.solve(seed, 4)
        assert all(any(step.label == -1 for step in world.check(seed, steps)) for steps in mistaken)
