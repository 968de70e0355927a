"""What our components share: a static template that a JavaScript module fills, so that no untrusted text ever meets a template.

Gradio evaluates templates as JavaScript: a step text of ``${...}`` put into one would run. Therefore the template never names
the value; the module reads it from ``props`` and writes text nodes. Knows nothing of what a component shows.
"""

from __future__ import annotations

import json
from abc import ABCMeta
from collections.abc import Sequence

import gradio as gr
from gradio.component_meta import ComponentMeta, updateable

_MOUNT = """
const styled = (path) => new Promise((done) => {
  const href = new URL(`vp/${path}`, document.baseURI).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return done();
  const link = document.createElement('link');
  Object.assign(link, { rel: 'stylesheet', href, onload: done, onerror: done });
  document.head.append(link);
});
Promise.all(%s.map(styled)).then(() => import(new URL('vp/components/%s/mount.js', document.baseURI).href))
  .then((module) => module.mount({ element, props, trigger, watch }))
  .catch((error) => {
    console.error(error);
    element.querySelector('.vp-root').textContent = 'This part of the page could not be loaded. Reload the page to try again.';
  });
/* events: %s */
"""


class _NoStubFile(ComponentMeta):  # type: ignore[misc]
    """Makes component classes without Gradio's side effect of writing a ``.pyi`` file beside each module at import.

    That file would hide our annotations from mypy and dirty the checkout. What is left of Gradio's metaclass for classes without
    ``EVENTS`` of their own is done here: it records the constructor's arguments, from which Gradio makes a component anew when an
    event updates it. Therefore a component that is an output also takes and passes on ``render``, which Gradio adds then.
    """

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, object]) -> type:
        """Return the class, made by Python alone."""
        if "__init__" in attrs:
            attrs["__init__"] = updateable(attrs["__init__"])
        return ABCMeta.__new__(cls, name, bases, attrs)


class JavaScriptComponent(gr.HTML, metaclass=_NoStubFile):  # type: ignore[misc]
    """A component drawn by ``vp/components/<module>/mount.js``, whose ``mount`` gets element, props, trigger and watch."""

    def __init__(
        self,
        value: object,
        *,
        module: str,
        events: Sequence[str] = (),
        style_sheets: Sequence[str] = (),
        elem_id: str | None = None,
        render: bool = True,
        **props: object,
    ) -> None:
        """Host ``module``. ``events`` are the names it triggers; each can be listened to as a method of that name.

        ``style_sheets``: those that this component needs and not every page links. ``props`` are further values the module reads.
        """
        super().__init__(
            value,
            html_template="<div class='vp-root'></div>",
            # an event exists for Gradio when its quoted name stands in this string
            js_on_load=_MOUNT % (json.dumps(list(style_sheets)), module, ", ".join(f"'{event}'" for event in events)),
            apply_default_css=False,
            elem_id=elem_id,
            elem_classes=["vp-host", f"vp-host-{module.replace('_', '-')}"],
            render=render,
            **props,
        )

    def preprocess(self, payload: object) -> object:
        """Pass on what the page sent; components that people can change check it."""
        return payload

    def api_info(self) -> dict[str, object]:
        """Describe the value to API clients."""
        return {"type": "object"}

    def example_payload(self) -> object:
        """Return a value for Gradio's API page."""
        return None

    def example_value(self) -> object:
        """Return a value for Gradio's API page."""
        return None
