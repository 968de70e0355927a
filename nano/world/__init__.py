"""The nano world: rendered problems about bars, prices, shapes and angles, and an exact checker of solution steps."""
