"""Gradio's theme without web fonts, and the head that links our own style sheets."""

from __future__ import annotations

import gradio as gr

STYLE_SHEETS = (  # in the order of the cascade
    "assets/tokens.css",
    "assets/app.css",
    "assets/text.css",
    "assets/gradio.css",
    "components/app_bar/style.css",
    "components/picture/style.css",
    "components/example_list/style.css",
    "components/models_panel/style.css",
    "components/runs_list/style.css",
    "components/reference_note/style.css",
    "components/search_choice/style.css",
    "components/solution_board/style.css",
    "components/solution_board/run_header.css",
    "components/solution_board/verdict.css",
    "components/solution_board/toolbar.css",
    "components/solution_board/cards.css",
)

# Linked and not handed to ``css=``: Gradio drops declarations from what it re-serialises (measured on 6.31).
HEAD = (
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    + "".join(f'<link rel="stylesheet" href="vp/{path}">' for path in STYLE_SHEETS)
    + '<script src="vp/assets/theme.js"></script><script src="vp/assets/proxy_check.js"></script>'
)


def build_theme() -> gr.themes.Base:
    """Return a theme that names only fonts served from here."""
    sans = ("VP Sans", "system-ui", "sans-serif")
    mono = ("VP Mono", "ui-monospace", "monospace")
    return gr.themes.Base(
        font=[gr.themes.Font(name) for name in sans], font_mono=[gr.themes.Font(name) for name in mono]
    )
