"""Sets of problems that solutions can be sampled and graded of.

Covers storage/projects/job_items.py.
"""

from sqlalchemy import select

from engine.domain import Problem, Solution
from storage import ProblemGroup, ProblemSelection, Selection
from storage.database import tables


def add(store, answer, source):
    problem = Problem(question="Q", answer=answer, data_source=source)
    store.runs.add_problem(problem)
    solution = Solution(problem_id=problem.id, steps=("a",), policy_model="p")
    store.runs.add_solution(None, solution)
    return solution.id


def test_data_sources_and_projects_with_their_counts(store):
    first = add(store, "4", "b source")
    second = add(store, None, "b source")
    add(store, "4", "a source")
    add(store, None, "no answers")
    add(store, "4", None)
    project = store.projects.add_project("Project")
    store.projects.add_project("empty")
    (queue,) = store.projects.list_queues(project.id)
    store.projects.add_items(queue.id, Selection(solutions=(first, second)))
    assert store.projects.list_problem_sets() == (
        ProblemGroup(name="a source", project=None, data_source="a source", answered=1, unanswered=0),
        ProblemGroup(name="b source", project=None, data_source="b source", answered=1, unanswered=1),
        ProblemGroup(name="Project", project=project.id, data_source=None, answered=1, unanswered=1),
    )


def test_a_blank_answer_is_none(store):
    """Best-of-N counted it as a reference answer that no solution reached, and rollouts left it out."""
    blank, written = add(store, " \n\t", "source"), add(store, " 4\n", "source")
    ids = {each: store.runs.read_solutions([each])[each].problem_id for each in (blank, written)}
    with store.database.read() as connection:
        stored = select(tables.problems.c.answer).where(tables.problems.c.id == ids[blank])
        assert connection.execute(stored).all() == [(None,)]
    assert store.runs.get_problem(ids[written]).answer == " 4\n", "as it was written"
    for of_before in (None, "", " \n\t"):  # as earlier versions stored it
        with store.database.write() as connection:
            problems = tables.problems
            connection.execute(problems.update().where(problems.c.id == ids[blank]).values(answer=of_before))
        assert store.runs.get_problem(ids[blank]).answer is None
        assert store.runs.list_answered(list(ids.values())) == {ids[written]}
        assert store.projects.list_answered(ProblemSelection(data_source="source")) == ((ids[written],), 1)
        (found,) = store.projects.list_problem_sets()
        assert (found.answered, found.unanswered) == (1, 1)


def test_an_empty_store_has_none(store):
    assert store.projects.list_problem_sets() == ()
