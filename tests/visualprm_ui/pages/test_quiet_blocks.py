"""An app that nobody uses takes next to none of the processor."""

import asyncio

import gradio.queueing

from tests.support.apart import run_apart
from visualprm_ui.pages.quiet_blocks import QuietBlocks


def test_an_idle_app_looks_for_work_at_most_a_hundred_times_a_second(monkeypatch):
    waited, sleep = [], asyncio.sleep

    async def look() -> None:
        with QuietBlocks(analytics_enabled=False) as demo:
            pass
        queue = demo.queue(max_size=256)._queue

        async def counting_sleep(seconds: float) -> None:
            waited.append(seconds)
            queue.stopped = len(waited) >= 4
            await sleep(0)

        monkeypatch.setattr(gradio.queueing.asyncio, "sleep", counting_sleep)
        await asyncio.gather(queue.start_processing(), queue.start_progress_updates())

    run_apart(look())
    assert len(waited) >= 4
    assert min(waited) >= 0.01
