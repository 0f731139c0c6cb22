"""What a caller of Open311 says, and what its XML means."""

from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from httpx import AsyncClient, Response

from ..conftest import API_KEY  # noqa: TID252 - a folder of tests has no name but its place

KEY = API_KEY
ROOT = "/open311/v2"
AT_B1 = {"lat": "26.0391", "long": "119.3244"}
NEEDED = {"api_key": KEY, "service_code": "facility.roof-leak", **AT_B1}


async def post(client: AsyncClient, path: str, fields: dict[str, Any], **headers: str) -> Response:
    return await client.post(
        f"{ROOT}/{path}",
        content=urlencode(fields, doseq=True),
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", **headers},
    )


async def get(client: AsyncClient, path: str, language: str = "en", **params: str) -> Any:
    answer = await client.get(f"{ROOT}/{path}", params=params, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def requested(client: AsyncClient, **change: Any) -> str:
    """Post a request and return its id."""
    answer = await post(client, "requests.json", {**NEEDED, **change})
    assert answer.status_code == 201, answer.text
    made: str = answer.json()[0]["service_request_id"]
    return made


def spark(element: ET.Element) -> Any:
    """Return what the XML means as JSON, by the Spark convention; every value is text."""
    lists = {
        "attributes", "endpoints", "errors", "formats", "notes", "service_request_updates", "service_requests",
        "services", "values",
    }  # fmt: skip
    if element.tag in lists:
        return [spark(child) for child in element]
    if len(element):
        return {child.tag: spark(child) for child in element}
    return element.text


def texts(value: Any) -> Any:
    """Return JSON with every value as the text that XML has for it."""
    if isinstance(value, dict):
        return {name: texts(member) for name, member in value.items()}
    if isinstance(value, list):
        return [texts(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else value if value is None else str(value) or None
