"""The embedded default models: their world, their training, their weights. Imports engine, never the other way round."""
