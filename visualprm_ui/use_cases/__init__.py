"""What a person can do, without a widget: start and follow a run, draw a problem, import, change models.

Knows store and engine. Does not know Gradio or HTTP.
"""
