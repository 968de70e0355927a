"""What other reward models say of a run's solutions."""

from dataclasses import replace

from engine.domain import Problem, Run, Sampling, Scoring, Solution, StepScore
from engine.metering.usage import ServerUsage
from storage import ScoringRun
from tests.support.run_records import RECORD
from visualprm_ui.use_cases.other_scores import other_scores


def scoring(solution, model, *scores):
    steps = tuple(StepScore(first=at, last=at, score=score) for at, score in enumerate(scores))
    return Scoring(solution_id=solution.id, reward_model=model, step_scores=steps)


def test_the_newest_whole_scores_of_every_other_model(store):
    problem = Problem(question="Q")
    own = replace(RECORD, reward_model="own")
    run = Run(problem_id=problem.id, sampling=Sampling(n=2), record=own)
    one, two = (Solution(problem_id=problem.id, draw=at, steps=("a", "b"), policy_model="p") for at in range(2))
    store.runs.add_problem(problem)
    store.runs.add_finished_run(run, [one, two], [scoring(one, "own", 0.1, 0.2)])

    def score_again(model, *scorings):
        usage = [ServerUsage(model=each, requests=1, counted=1, read=5, written=1) for each in (model, "policy")]
        other = replace(own, reward_model=model, usage=tuple(usage))
        store.runs.add_scoring_run(ScoringRun(problem_id=problem.id, record=other), scorings)

    assert other_scores(store.runs, run.id) == []
    score_again("x", scoring(one, "x", 0.5, 0.5))
    score_again("y", scoring(two, "y", 0.9))  # not whole
    score_again("z", scoring(two, "z", 0.3, 0.4))
    score_again("x", scoring(one, "x", 0.6, 0.8))
    score_again("own", scoring(two, "own", 0.1, 0.1))
    score_again("w", scoring(one, "w", 0.5, 0.5), scoring(two, "w", 0.5, 0.5))
    newest, *found = other_scores(store.runs, run.id)
    assert (newest["reward_model"], list(newest["solutions"])) == ("w", [one.id, two.id])
    assert [(each["model"], each["requests"], each["read"]) for each in newest["usage"]] == [("w", 1, 5)], (
        "one pass over both, without what was asked of others"
    )
    assert [(each["reward_model"], list(each["solutions"])) for each in found] == [("x", [one.id]), ("z", [two.id])]
    assert found[0]["solutions"][one.id]["steps"] == [0.6, 0.8]
    assert found[0]["solutions"][one.id]["scores"]["min"] == 0.6
