"""The pages: components, handlers, wiring, one module a page.

Knows Gradio. Does not know the store's statements or a model.
"""
