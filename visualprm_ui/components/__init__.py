"""The product's own components: a folder each, of a small ``gr.HTML`` class, the ``mount.js`` that draws it and its style sheet.

Import each from its own package. Style sheets and modules are static files, served below ``vp/components/``.
Knows what the page shows. Does not know who may see it, nor how anything is stored.
"""
