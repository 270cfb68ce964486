"""Write the JSON Schemas of profiles and notices to docs/schemas: `python -m scripts.schemas`.

They are generated from the pydantic models that judge profiles and make notices, so they cannot say something else;
what only code can judge (which option is legal for which isolation) is told in docs/profiles.md.
"""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from tenantry.domain.notices import Notice
from tenantry.domain.profiles import FleetProfile, TenantProfile

FOLDER = Path(__file__).parent.parent / "docs" / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """File name → schema."""
    return {
        "tenant.json": of_profile(TenantProfile),
        "fleet.json": of_profile(FleetProfile),
        "notice.json": of_notice(),
    }


def of_profile(kind: type[BaseModel]) -> dict[str, Any]:
    """What a user may write."""
    return portable(kind.model_json_schema(mode="validation"))


def of_notice() -> dict[str, Any]:
    """What is published. Every key is always there; a reader must bear keys that a later version adds."""
    schema = Notice.model_json_schema(mode="serialization")
    properties = schema.pop("properties")
    properties = {"schema": properties.pop("schema_"), **properties}
    del schema["additionalProperties"]
    return portable(schema | {"properties": properties, "required": list(properties)})


def portable(schema: dict[str, Any]) -> dict[str, Any]:
    """In the words of JSON Schema: its dialect named, its own anchors in patterns, no titles that repeat the key."""
    return {"$schema": DIALECT, **respelled(schema)}


def respelled(node: Any) -> Any:
    """The same tree, respelled; an object whose keys follow a pattern takes no other keys, as in pydantic."""
    if isinstance(node, list):
        return [respelled(one) for one in node]
    if isinstance(node, str):
        return anchored(node)
    if not isinstance(node, dict):
        return node
    closed = {"additionalProperties": False} if "patternProperties" in node else {}
    kept = {key: value for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return {anchored(key): respelled(value) for key, value in kept.items()} | closed


def anchored(text: str) -> str:
    """A pattern between Python's anchors, between those of ECMA-262; any other text as it is."""
    return f"^{text[2:-2]}$" if text.startswith(r"\A") and text.endswith(r"\z") else text


def rendered(schema: dict[str, Any]) -> str:
    """The text of a schema file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (FOLDER / name).write_text(rendered(schema))
        print(f"wrote docs/schemas/{name}")
