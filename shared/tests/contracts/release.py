"""Write the schema and the golden payload of event types that have none yet; what was released is never rewritten.

Run it after adding a type or an optional field: ``uv run python shared/tests/contracts/release.py``. The schema of a
type that changed is written as a further snapshot, ``<type>.<n>.json``, beside the earlier ones.
"""

import json
from pathlib import Path

from linli.contracts import CATALOGUE, json_schema
from linli.contracts.examples import example_of

HERE = Path(__file__).parent


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


if __name__ == "__main__":
    main()
