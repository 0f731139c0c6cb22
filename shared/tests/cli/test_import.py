"""`linli import`: reports out of files as people have them."""

import csv
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
from openpyxl.chart import BarChart
from typer.testing import Result

from linli.cli import upload

from .conftest import DROP, TOKEN, Intake, descriptions, workbook

Run = Callable[..., Result]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_text_arrives_whole_in_every_encoding(run_import: Run, intake: Intake, tmp_path: Path, encoding: str) -> None:
    file = write(tmp_path / "in.csv", "编号,内容\n1,楼道灯不亮，晚上看不清。\n2,下水道堵了\n", encoding)
    result = run_import(file, "--map", "内容=description", "--source-id", "编号", "--area", "sanchajie/jinpu")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "2 accepted, 0 rejected\n"
    assert descriptions(intake) == ["下水道堵了", "楼道灯不亮，晚上看不清。"]
    assert all(body["area"] == "sanchajie/jinpu" for body in intake.issues.values())
    assert all(body["source"] == "import" for body in intake.issues.values())


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(run_import: Run, intake: Intake, tmp_path: Path, delimiter: str) -> None:
    rows = [["id", "description", "area"], ["1", 'a "quoted" text', "top"]]
    with (tmp_path / "in.csv").open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    assert run_import(tmp_path / "in.csv").exit_code == 0
    assert [(body["description"], body["area"]) for body in intake.issues.values()] == [('a "quoted" text', "top")]


def test_workbook_is_read(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["no", "what", "when", "lat", "lon"],
        [1.0, "路灯坏了", datetime(2025, 3, 1, 8, 30), 26.04, 119.32],  # noqa: DTZ001 - a workbook knows no zones
        [None, None, None, None, None],
        [2, "井盖破损", "2025/3/2", None, None],
    ]
    maps = ["--map", "what=description", "--map", "when=description", "--map", "lat=lat", "--map", "lon=lon"]
    result = run_import(workbook(tmp_path / "in.xlsx", rows), *maps, "--source-id", "no")
    assert result.exit_code == 0, result.stderr
    assert descriptions(intake) == ["井盖破损\n2025/3/2", "路灯坏了\n2025-03-01 08:30:00"]
    [located] = [body for body in intake.issues.values() if "location" in body]
    assert located["location"] == {"lat": 26.04, "lon": 119.32}


def test_second_run_reports_nothing_twice(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "id,description\n1,one\n2,two\n")
    assert run_import(file, "--source-id", "id").exit_code == 0
    write(file, "id,description\n1,one\n2,two\n3,three\n")
    assert run_import(file, "--source-id", "id").exit_code == 0
    assert descriptions(intake) == ["one", "three", "two"]


