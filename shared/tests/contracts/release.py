"""Write the schema and the golden payload of event types that have none yet; what was released is never rewritten.

Run it after adding a type or an optional field: ``uv run python shared/tests/contracts/release.py``. The schema of a
type that changed is written as a further snapshot, ``<type>.<n>.json``, beside the earlier ones, and what each snapshot
added into the history that documents tell.
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from linli import contracts
from linli.contracts import CATALOGUE, json_schema
from linli.contracts.examples import example_of

HERE = Path(__file__).parent
Schema = dict[str, Any]

HISTORY = Path(contracts.__file__).with_name("history.json")


def snapshots(name: str) -> list[Path]:
    return sorted((HERE / "schemas").glob(f"{name}.[0-9]*.json"), key=lambda path: int(path.suffixes[-2][1:]))


def main() -> None:
    for name, kind in CATALOGUE.items():
        released = snapshots(name)
        schema = json.dumps(json_schema(kind), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if released and released[-1].read_text() == schema:
            continue
        number = len(released) + 1
        (HERE / "schemas" / f"{name}.{number}.json").write_text(schema)
        golden = HERE / "golden" / f"{name}.{number}.json"
        golden.write_bytes(example_of(kind, number).encode() + b"\n")
    HISTORY.write_text(json.dumps(histories(), indent=1) + "\n")


def histories() -> dict[str, list[list[str]]]:
    """Return for each type what each of its snapshots added."""
    return {name: additions([json.loads(path.read_text()) for path in snapshots(name)]) for name in CATALOGUE}


def additions(schemas: Sequence[Schema]) -> list[list[str]]:
    """Return the fields that each schema has and the one before it had not."""
    return [sorted(fields(after, before) - fields(before, before)) for before, after in pairwise([{}, *schemas])]


def fields(schema: Schema, before: Schema) -> set[str]:
    """Return the fields of a schema, and those within of the types that the schema before it had too."""
    within = {
        f"{kind}.{field}"
        for kind in before.get("$defs", {})
        for field in schema.get("$defs", {}).get(kind, {}).get("properties", ())
    }
    return {*schema.get("properties", ()), *within}


if __name__ == "__main__":
    main()
