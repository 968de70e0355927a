"""Enums as fields of request bodies. Bodies are strict, and strict JSON has no enums: a field is declared ``EnumField[Order]``."""

from enum import Enum
from typing import Annotated, Any, TypeVar

from pydantic import Strict, ValidatorFunctionWrapHandler, WrapValidator

Member = TypeVar("Member", bound=Enum)


def _as_written(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    """Return the member. A lenient read would take true, 1.0 and "1" for the number 1; they are refused."""
    found = read(value)
    if type(value) is not type(found.value):
        raise ValueError(f"{value!r} is not {found.value!r}")
    return found


EnumField = Annotated[Member, Strict(False), WrapValidator(_as_written)]
