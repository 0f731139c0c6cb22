import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("numpy", "scipy", "openpyxl", "PIL", "jinja2", "babel")
"""What takes a tenth of a second or more to load, and what few of a process's users need."""

NEEDS = {
    "linli.cli.main": set(),
    "linli.subscriber": set(),
    "intake.main": {"PIL"},
    "routing.main": {"numpy"},
    "volunteer.main": set(),
    "notify.main": {"babel", "jinja2"},
}
WHICH_ARE_LOADED = (
    "import importlib, sys; importlib.import_module(sys.argv[1]); print(*set(sys.argv[2:]) & set(sys.modules))"
)
SERVICES = ("intake", "routing", "volunteer", "notify")
PROGRAMS = {**{service: f"{service}.__main__" for service in SERVICES}, "linli-standalone": "standalone.__main__"}
COLLECTING = """
import gc, importlib, sys
passes = []
gc.callbacks.append(lambda phase, info: passes.append(info))
from linli.chassis import loading
passes.clear()
importlib.import_module(sys.argv[1])
print(len(passes) < 10, gc.isenabled(), gc.get_freeze_count() > 10_000)
"""
WHICH_ARE_THERE = "import importlib.util, sys; print(*[n for n in sys.argv[1:] if importlib.util.find_spec(n)])"


@pytest.mark.parametrize("service", SERVICES)
def test_service_installs_alone(service: str, tmp_path: Path) -> None:
    environment = os.environ | {"UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv")}
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools/bin/uv")
    sync = [uv, "sync", "--quiet", "--package", service, "--no-dev", "--locked", "--no-editable"]
    subprocess.run(sync, cwd=ROOT, env=environment, check=True, timeout=110)

    python = tmp_path / "venv" / "bin" / "python"
    asked = [*SERVICES, "standalone", "linli", "pytest", "testcontainers"]
    # Isolated (-I): only what was installed counts, not this folder.
    there = subprocess.check_output([python, "-I", "-c", WHICH_ARE_THERE, *asked], cwd=tmp_path, text=True)

    assert there.split() == [service, "linli"]
    assert (tmp_path / "venv" / "bin" / service).exists()


@pytest.mark.parametrize("module", NEEDS)
def test_start_loads_only_what_every_run_needs(module: str) -> None:
    loaded = subprocess.check_output([sys.executable, "-c", WHICH_ARE_LOADED, module, *HEAVY], text=True, timeout=60)
    assert set(loaded.split()) == NEEDS[module]


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_a_program_loads_is_looked_through_for_garbage_neither_then_nor_later(program: str) -> None:
    [script] = entry_points(group="console_scripts", name=program)
    assert script.value == f"{PROGRAMS[program]}:main"
    said = subprocess.check_output([sys.executable, "-c", COLLECTING, script.module], text=True, timeout=60)
    assert said.split() == ["True", "True", "True"]
