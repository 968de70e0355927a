"""The list of solutions over REST, and the figures of the charts beside it. Covers visualprm_ui/use_cases/distributions.py."""

from engine.domain import FinishReason, Problem, Scoring, Solution, Stage, StepScore
from storage.runs.built_in_benchmark import DATA_SOURCE
from tests.support.api_labelling import event, open_queue, send, submit
from tests.support.store_labelling import say


def test_a_row_has_labels_scores_and_who_gave_them(client, run):
    _, task = open_queue(client, run)
    submit(client, task, 1, 0, -1)
    name = client.get("/status").json()["display_name"]
    first, second = client.get("/solutions").json()["solutions"]
    assert (first["labels"], first["states"], first["people"], first["is_right"]) == (
        [1, 0, -1],
        ["labelled"],
        [name],
        True,
    )
    assert len(first["scores"]) == 3
    assert abs(first["mean_score"] - sum(first["scores"]) / 3) < 1e-9
    assert (second["labels"], second["states"], second["is_right"]) == ([None, None], ["open"], False)


def test_what_one_is_labelling_is_not_in_ones_own_list(person, run):
    me, other = person(), person()
    _, task = open_queue(me, run)
    send(me, event(task, "label", step=0, value=1))
    assert len(me.get("/solutions").json()["solutions"]) == 1
    assert len(me.get("/solutions/ids").json()["solutions"]) == 1
    counts = [me.get("/solutions/summary").json()[name] for name in ("total", "all", "in_work")]
    assert counts == [1, 2, 1], "it is said why one is missing"
    assert me.get("/solutions/summary?q=nowhere").json()["in_work"] == 0
    assert other.get("/solutions/summary").json()["in_work"] == 0
    assert len(other.get("/solutions").json()["solutions"]) == 2


def test_who_saw_scores_in_the_list_labels_no_more_blind(client, run, store):
    """The page of a solution says so already; its scores stand in the list as well."""
    _, task = open_queue(client, run)
    submit(client, task, 1, 1, 1)
    client.get("/solutions")
    send(client, event(task, "reopen"), event(task, "label", step=0, value=-1), event(task, "submit", seconds=1))
    assert [each.stage for each in store.results.iter_annotations()] == [Stage.BLIND, Stage.REVEALED]


def test_filters_of_the_address_narrow_rows_ids_and_figures_alike(client, run, store):
    problem = Problem(question="Which circle?", answer="1", data_source="geometry")
    store.runs.add_problem(problem)
    made = Solution(problem_id=problem.id, steps=("A.", "B."), answer="2", policy_model="q")
    store.runs.add_solution(None, made)
    say(store, made.id, "ada", "+-")
    for query in ("q=circ", "source=geometry&source=other", "policy=q", "label=-1", "label=-1&step=1", "annotator=ada"):
        (row,) = client.get(f"/solutions?{query}&sort=-updated").json()["solutions"]
        assert row["solution"] == made.id, query
        assert client.get(f"/solutions/ids?{query}").json() == {"solutions": [made.id]}, query
        summary = client.get(f"/solutions/summary?{query}").json()
        assert (summary["total"], summary["all"]) == (1, 3), query
    place = {"correct": 0, "neutral": 0, "wrong": 0, "unlabelled": 0}
    assert summary["by_place"] == [{**place, "correct": 1}, {**place, "wrong": 1}]
    assert (summary["by_score"], summary["times"]) == (None, None)  # undefined, not 0


def test_the_built_in_benchmark_can_be_left_out_of_the_list_but_for_what_people_labelled(client, run, store):
    problem = Problem(question="How many?", data_source=DATA_SOURCE)
    store.runs.add_problem(problem)
    for each in ("labelled", "other"):
        store.runs.add_solution(None, Solution(id=each, problem_id=problem.id, steps=("A.",), policy_model="q"))
    say(store, "labelled", "ada", "+")

    def total(query):
        found = client.get(f"/solutions/summary?{query}").json()["total"]
        assert len(client.get(f"/solutions/ids?{query}").json()["solutions"]) == found
        return found

    client.get("/solutions")
    assert [total(each) for each in ("", "benchmark=true", "benchmark=false")] == [4, 4, 3]
    assert total("benchmark=false&source=nano%20benchmark") == 1


def test_figures_count_steps_of_many_solutions(client, run, store):
    for solution in store.runs.get_run(run.id).solutions:
        say(store, solution.id, "ada", "+" * (len(solution.steps) - 1) + "-")
    client.get("/solutions")
    summary = client.get("/solutions/summary").json()
    wrong = [each["wrong"] for each in summary["by_place"]]
    assert (wrong, len(summary["by_score"])) == ([0, 1, 1], 20)
    assert sum(each["correct"] + each["wrong"] for each in summary["by_score"]) == 5


def test_facets_name_their_values(client, run, store):
    client.get("/solutions")
    counted = client.get("/solutions/facets?facet=answer").json()["values"]
    assert counted == [
        {"value": "right", "name": "right", "solutions": 1},
        {"value": "wrong", "name": "wrong", "solutions": 1},
    ]


def test_every_model_that_scored_a_solution_stands_beside_the_others(client, run, store):
    first = store.runs.get_run(run.id).solutions[0]
    scores = (StepScore(first=0, last=2, score=0.25),)
    store.runs.add_scoring(None, Scoring(solution_id=first.id, reward_model="second", step_scores=scores))
    view = client.get(f"/solutions/{first.id}").json()
    newest, before = view["scorings"]
    assert (newest["reward_model"], newest["scores"]) == ("second", [0.25] * 3)
    assert (view["reward_model"], before["reward_model"] != "second") == ("second", True)


def test_a_thought_that_was_cut_off_is_told_from_one_that_ended(client, store):
    """A solution's page said of both that they had ended, where the token limit was reached."""
    problem = Problem(question="Which?", data_source="typed")
    store.runs.add_problem(problem)
    for finish in (FinishReason.LENGTH, FinishReason.STOP):
        made = Solution(problem_id=problem.id, steps=(), thought="Hm.", policy_model="q", finish=finish)
        store.runs.add_solution(None, made)
        view = client.get(f"/solutions/{made.id}").json()
        assert (view["thought"], view["finish"]) == ("Hm.", finish.value)


def test_a_misspelt_filter_is_refused(client):
    """It would have shown everything."""
    answer = client.get("/solutions?sorce=x")
    assert (answer.status_code, answer.json()) == (422, {"error": "sorce: There is no such field."})
    for query, why in (
        ("sort=best", "cannot be sorted by 'best'"),
        ("q=~", "no word"),
        ("score_from=.33", "multiple of 0.05"),
    ):
        answer = client.get(f"/solutions?{query}")
        assert (answer.status_code, why in answer.json()["error"]) == (400, True), query
    assert client.get("/solutions?label=2").status_code == 422
