"""Write the schema and the golden payload of event types that have none yet; what was released is never rewritten.

Run it after adding a type or an optional field: ``uv run python shared/tests/contracts/release.py``. The schema of a
type that changed is written as a further snapshot, ``<type>.<n>.json``, beside the earlier ones.
"""

import json
import sys
from pathlib import Path
from uuid import UUID

HERE = Path(__file__).parent
TRACE = f"00-{'1' * 32}-{'2' * 16}-01"
sys.path.insert(0, str(HERE))

from examples import AT, EXAMPLES  # type: ignore[import-not-found]  # noqa: E402 - beside this file

from linli.contracts import CATALOGUE, json_schema, new_event  # noqa: E402


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
        [data] = [one for one in EXAMPLES if type(one) is kind.model]
        event = new_event(
            data, id=UUID(int=number), sequence=number, time=AT, traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01"
        )
        (HERE / "golden" / f"{name}.{number}.json").write_bytes(event.encode() + b"\n")


if __name__ == "__main__":
    main()
