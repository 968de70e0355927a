"""The versions of the libraries that figures may depend on. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

RECORDED_VERSIONS = ("torch", "transformers", "tokenizers", "pillow")


def library_versions() -> Mapping[str, str]:
    """Return the version of each library that is installed, by its name."""
    found = {}
    for package in RECORDED_VERSIONS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
