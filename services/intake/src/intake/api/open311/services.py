"""What there is to report, and what is asked about it."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from intake.api.open311.documented import ERRORS, answers
from intake.api.open311.formats import MEDIA_TYPES, Format, answer
from intake.api.open311.provider import Provider
from intake.api.open311.views import service, service_definition, w3
from linli.chassis.district import CurrentDistrict, Districts
from linli.chassis.language import Language
from linli.chassis.problems import ProblemError
from linli.chassis.runtime import CurrentRuntime

PREFIX = "/open311/v2"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


async def _jurisdiction(runtime: CurrentRuntime, jurisdiction_id: str | None = None) -> None:
    runtime.extra(Provider).refuse_other(jurisdiction_id)


OfHere = Depends(_jurisdiction)
"""Refuses requests to another jurisdiction; one that is not named is this one."""

router = APIRouter(prefix=PREFIX, tags=["open311"], dependencies=[OfHere], responses=ERRORS)


@router.get("/discovery.{extension}", responses=answers(200, "`discovery`"))
async def discover(extension: Format, request: Request, runtime: CurrentRuntime, district: CurrentDistrict) -> Response:
    """Tell where the service is and what it speaks."""
    contact = runtime.extra(Provider).contact or district.top.name.zh_hans
    changed = w3(runtime.extra(Districts).changed_at)
    endpoint = {
        "specification": SPECIFICATION,
        "url": _address(request),
        "changeset": changed,
        "type": "production",
        "formats": list(MEDIA_TYPES.values()),
    }
    told = {"changeset": changed, "contact": contact, "key_service": contact, "endpoints": [endpoint]}
    return answer("discovery", told, extension)


def _address(request: Request) -> str:
    # Whoever keeps TLS in front of the service says so; at worst somebody is told a wrong address for themselves.
    told = request.headers.get("x-forwarded-proto", "")
    scheme = told if told in {"http", "https"} else request.url.scheme
    return f"{str(request.base_url.replace(scheme=scheme)).rstrip('/')}{PREFIX}"


@router.get("/services.{extension}", responses=answers(200, "`services`"))
async def list_services(extension: Format, district: CurrentDistrict, language: Language) -> Response:
    """List what can be reported."""
    return answer("services", [service(one, language) for one in district.categories.values()], extension)


@router.get("/services/{service_code}.{extension}", responses=answers(200, "`service_definition`"))
async def define_service(
    service_code: str, extension: Format, district: CurrentDistrict, language: Language
) -> Response:
    """Show what is asked about a matter."""
    category = district.categories.get(service_code)
    if category is None:
        raise ProblemError(404, "not-found", "Not found", "There is no such service_code.")
    return answer("service_definition", service_definition(category, language), extension)
