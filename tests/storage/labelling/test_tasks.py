"""Labelling: queues, drafts, submission, reveal, two tabs.

Covers storage/labelling/draft_rows.py, storage/labelling/event_log.py, storage/labelling/queues.py,
storage/labelling/repository.py, storage/runs/equal_solutions.py.
"""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from engine.domain import FinishReason, Label, LabelTask, Run, Scoring, SkipReason, Solution, Stage, StepScore
from storage import EventKind, NotFound, NothingToLabel, NotSubmitted, Store
from storage.backup import check
from tests.support.label_events import act, label

ME, YOU = "guest-1", "guest-2"
AddRun = Callable[..., Run]


def open_task(store: Store, add_run: AddRun, **more: int) -> LabelTask:
    queue = store.labelling.open_run_queue(add_run(**more).id, "My queue")
    task = store.labelling.next_task(queue.id, ME)
    assert task is not None
    return task


def label_all(store: Store, task: LabelTask, value: Label = Label.CORRECT) -> None:
    receipt = store.labelling.save_events(ME, [label(task.id, step, value, step) for step in range(len(task.steps))])
    assert receipt.rejected == ()


def submit(store: Store, task: LabelTask, second: float = 50) -> None:
    assert store.labelling.save_events(ME, [act(task.id, EventKind.SUBMIT, second, seconds=7.5)]).rejected == ()


def test_a_run_has_one_queue(store: Store, add_run: AddRun) -> None:
    run = add_run(solutions=3)
    first = store.labelling.open_run_queue(run.id, "A")
    assert store.labelling.open_run_queue(run.id, "B") == first
    assert (first.title, first.total) == ("A", 3)
    assert [(each.queue, each.run_id, each.done) for each in store.labelling.list_queues(ME)] == [(first, run.id, 0)]


def test_equal_solutions_of_a_run_are_one_task(store: Store, add_run: AddRun) -> None:
    """64 solutions of which 48 were word for word equal were 64 tasks: people judged one text 48 times."""
    run = add_run(solutions=2)
    again = Solution(
        problem_id=run.problem_id, draw=2, steps=("Step 1.0", "Step 1.1", "Step 1.2"), answer="1", policy_model="s"
    )
    store.runs.add_solution(run.id, again)
    other_run = add_run(solutions=2)
    assert store.labelling.open_run_queue(run.id, "A").total == 2
    late = replace(again, id="late", draw=3)
    store.runs.add_solution(run.id, late)
    assert store.labelling.open_run_queue(run.id, "A").total == 2
    store.runs.add_solution(run.id, replace(again, id="cut", draw=4, finish=FinishReason.LENGTH))
    assert store.labelling.open_run_queue(run.id, "A").total == 3, "what was cut off is another, as on its card"
    assert store.labelling.open_run_queue(other_run.id, "B").total == 2


def test_a_run_without_solutions_has_nothing_to_label(store: Store, add_run: AddRun) -> None:
    with pytest.raises(NothingToLabel):
        store.labelling.open_run_queue(add_run(solutions=0).id, "A")
    with pytest.raises(NotFound):
        store.labelling.open_run_queue("nowhere", "A")


