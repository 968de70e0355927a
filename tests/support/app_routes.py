"""The routes of the whole app: ours, and those of Gradio behind them."""

from collections.abc import Iterator

from starlette.routing import Mount, Route

from visualprm_ui.access.gradio_routes import GradioRoutes


def walk(routes, prefix="", ours=True) -> Iterator[tuple[str, str, bool]]:
    """Every route below these as method, path, and whether it is ours; Gradio's stand behind the guard."""
    for route in routes:
        if isinstance(route, GradioRoutes):
            ours = False
        elif isinstance(route, Mount):
            inner = list(walk(route.routes, prefix + route.path, ours))
            yield from inner or [("GET", f"{prefix}{route.path}/{{path}}", ours)]
        elif isinstance(route, Route):
            for method in sorted(route.methods - {"HEAD"}) or ["HEAD"]:
                yield method, prefix + route.path, ours
        else:  # a router as FastAPI keeps it
            yield from walk(route.original_router.routes, prefix + route.include_context.prefix, ours)
