"""The product's own components: each a small ``gr.HTML`` class here, drawn by the JavaScript module of the same name beside it.

Import them from their modules. Their style sheets and modules are static files, served below ``vp/components/``.
"""
