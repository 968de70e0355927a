"""Routes of pictures: stored by the hash of their bytes, served whole or as a thumbnail to whoever may see them."""

from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Annotated

from fastapi import Depends, FastAPI, Query
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from storage import ImageAccess, ImageRepository, ImageTooLarge
from visualprm_ui.access.visitor_limits import UploadLimit
from visualprm_ui.api.access import Explorer
from visualprm_ui.api.requests import raw_answer, raw_body
from visualprm_ui.api.shapes.values import UploadedImage

MAX_UPLOAD = 20 * 1024 * 1024  # bytes
BYTES_A_MINUTE = 40 * 1024 * 1024  # of a stranger's address, begun uploads to their end
MEDIA_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}  # of stored pictures


async def _read(request: Request, data: bytearray) -> None:
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_UPLOAD:
            raise ImageTooLarge(f"The file is larger than {MAX_UPLOAD // 2**20} MB. Choose a smaller picture.")


def add_images(api: FastAPI, images: ImageRepository, access: ImageAccess) -> None:
    """Add the routes of pictures."""
    limit = UploadLimit(BYTES_A_MINUTE)

    async def body(request: Request, principal: Explorer) -> AsyncIterator[bytes]:
        """Give the picture of a request, which strangers send one at a time. Raises ImageTooLarge, LimitReached."""
        data = bytearray()
        with limit.one_upload(principal.address) if principal.is_stranger else nullcontext():
            try:
                await _read(request, data)
            finally:  # also what was broken off, or too large
                if principal.is_stranger:
                    limit.count(principal.address, len(data))
            yield bytes(data)

    @api.post("/images", tags=["images"], summary="Store a picture", openapi_extra=raw_body("application/octet-stream"))
    def add_image(principal: Explorer, data: Annotated[bytes, Depends(body)]) -> UploadedImage:
        image = images.add(data, principal.name)
        return {"sha": image.sha, "width": image.width, "height": image.height, "notice": image.notice}

    @api.get(
        "/images/{sha}",
        tags=["images"],
        summary="Get a picture, or a thumbnail of it",
        response_class=Response,
        responses=raw_answer(*MEDIA_TYPES.values()),
    )
    def image(principal: Explorer, sha: str, edge: Annotated[int | None, Query(ge=16, le=1024)] = None) -> Response:
        access.require([sha], principal.viewer)
        # Content-addressed: the bytes behind an address never change.
        headers = {"Cache-Control": "private, max-age=31536000, immutable"}
        if edge is not None:
            return Response(images.thumbnail(sha, edge), media_type="image/webp", headers=headers)
        path = images.path(sha)
        # explicit: what mimetypes knows depends on the machine, and with nosniff a wrong guess breaks the picture
        return FileResponse(path, media_type=MEDIA_TYPES[path.suffix], headers=headers)
