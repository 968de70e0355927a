"""Dated backups: which stay, that a new one is whole before an old one goes, and that pictures take room once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import BadFile, BadSetting, DiskError, Store, backup, rotation
from storage.backup import restore
from storage.rotation import KeepRule, Period, kept, read_keep_rule, rotate
from storage.store import DATABASE

pytestmark = pytest.mark.sqlite
SEVEN_DAILY = (KeepRule(count=7, period=Period.DAILY),)


def names(*times: str) -> list[Path]:
    return [Path(time) for time in times]


def stay(times: list[str], *rules: tuple[str, str]) -> list[str]:
    return sorted(path.name for path in kept(names(*times), [read_keep_rule(*rule) for rule in rules]))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Set the time of the next backup."""
    return lambda at: monkeypatch.setattr(rotation, "now", lambda: at)


def test_the_newest_of_each_of_the_last_days_that_have_one_stays() -> None:
    times = [
        "2026-03-01T080000Z",
        "2026-03-01T200000Z",
        "2026-03-03T080000Z",
        "2026-03-09T080000Z",
        "2026-03-09T080001Z",
    ]
    assert stay(times, ("2", "daily")) == ["2026-03-03T080000Z", "2026-03-09T080001Z"]
    assert stay(times, ("3", "daily"))[0] == "2026-03-01T200000Z"
    assert stay(times, ("9", "hourly")) == [*times[:3], times[4]]


def test_weeks_begin_on_monday_and_belong_to_the_year_of_their_thursday() -> None:
    times = ["2026-12-27T000000Z", "2026-12-28T000000Z", "2027-01-03T000000Z", "2027-01-04T000000Z"]
    assert stay(times, ("9", "weekly")) == ["2026-12-27T000000Z", "2027-01-03T000000Z", "2027-01-04T000000Z"]


def test_rules_add_up() -> None:
    times = [f"2026-{month:02d}-15T000000Z" for month in range(1, 7)] + ["2026-06-14T000000Z"]
    assert stay(times, ("2", "daily"), ("3", "monthly")) == [
        "2026-04-15T000000Z",
        "2026-05-15T000000Z",
        "2026-06-14T000000Z",
        "2026-06-15T000000Z",
    ]
    assert stay(times, ("1", "yearly")) == ["2026-06-15T000000Z"]


@pytest.mark.parametrize(
    ("count", "period", "message"),
    [
        ("0", "daily", "number"),
        ("-1", "daily", "number"),
        ("1001", "daily", "1 to 1000"),
        ("7", "often", "hourly, daily"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(count: str, period: str, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        read_keep_rule(count, period)


def test_ten_days_leave_seven_backups_that_can_be_restored(
    store: Store, tmp_path: Path, png: bytes, clock: Callable[[datetime], None]
) -> None:
    sha = store.images.add(png).sha
    for day in range(10):
        clock(datetime(2026, 3, 1, 4, tzinfo=UTC) + timedelta(days=day))
        report = rotate(store, tmp_path / "backups", SEVEN_DAILY)
    assert report.removed == ("2026-03-03T040000Z",)
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == sorted(report.kept)
    assert len(report.kept) == 7
    restored = restore(tmp_path / "backups" / report.kept[-1], tmp_path / "back")
    assert (restored.images, restored.missing_images) == (1, 0)
    pictures = list((tmp_path / "backups").glob(f"*/images/??/{sha}.png"))
    assert len(pictures) == 7
    assert {path.stat().st_ino for path in pictures} == {pictures[0].stat().st_ino}  # one file of seven names


@pytest.mark.parametrize("is_short", [True, False])
def test_a_picture_that_is_damaged_in_an_earlier_backup_is_copied_anew(
    store: Store, tmp_path: Path, png: bytes, clock: Callable[[datetime], None], is_short: bool
) -> None:
    """One with as many bytes as it must have was linked into every later backup."""
    sha = store.images.add(png).sha
    clock(datetime(2026, 3, 1, tzinfo=UTC))
    first = Path(rotate(store, tmp_path / "backups", SEVEN_DAILY).path)
    (picture,) = first.glob("images/??/*")
    picture.write_bytes(b"" if is_short else bytes(picture.stat().st_size))
    clock(datetime(2026, 3, 2, tzinfo=UTC))
    second = Path(rotate(store, tmp_path / "backups", SEVEN_DAILY).path)
    assert next(second.glob("images/??/*")).read_bytes() == store.images.path(sha).read_bytes()


def test_nothing_is_removed_where_the_new_backup_fails(
    store: Store, tmp_path: Path, clock: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(datetime(2026, 3, 1, tzinfo=UTC))
    rotate(store, tmp_path / "backups", (KeepRule(count=1, period=Period.DAILY),))

    def full(*_: object) -> None:
        raise DiskError("The disk is full.")

    monkeypatch.setattr(backup, "_copy_images", full)
    clock(datetime(2026, 3, 2, tzinfo=UTC))
    with pytest.raises(DiskError):
        rotate(store, tmp_path / "backups", (KeepRule(count=1, period=Period.DAILY),))
    assert [path.name for path in (tmp_path / "backups").iterdir()] == ["2026-03-01T000000Z"]


def test_what_a_killed_rotation_left_goes_and_what_others_put_there_stays(
    store: Store, tmp_path: Path, clock: Callable[[datetime], None]
) -> None:
    for name in ("2026-02-01T000000Z", "2026-99-01T000000Z", "by hand"):
        (tmp_path / "backups" / name / "images").mkdir(parents=True)
    (tmp_path / "backups" / "2026-02-02T000000Z").mkdir()
    (tmp_path / "backups" / "2026-02-02T000000Z" / "notes.txt").touch()
    clock(datetime(2026, 3, 1, tzinfo=UTC))
    rotate(store, tmp_path / "backups", SEVEN_DAILY)
    assert sorted(path.name for path in (tmp_path / "backups").iterdir()) == [
        "2026-02-02T000000Z",
        "2026-03-01T000000Z",
        "2026-99-01T000000Z",
        "by hand",
    ]


def test_a_store_is_no_folder_of_backups(store: Store) -> None:
    with pytest.raises(BadFile, match="is a store or a backup itself"):
        rotate(store, store.data_dir, SEVEN_DAILY)
    assert (store.data_dir / DATABASE).exists()


def test_the_store_knows_when_it_was_backed_up(store: Store, tmp_path: Path) -> None:
    assert store.accounts.last_backup() is None
    backup.backup(store, tmp_path / "copy")
    (entry,) = store.accounts.list_audit_log()
    assert store.accounts.last_backup() == entry.at
    assert (entry.kind, entry.by, entry.name) == ("backed_up", "command line", None)
