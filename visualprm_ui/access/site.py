"""Where the app is served, as far as what it answers depends on it. Values are put together by ``app.py``."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Scope

LOCAL_FRAMES = "'self'"
SPACE_FRAMES = "'self' https://huggingface.co https://*.hf.space"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The addresses of an app."""

    names: frozenset[str] | None = None  # host names under which an app without accounts answers; None: any
    forwarded_hosts: frozenset[str] = (
        frozenset()
    )  # that a proxy's X-Forwarded-Host may name; another one is not passed on
    is_space: bool = False  # on Hugging Face, whose pages show the app in a frame

    @property
    def frame_ancestors(self) -> str:
        """The pages that may show the app in a frame, as the content security policy names them."""
        return SPACE_FRAMES if self.is_space else LOCAL_FRAMES


def path_below_prefix(scope: Scope) -> str:
    """Return the path of a request below the prefix under which a proxy serves the app."""
    path: str = scope["path"]
    prefix = scope.get("root_path", "")
    return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path