def test_a_task_shows_the_solution_and_no_score(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    assert (task.sequence_no, task.total, task.model_answer) == (0, 2, "0")
    assert task.steps == ("Step 0.0", "Step 0.1", "Step 0.2")
    assert task.labels == (None, None, None)
    assert not [each.name for each in fields(LabelTask) if "score" in each.name]
    assert "0.1" not in repr(task).replace("Step 0.1", "")


def test_a_draft_is_kept_per_person(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    event = label(task.id, 1, Label.WRONG)
    note = act(task.id, EventKind.NOTE, text="odd ${x}")
    flag = act(task.id, EventKind.FLAG, flagged=True)
    assert store.labelling.save_events(ME, [event, note, flag]).acknowledged == (event.uuid, note.uuid, flag.uuid)
    mine = store.labelling.get_task(task.id, ME)
    assert (mine.labels, mine.note, mine.flagged) == ((None, Label.WRONG, None), "odd ${x}", True)
    assert store.labelling.get_task(task.id, YOU).labels == (None, None, None)


def test_neutral_is_not_unlabelled(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task, Label.NEUTRAL)
    submit(store, task)
    (annotation,) = store.results.iter_annotations()
    assert annotation.labels == (Label.NEUTRAL,) * 3


@pytest.mark.parametrize("kind", [EventKind.CLEAR, EventKind.LABEL])
def test_a_label_can_be_taken_back(store: Store, add_run: AddRun, kind: EventKind) -> None:
    task = open_task(store, add_run)
    store.labelling.save_events(ME, [label(task.id, 0, Label.WRONG, 1), act(task.id, kind, 2, step=0)])
    assert store.labelling.get_task(task.id, ME).labels == (None, None, None)


def test_the_same_event_again_changes_nothing(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    event = act(task.id, EventKind.SUBMIT, 9)
    for _time in range(3):
        assert store.labelling.save_events(ME, [event, event]).acknowledged == (event.uuid, event.uuid)
    assert len(list(store.results.iter_annotations())) == 1


def test_another_persons_uuid_is_refused(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    event = label(task.id, 0, Label.WRONG)
    store.labelling.save_events(ME, [event])
    assert [each.uuid for each in store.labelling.save_events(YOU, [event]).rejected] == [event.uuid]
    assert store.labelling.get_task(task.id, YOU).labels[0] is None


def test_an_incomplete_submission_says_which_steps_are_missing(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    event = act(task.id, EventKind.SUBMIT, 9)
    receipt = store.labelling.save_events(ME, [label(task.id, 1, Label.CORRECT), event])
    assert [each.reason for each in receipt.rejected] == ["2 of 3 steps have no label yet: 1, 3."]
    assert list(store.results.iter_annotations()) == []
    label_all(store, task)
    assert store.labelling.save_events(ME, [event]).acknowledged == (
        event.uuid,
    )  # the same event, tried again, now fits


def test_of_many_missing_steps_the_first_eight_are_named(store: Store, add_run: AddRun) -> None:
    reasons = []
    for steps in (8, 9):
        task = open_task(store, add_run, steps=steps)
        (refusal,) = store.labelling.save_events(ME, [act(task.id, EventKind.SUBMIT, 9)]).rejected
        reasons.append(refusal.reason)
    assert reasons == [
        "8 of 8 steps have no label yet: 1, 2, 3, 4, 5, 6, 7, 8.",
        "9 of 9 steps have no label yet: 1, 2, 3, 4, 5, 6, 7, 8, ....",
    ]


def test_an_events_uuid_has_1_to_64_characters(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    named = [replace(label(task.id, 0, Label.WRONG, length), uuid="u" * length) for length in (0, 1, 64, 65)]
    receipt = store.labelling.save_events(ME, named)
    assert receipt.acknowledged == ("u", "u" * 64)
    assert [each.uuid for each in receipt.rejected] == ["", "u" * 65]


def test_bad_events_are_refused_and_the_good_ones_of_the_batch_kept(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    bad = [
        label(task.id, 3, Label.CORRECT),
        label(task.id, -1, Label.CORRECT),
        label("nowhere", 0, Label.CORRECT),
        act(task.id, EventKind.SKIP),
        act(task.id, EventKind.REVEAL),
        act(task.id, EventKind.FLAG),
        act(task.id, EventKind.NOTE, text="x" * 10_001),
    ]
    good = label(task.id, 0, Label.CORRECT)
    receipt = store.labelling.save_events(ME, [*bad, good])
    assert [each.uuid for each in receipt.rejected] == [each.uuid for each in bad]
    assert receipt.acknowledged == (good.uuid,)


def test_next_goes_on_where_one_left(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task)
    following = store.labelling.next_task(task.queue_id, ME)
    assert following is not None
    assert following.sequence_no == 1
    assert store.labelling.list_queues(ME)[0].done == store.labelling.get_queue(task.queue_id, ME).done == 1
    other = store.labelling.next_task(task.queue_id, YOU)
    assert other is not None
    assert other.sequence_no == 0
    store.labelling.save_events(ME, [act(following.id, EventKind.SKIP, skip_reason=SkipReason.BAD_PROBLEM)])
    assert store.labelling.next_task(task.queue_id, ME) is None
    assert store.labelling.task_at(task.queue_id, 1, ME).skip_reason is SkipReason.BAD_PROBLEM
    with pytest.raises(NotFound):
        store.labelling.task_at(task.queue_id, 2, ME)


def test_a_skip_is_an_annotation_without_labels_and_keeps_the_draft(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    store.labelling.save_events(ME, [act(task.id, EventKind.SKIP, 60, skip_reason=SkipReason.NOT_UNDERSTOOD)])
    (skipped,) = store.results.iter_annotations()
    assert (skipped.labels, skipped.skip_reason) == ((None,) * 3, SkipReason.NOT_UNDERSTOOD)
    store.labelling.save_events(ME, [act(task.id, EventKind.REOPEN, 61)])
    again = store.labelling.get_task(task.id, ME)
    assert (again.submitted, again.skip_reason, again.labels) == (False, None, (Label.CORRECT,) * 3)


def test_scores_come_only_after_submission_and_are_recorded(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    with pytest.raises(NotSubmitted):
        store.labelling.reveal(task.id, ME)
    submit(store, task)
    scoring = store.labelling.reveal(task.id, ME)
    assert isinstance(scoring, Scoring)
    assert scoring.step_scores[0].score == 0.1
    assert store.labelling.get_task(task.id, ME).revealed
    with pytest.raises(NotSubmitted):
        store.labelling.reveal(task.id, YOU)


def test_the_newest_of_two_scorings_is_shown(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task)
    newer = Scoring(
        solution_id=task.solution_id,
        reward_model="another",
        step_scores=tuple(StepScore(first=at, last=at, score=0.7) for at in range(len(task.steps))),
    )
    store.runs.add_scoring(None, newer)
    shown = store.labelling.reveal(task.id, ME)
    assert isinstance(shown, Scoring)
    assert (shown.id, shown.reward_model) == (newer.id, "another")


def test_a_changed_mind_after_the_scores_is_a_second_annotation(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task)
    store.labelling.reveal(task.id, ME)
    events = [
        act(task.id, EventKind.REOPEN, 60),
        label(task.id, 2, Label.WRONG, 61),
        act(task.id, EventKind.SUBMIT, 62),
    ]
    assert store.labelling.save_events(ME, events).rejected == ()
    first, second = store.results.iter_annotations(task.solution_id)
    assert (first.stage, first.labels[2], first.seconds) == (Stage.BLIND, Label.CORRECT, 7.5)
    assert (second.stage, second.labels[2]) == (Stage.REVEALED, Label.WRONG)
    assert store.labelling.get_task(task.id, ME).revealed


def test_enter_in_two_tabs_makes_one_annotation(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task, 50)
    submit(store, task, 51)
    assert len(list(store.results.iter_annotations())) == 1


def test_of_two_tabs_the_later_change_of_a_step_wins_whatever_arrives_first(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    store.labelling.save_events(ME, [label(task.id, 0, Label.WRONG, 5)])
    late = [label(task.id, 0, Label.CORRECT, 4), label(task.id, 1, Label.NEUTRAL, 4)]
    assert store.labelling.save_events(ME, late).rejected == ()
    assert store.labelling.get_task(task.id, ME).labels == (Label.WRONG, Label.NEUTRAL, None)
    store.labelling.save_events(ME, [label(task.id, 0, Label.CORRECT, 5)])
    assert store.labelling.get_task(task.id, ME).labels[0] is Label.CORRECT  # equal times: the last to arrive


def test_a_clock_that_runs_ahead_does_not_win_for_ever(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    century = 4_000_000_000
    store.labelling.save_events(ME, [label(task.id, 0, Label.WRONG, century)])
    store.labelling.save_events(ME, [label(task.id, 0, Label.CORRECT, century - 60)])
    assert store.labelling.get_task(task.id, ME).labels[0] is Label.CORRECT


def test_a_clock_set_back_before_enter_does_not_lose_the_submission(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task, -3600)
    assert store.labelling.get_task(task.id, ME).submitted


def test_a_change_from_before_the_submission_that_arrives_late_amends_it(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task, 50)
    store.labelling.save_events(ME, [label(task.id, 1, Label.WRONG, 40)])
    assert [each.labels[1] for each in store.results.iter_annotations()] == [Label.CORRECT, Label.WRONG]
    assert store.labelling.get_task(task.id, ME).submitted


def test_a_change_after_the_submission_reopens_the_task(store: Store, add_run: AddRun) -> None:
    task = open_task(store, add_run)
    label_all(store, task)
    submit(store, task, 50)
    store.labelling.save_events(ME, [label(task.id, 1, Label.WRONG, 60)])
    again = store.labelling.get_task(task.id, ME)
    assert (again.submitted, again.labels[1]) == (False, Label.WRONG)
    assert len(list(store.results.iter_annotations())) == 1
    store.labelling.save_events(ME, [label(task.id, 1, Label.WRONG, 61), act(task.id, EventKind.SUBMIT, 62)])
    assert [each.labels[1] for each in store.results.iter_annotations()] == [Label.CORRECT, Label.WRONG]


def test_new_solutions_join_the_queue_at_its_end(store: Store, add_run: AddRun) -> None:
    run = add_run(solutions=1)
    queue = store.labelling.open_run_queue(run.id, "A")
    solution = store.runs.get_run(run.id).solutions[0]
    store.runs.add_solution(run.id, type(solution)(problem_id=run.problem_id, draw=1, steps=("a",), policy_model="p"))
    assert store.labelling.open_run_queue(run.id, "A").total == 2
    assert store.labelling.task_at(queue.id, 1, ME).steps == ("a",)


def test_hostile_and_unwritable_text_survives(store: Store, add_run: AddRun) -> None:
    hostile = "<script>${1}{{x}}\x00\x1b[0m \u202e \ud83d\ude00 \ud800 <|im_start|>\r\n"
    task = open_task(store, add_run)
    receipt = store.labelling.save_events(ME, [act(task.id, EventKind.NOTE, text=hostile)])
    assert receipt.rejected == ()
    kept = store.labelling.get_task(task.id, ME).note
    assert kept == hostile.replace("\ud83d\ude00", "\U0001f600").translate({0xD800: "\ufffd", 0: "\ufffd"})


def test_labels_changed_after_a_look_at_the_run_are_not_blind(store: Store, add_run: AddRun) -> None:
    """The page of the run shows the scores too: only those shown beside the labels were recorded."""
    run = add_run()
    queue = store.labelling.open_run_queue(run.id, "A").id
    done, begun = store.labelling.task_at(queue, 0, ME), store.labelling.task_at(queue, 1, ME)
    assert isinstance(done, LabelTask)
    assert isinstance(begun, LabelTask)
    label_all(store, done)
    submit(store, done)
    store.labelling.save_events(ME, [label(begun.id, 0, Label.WRONG)])
    store.labelling.mark_run_seen(run.id, YOU)
    assert not store.labelling.get_task(done.id, ME).revealed
    for _look in range(2):
        store.labelling.mark_run_seen(run.id, ME)
    assert (store.labelling.get_task(done.id, ME).revealed, store.labelling.get_task(begun.id, ME).revealed) == (
        True,
        False,
    )
    assert [each.kind for each in store.results.get_feed().entries].count(EventKind.REVEAL) == 1
    store.labelling.save_events(ME, [label(done.id, 0, Label.WRONG, 60), act(done.id, EventKind.SUBMIT, 61)])
    assert [each.stage for each in store.results.iter_annotations()] == [Stage.BLIND, Stage.REVEALED]
    assert check(store).faults == ()


def test_time_on_screen_is_not_lost_when_an_item_is_submitted_again(store: Store, add_run: AddRun) -> None:
    """Two seconds on a changed mind once took the place of the two minutes before."""
    task = open_task(store, add_run)
    label_all(store, task)
    spent = []
    for second, (value, seconds) in enumerate(((Label.WRONG, 120.0), (Label.NEUTRAL, 2.0), (Label.WRONG, 125.0)), 10):
        change = label(task.id, 0, value, second)
        handed_in = act(task.id, EventKind.SUBMIT, second + 0.5, seconds=seconds)
        assert store.labelling.save_events(ME, [change, handed_in]).rejected == ()
        spent.append([each.seconds for each in store.results.iter_annotations(task.solution_id)][-1])
    assert spent == [120.0, 120.0, 125.0]


def test_a_draft_whose_events_do_not_fit_its_solution_is_found(store: Store, add_run: AddRun) -> None:
    label_all(store, open_task(store, add_run))
    assert check(store).faults == ()
    with store.database.write() as connection:
        connection.exec_driver_sql("UPDATE events SET step = 7 WHERE step = 1")
    (fault,) = check(store).faults
    assert "its events lead to another one" in fault
