"""The pages: components, handlers and wiring, one module per page.

Knows Gradio and the use cases. Does not know a model or how anything is stored.
"""
