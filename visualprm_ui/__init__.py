"""What people see and who may: pages, their components, REST, use cases. Holds no SQL and no tensor.

Imports nothing here, so that REST and use cases load without Gradio.
"""
