"""Events, pictures and moments for the storage tests."""

import io
from datetime import UTC, datetime

from PIL import Image

from engine.domain import Label, new_id
from storage import EventKind, LabelEvent


def make_png(width: int, height: int, colour: tuple[int, int, int] = (200, 30, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def at(second: float) -> datetime:
    """A moment long ago, so that no test meets the rule about clocks that run ahead."""
    return datetime.fromtimestamp(1_700_000_000 + second, UTC)


def label(task_id: str, step: int, value: Label | None, second: float = 0) -> LabelEvent:
    return LabelEvent(
        uuid=new_id(), task_id=task_id, kind=EventKind.LABEL, step=step, value=value, at_client=at(second)
    )


def act(task_id: str, kind: EventKind, second: float = 0, **more: object) -> LabelEvent:
    return LabelEvent(uuid=new_id(), task_id=task_id, kind=kind, at_client=at(second), **more)  # type: ignore[arg-type]
