"""Route of the feed: what people did, in order of arrival, for scripts that follow it. It holds labels, so it is for reviewers."""

import asyncio
import time
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from starlette.concurrency import run_in_threadpool

from storage import LabellingRepository, ResultRepository
from visualprm_ui.api.access import Reviewer
from visualprm_ui.api.requests import queue_parameter
from visualprm_ui.api.shapes.history import FeedPageView
from visualprm_ui.api.solutions import entry_view

MAX_WAIT = 30.0  # seconds; proxies cut a silent request after about a minute
POLL_INTERVAL = 0.5  # seconds


def add_feed(api: FastAPI, results: ResultRepository, labelling: LabellingRepository) -> None:
    """Add the route of the feed."""
    known_queue = queue_parameter(labelling)

    @api.get("/feed", tags=["feed"], summary="Get label events, annotations, reviews and decisions after a cursor")
    async def feed(
        _: Reviewer,
        queue: Annotated[str | None, Depends(known_queue)],
        after: Annotated[
            str, Query(max_length=80, description="Cursor of the answer before; empty: from the start")
        ] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 500,
        wait: Annotated[float, Query(ge=0, le=MAX_WAIT, description="Seconds to wait for something new")] = 0,
    ) -> FeedPageView:
        until = time.monotonic() + wait
        while True:
            page = await run_in_threadpool(results.get_feed, after, limit, queue)
            if page.entries or time.monotonic() >= until:
                return {"entries": [entry_view(entry) for entry in page.entries], "cursor": page.cursor}
            after = page.cursor  # skip the entries of other queues
            await asyncio.sleep(POLL_INTERVAL)
