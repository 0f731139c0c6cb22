"""`linli district`."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from linli.cli.main import app
from linli.district import GridFormat, load_district, read_grid
from linli.district.load import EXAMPLE


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["district", *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "district"))


def test_check_says_what_is_in_a_sound_folder(folder: Path) -> None:
    result = run("check", str(folder))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1].startswith(f"{len(load_district().units)} units, ")
    assert result.stdout == run("check").stdout


def test_check_says_every_fault_on_a_line_of_its_own(folder: Path) -> None:
    (folder / "grid.yaml").write_text("units: [{path: Top}]")
    (folder / "departments.yaml").unlink()
    result = run("check", str(folder))
    assert (result.exit_code, result.stdout) == (1, "")
    said = result.stderr.splitlines()
    assert len(said) > 2
    assert all(line.startswith(("linli: grid.yaml: Top: ", "linli: departments.yaml: file: ")) for line in said)


def test_check_warns_of_outlines_that_overlap(folder: Path) -> None:
    ring = "[[119, 26], [119.01, 26], [119.01, 26.01], [119, 26]]"
    outline = f"outline: {{type: Polygon, coordinates: [{ring}]}}"
    units = "".join(
        f"  - {{path: {path}, level: subdistrict, name: {{zh_hans: 街道}}, {outline}, persons: "
        f"[{{id: {path}, name: 例某, post: {{zh_hans: 街道网格长}}}}]}}\n"
        for path in ("sanchajie", "other")
    )
    (folder / "grid.yaml").write_text(f"units:\n{units}", encoding="utf-8")
    for others in ("overrides.yaml", "calendars.yaml", "teams.yaml"):
        (folder / others).unlink(missing_ok=True)
    result = run("check", str(folder))
    assert result.exit_code == 0
    assert "warning: grid.yaml: other: its outline overlaps that of sanchajie by " in result.stdout


@pytest.mark.parametrize("written", GridFormat)
def test_export_writes_the_grid_so_that_it_reads_the_same(folder: Path, written: GridFormat) -> None:
    result = run("export", str(folder), "--format", written)
    assert result.exit_code == 0
    assert read_grid(result.stdout, written) == load_district().units


def test_export_in_an_unknown_format_is_refused(folder: Path) -> None:
    assert run("export", str(folder), "--format", "shapefile").exit_code == 2
