"""Maps from step scores to shares of completions in the store: the newest of a reward model and a policy counts.

Covers storage/runs/calibration_maps.py.
"""

from dataclasses import replace
from datetime import timedelta

from engine.domain import Problem, RunRecord
from storage.runs.targets import Target, TargetKind
from tests.support.calibration import kept_map
from tests.support.store_deletion import delete


def test_a_map_reads_back_with_its_record(store):
    kept = kept_map()
    store.runs.add_calibration_map(kept)
    assert store.runs.get_calibration_map("r", "p") == kept


def test_the_newest_of_a_pair_counts_in_whatever_versions(store):
    old, new = kept_map((0.2, 0.1)), kept_map((0.4, 0.5), reward_model_revision=None)
    for each in (new, replace(old, created_at=new.created_at - timedelta(days=1))):  # an import may bring an older one
        store.runs.add_calibration_map(each)
    assert store.runs.get_calibration_map("r", "p") == new
    assert store.runs.get_calibration_map("r", "q") is None
    assert store.runs.get_calibration_map("other", "p") is None


def test_a_map_stays_when_problems_go(store):
    problem = Problem(question="Q")
    store.runs.add_problem(problem)
    kept = kept_map()
    store.runs.add_calibration_map(kept)
    delete(store, Target(kind=TargetKind.PROBLEM, id=problem.id))
    assert store.runs.get_calibration_map("r", "p") == kept


def test_a_run_of_other_versions_has_no_map(store):
    record = RunRecord(
        policy_model="p",
        policy_revision="1",
        reward_model="r",
        reward_model_revision="2",
        dtype="float32",
        device="cpu",
        prompt_version="v",
        tiles=(),
        versions={},
    )
    assert store.runs.get_calibration_of(record) is None
    store.runs.add_calibration_map(kept := kept_map())
    assert store.runs.get_calibration_of(record) == kept.map
    assert store.runs.get_calibration_of(replace(record, policy_revision="2")) is None
    assert store.runs.get_calibration_of(None) is None
    store.runs.add_calibration_map(kept_map(reward_model_revision="3"))  # the newest counts, of whatever versions
    assert store.runs.get_calibration_of(record) is None
