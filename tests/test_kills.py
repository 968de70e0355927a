"""A server that is killed again and again while people label loses nothing it called saved, and stores nothing twice."""

from tests.support.kills import run_kills

KILLS = 60


def test_a_killed_server_loses_no_acknowledged_label(tmp_path) -> None:
    report = run_kills(tmp_path / "data", kills=KILLS, people=4)
    assert report.acknowledged >= KILLS
    assert report.submissions >= KILLS // 10
    assert (report.lost, report.duplicated, report.invented) == (0, 0, 0)
    assert (report.annotations_missing, report.annotations_twice) == (0, 0)
    assert report.faults == ()
