"""What people can do, independent of pages and REST: run and follow, draw a problem, import, export, change models.

Knows the store and the engine. Does not know Gradio or HTTP routes.
"""