def test_equal_ids_of_two_sources_are_two_issues(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    one = write(tmp_path / "one.csv", "id,description\n1,of the hotline\n")
    other = write(tmp_path / "other.csv", "id,description\n1,of the letters\n")
    for _ in range(2):
        assert run_import(one, "--source-id", "id", "--source", "hotline").exit_code == 0
        assert run_import(other, "--source-id", "id", "--source", "letters").exit_code == 0
    assert descriptions(intake) == ["of the hotline", "of the letters"]


def test_without_an_id_equal_rows_are_one_issue(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "description\none\none\ntwo\n")
    for _ in range(2):
        assert run_import(file).stdout == "3 accepted, 0 rejected\n"
    assert descriptions(intake) == ["one", "two"]


def test_bad_rows_are_named_and_the_good_ones_kept(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    long = "长" * 4001
    rows = ["1,good,", "2,,", f"3,{long},", "4,secret words,no.such", "5,more,,cells", ",no id,", "", "6,fine,"]
    file = write(tmp_path / "in.csv", "id,description,category\n" + "\n".join(rows) + "\n")
    result = run_import(file, "--source-id", "id", "--rejected", str(tmp_path / "out.csv"))
    assert result.exit_code == 1
    assert result.stdout == "2 accepted, 5 rejected\n"
    assert sorted(result.stderr.splitlines()) == [
        "row 3: description: 1 to 4000 characters",
        "row 4: description: 1 to 4000 characters",
        "row 5: category: no such category",
        "row 6: has 4 cells, the header has 3",
        "row 7: id is empty",
    ]
    assert descriptions(intake) == ["fine", "good"]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as out:
        written = {row["row"]: row for row in csv.DictReader(out)}
    assert written["4"]["description"] == long
    assert written["5"]["reason"] == "category: no such category"


def test_rejected_rows_can_be_mended_and_imported(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "id,description\n1,one\n2,\n")
    out = tmp_path / "out.csv"
    assert run_import(file, "--source-id", "id", "--rejected", str(out)).exit_code == 1
    out.write_text(out.read_text(encoding="utf-8-sig").replace("\n2,", "\n2,mended"), encoding="utf-8-sig")
    assert run_import(out, "--source-id", "id").exit_code == 0
    assert descriptions(intake) == ["mended", "one"]


def test_a_dry_run_says_what_would_become_of_each_row_and_reports_nothing(
    run_import: Run, intake: Intake, tmp_path: Path
) -> None:
    file = write(tmp_path / "in.csv", "id,description\n1,one\n2,two\n")
    assert run_import(file, "--source-id", "id").exit_code == 0
    write(file, "id,description\n1,one\n2,changed\n3,three\n4,\n3,three\n3,third\n,five\n")
    result = run_import(file, "--source-id", "id", "--dry-run", "--rejected", str(tmp_path / "out.csv"))
    assert (result.exit_code, descriptions(intake)) == (1, ["one", "two"])
    assert result.stdout == "1 would be accepted, 2 are there already, 4 would be rejected\n"
    assert sorted(result.stderr.splitlines()) == [
        "row 2: there already: issue 1",
        "row 3: The idempotency key was used with another body",
        "row 5: description: 1 to 4000 characters",
        "row 6: there already: the same as row 4",
        "row 7: has the id of row 4, and differs",
        "row 8: id is empty",
    ]
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as out:
        assert sorted(row["row"] for row in csv.DictReader(out)) == ["3", "5", "7", "8"]
    write(file, "id,description\n3,three\n")
    good = run_import(file, "--source-id", "id", "--dry-run")
    assert (good.exit_code, good.stdout) == (0, "1 would be accepted, 0 are there already, 0 would be rejected\n")


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("2019/8/19 11:48:23", "2019-08-19T11:48:23+08:00"),
        ("2019.8.19 7:05", "2019-08-19T07:05:00+08:00"),
        ("2019-08-19", "2019-08-19T00:00:00+08:00"),
        ("2019-08-19T11:48:23Z", "2019-08-19T11:48:23+00:00"),
    ],
)
def test_times_are_those_of_the_place(run_import: Run, intake: Intake, tmp_path: Path, written: str, made: str) -> None:
    file = write(tmp_path / "in.csv", f"id,description,made_at\n1,one,{written}\n2,two,\n")
    assert run_import(file).exit_code == 0
    assert [body.get("made_at") for body in intake.issues.values() if body["description"] == "one"] == [made]
    assert all("made_at" not in body for body in intake.issues.values() if body["description"] == "two")


def test_what_is_no_time_or_zone_is_told(run_import: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "description,made_at\none,2019/13/40\ntwo,yesterday\n")
    result = run_import(file)
    assert sorted(result.stderr.splitlines()) == ["row 2: made_at: not a time", "row 3: made_at: not a time"]
    assert run_import(file, "--zone", "Mars/Base").exit_code == 2


def test_row_that_changed_since_is_told(run_import: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "id,description\n1,one\n")
    assert run_import(file, "--source-id", "id").exit_code == 0
    result = run_import(write(file, "id,description\n1,changed\n"), "--source-id", "id")
    assert result.exit_code == 1
    assert "row 2: The idempotency key was used with another body" in result.stderr


