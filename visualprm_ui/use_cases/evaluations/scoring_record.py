"""How the scores of an evaluation came about, as lines for people, and what they should know before they trust them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from engine.domain import RunRecord
from storage.runs.job_runs import RecordedScoring, usage_of_scoring


class RecordLine(NamedTuple):
    """One line of a record."""

    name: str
    value: str


def describe_scorings(scorings: Sequence[RecordedScoring]) -> tuple[RecordLine, ...]:
    """Return what the runs that made the scores recorded, the most frequent value first where they differ."""
    records = [each.record for each in scorings if each.record is not None]
    usage = usage_of_scoring(scorings)
    days = sorted({each.created_at.date().isoformat() for each in scorings})
    return (
        RecordLine("scored", days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"),
        RecordLine("precision", _values(records, lambda each: each.dtype)),
        RecordLine("device", _values(records, lambda each: each.device)),
        RecordLine("prompt", _values(records, lambda each: each.prompt_version)),
        RecordLine("steps asked about", _values(records, _asked)),
        RecordLine("versions", _values(records, _versions)),
        *((RecordLine("servers", "; ".join(each.sentence for each in usage)),) if usage else ()),
    )


def warn_of_scorings(scorings: Sequence[RecordedScoring]) -> list[str]:
    """Return what is out of the ordinary about scores, a sentence each."""
    records = [each.record for each in scorings if each.record is not None]
    warnings = []
    prompts = {each.prompt_version for each in records}
    if len(prompts) > 1:
        warnings.append(f"The steps were not all asked about in the same way: {', '.join(sorted(prompts))}.")
    merged = sum(any(step.last > step.first for step in each.scoring.step_scores) for each in scorings)
    if merged:
        warnings.append(
            f"{merged} solutions were scored with steps merged, as Explore does above twelve, so that merged steps share a score."
        )
    for notice, count in Counter(each.notice for each in records if each.notice is not None).most_common():
        warnings.append(f"Of {count} solutions: {notice}")
    return warnings


def _asked(record: RunRecord) -> str:
    if record.one_pass is None:
        return "not recorded"
    return "all in one dialogue" if record.one_pass else "each in a prompt of its own"


def _versions(record: RunRecord) -> str:
    return ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items()))


def _values(records: Sequence[RunRecord], value: Callable[[RunRecord], str]) -> str:
    counts = Counter(map(value, records)).most_common()
    if len(counts) <= 1:
        return counts[0][0] if counts else "not recorded"
    return "; ".join(f"{text} ({count} solutions)" for text, count in counts)
