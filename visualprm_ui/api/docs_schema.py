"""What a JSON schema says, field by field, for people to read. Knows JSON schemas as the API describes itself; knows no page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
DEEPEST = 4  # levels of fields that are listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a body or an answer."""

    path: str  # "options.blind", "items[].steps"
    type: str  # "string or null"
    required: bool
    text: str  # what it means; "" where its name says it


class SchemaReader:
    """Reads the schemas of one description."""

    def __init__(self, description: Schema) -> None:
        """``description``: of the whole API, which schemas point into."""
        self._schemas: Schema = description.get("components", {}).get("schemas", {})

    def iter_fields(self, schema: Schema, before: str = "", depth: int = 0) -> Iterator[Field]:
        """Iterate over the fields of an object, those inside others after them."""
        found = self._resolve(schema)
        required = set(found.get("required", ()))
        for name, inner in found.get("properties", {}).items():
            path = f"{before}{name}"
            text = str(inner.get("description", "")).strip()
            yield Field(path=path, type=self.type_of(inner), required=name in required, text=text)
            if depth + 1 < DEEPEST:
                part, is_list = self._object_in(inner)
                if part is not None:
                    yield from self.iter_fields(part, f"{path}[]." if is_list else f"{path}.", depth + 1)

    def type_of(self, schema: Schema) -> str:
        """Return a type in words: "integer or null", "list of strings", '"right" or "wrong"'."""
        found = self._resolve(schema)
        if "const" in found:
            return json.dumps(found["const"])
        if "enum" in found:
            return " or ".join(json.dumps(each) for each in found["enum"])
        if choices := found.get("anyOf") or found.get("oneOf"):
            return " or ".join(dict.fromkeys(self.type_of(each) for each in choices))
        if found.get("type") == "array":
            return f"list of {self.type_of(found['items'])}" if "items" in found else "list"
        if found.get("format") == "binary":
            return "bytes"
        return str(found.get("type", "any value"))

    def example(self, schema: Schema) -> object:
        """Return the smallest value that has the required fields, of plain values."""
        found = self._resolve(schema)
        for name in ("default", "const"):
            if name in found:
                return found[name]
        if found.get("enum"):
            return found["enum"][0]
        if choices := found.get("anyOf") or found.get("oneOf"):
            return self.example(choices[0])
        match found.get("type"):
            case "object":
                fields = found.get("properties", {})
                return {name: self.example(fields[name]) for name in found.get("required", ())}
            case "array":
                return [self.example(found["items"])] if found.get("minItems", 0) and "items" in found else []
            case "integer" | "number":
                return found.get("minimum", 1)
            case "boolean":
                return True
            case "null":
                return None
            case _:
                return "..."

    def _object_in(self, schema: Schema) -> tuple[Schema | None, bool]:
        """Return the object that a field holds, and whether it holds a list of them; None where it holds plain values."""
        found = self._resolve(schema)
        for each in found.get("anyOf") or found.get("oneOf") or (found,):
            part = self._resolve(each)
            if part.get("type") == "array":
                inner, _ = self._object_in(part.get("items", {}))
                return inner, True
            if part.get("properties"):
                return part, False
        return None, False

    def _resolve(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._schemas[schema["$ref"].rsplit("/", 1)[1]] | {
                name: value for name, value in schema.items() if name != "$ref"
            }
        return schema