def test_passing_failures_are_survived(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    intake.failures = [503, DROP, 429, 502, DROP]
    file = write(tmp_path / "in.csv", "description\n" + "".join(f"text {n}\n" for n in range(30)))
    result = run_import(file)
    assert result.exit_code == 0, result.stderr
    assert len(intake.issues) == 30


def test_requests_at_once_are_bounded(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "description\n" + "".join(f"text {n}\n" for n in range(200)))
    assert run_import(file).exit_code == 0
    assert 1 < intake.most_under_way <= upload.AT_ONCE


def test_server_that_stays_away_ends_the_import(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    intake.failures = [503] * 1000
    result = run_import(write(tmp_path / "in.csv", "description\none\n"))
    assert result.exit_code == 2
    assert "does not answer: status 503" in result.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": "http://127.0.0.1:1"}, "does not answer"),
        ({"url": "127.0.0.1:8000"}, "http://"),
        ({"token": "another"}, "A valid bearer token is needed"),
        ({"token": "two\nlines"}, "no token"),
    ],
)
def test_server_or_token_that_cannot_be_used_ends_the_import(
    run_import: Run, tmp_path: Path, options: dict[str, str], words: str
) -> None:
    result = run_import(write(tmp_path / "in.csv", "description\none\n"), **options)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xff\xfe\xff", "neither UTF-8 nor GB18030"),
        (b"a,b\n\xff\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04 and no more", "no workbook"),
        (b"\xd0\xcf\x11\xe0 old", "old .xls"),
        (b"a,b\n1,2\n", "no column is the description"),
    ],
)
def test_file_that_cannot_be_used_is_refused(run_import: Run, tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    result = run_import(tmp_path / "in.csv")
    assert result.exit_code == 2
    assert words in result.stderr
    assert not isinstance(result.exception, (UnicodeError, KeyError))


def test_workbook_that_is_torn_amid_its_rows_is_refused_before_any_is_reported(
    run_import: Run, intake: Intake, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(["id", "description"])
    for number in range(3000):
        book.worksheets[0].append([number, "路灯坏了"])
    whole, torn = tmp_path / "in.xlsx", tmp_path / "torn.xlsx"
    book.save(whole)
    with ZipFile(whole) as old, ZipFile(torn, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    result = run_import(torn, "--source-id", "id")
    assert result.exit_code == 2, result.exception
    assert "no workbook: ParseError" in result.stderr
    assert intake.issues == {}


def test_workbook_without_a_sheet_of_rows_is_refused(run_import: Run, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("chart").add_chart(BarChart())
    book.remove(book["Sheet"])
    book.save(tmp_path / "in.xlsx")
    result = run_import(tmp_path / "in.xlsx")
    assert (result.exit_code, "has no sheet with rows" in result.stderr) == (2, True), result.exception


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--map", "nothing=description"], "no column is called 'nothing'; columns: id, text, id"),
        (["--map", "id=description"], "more than one column is called 'id'"),
        (["--map", "description=text"], "did you mean text=description?"),
        (["--map", "text"], "is not COLUMN=FIELD"),
        (["--map", "text=description", "--source-id", "number"], "no column is called 'number'"),
    ],
)
def test_mapping_that_does_not_fit_is_explained(
    run_import: Run, tmp_path: Path, options: list[str], words: str
) -> None:
    result = run_import(write(tmp_path / "in.csv", "id,text,id\n1,a,2\n"), *options)
    assert result.exit_code == 2
    assert words in result.stderr


def test_missing_file_is_told(run_import: Run, tmp_path: Path) -> None:
    result = run_import(tmp_path / "none.csv")
    assert result.exit_code == 2
    assert "cannot be read: No such file" in result.stderr


def test_file_is_never_overwritten_by_its_rejects(run_import: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "in.csv", "description\none\n")
    assert run_import(file, "--rejected", str(file)).exit_code == 2
    assert file.read_text() == "description\none\n"


def test_token_is_never_shown(run_import: Run, intake: Intake, tmp_path: Path) -> None:
    intake.failures = [500]
    result = run_import(write(tmp_path / "in.csv", "description\none\n"))
    assert result.exit_code == 1
    assert TOKEN not in result.output
