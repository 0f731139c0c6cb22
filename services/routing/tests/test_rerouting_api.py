"""Letting the rules decide again, through the API: counted as a hop with its reason, and never back and forth."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from .districts import B2, JINPU, LIANBANG, catalogue, changed, close, problem, publish_catalogue
from .service import B3, B3_HEAD, LIGHT, Service
from .test_clocks_worker import pass_time

SECOND = {"id": "li-erhao", "name": "例二号", "post": {"zh_hans": "楼栋长", "en": "Building head"}}


async def let_the_community_settle_lights(service: Service) -> None:
    categories = changed(await catalogue(service), LIGHT, authority="community", confidential=True)
    assert (await publish_catalogue(service, categories)).status_code == 200


async def add_a_second_head(service: Service) -> None:
    persons = (await service.get(f"/units/{B3}")).json()["unit"]["persons"]
    edit = {"unit": {"persons": [*persons, SECOND]}}
    answer = await service.client.patch(f"/v1/units/{B3}", headers=service.platform, json=edit)
    assert answer.status_code == 200, answer.text


async def owners(service: Service, case_id: UUID, times: int) -> list[tuple[str, int]]:
    answers = [(await service.move(case_id, "route")).json() for _ in range(times)]
    return [(answer["handler"]["id"], answer["version"]) for answer in answers]


async def test_routing_again_and_again_between_equal_handlers_moves_nothing(service: Service) -> None:
    case_id = await service.open()
    await add_a_second_head(service)
    assert await owners(service, case_id, 4) == [(B3_HEAD, 2)] * 4


async def test_routing_again_counts_what_the_others_have_without_the_case_itself(service: Service) -> None:
    case_id, _other = await service.open(), await service.open()
    await add_a_second_head(service)
    assert [owner for owner, _ in await owners(service, case_id, 3)] == [SECOND["id"]] * 3


async def test_routing_again_is_a_hop_with_a_reason_and_a_way_that_the_case_took(service: Service) -> None:
    case_id = await service.open()
    await let_the_community_settle_lights(service)
    routed = (await service.move(case_id, "route")).json()
    assert (routed["unit"], routed["hops"], routed["confidential"]) == (JINPU, 1, True)
    history = (await service.get(f"/cases/{case_id}/history")).json()["items"]
    assert [(move["action"], move["reason"]) for move in history] == [
        ("route", None),
        ("route", "按现行规则重新派单 / decided again by the rules of today"),
    ]
    explanation = (await service.get(f"/cases/{case_id}/explanation")).json()
    assert [(hop["action"], hop["reason"]) for hop in explanation["hops"]] == [("route", history[1]["reason"])]
    [way] = (await service.get("/reroutings", unit=B3)).json()
    assert (way["from_unit"], way["to_unit"], way["action"], way["moves"]) == (B3, JINPU, "route", 1)


async def test_what_the_clock_escalated_is_not_sent_back(service: Service) -> None:
    case_id = await service.open()
    assert await pass_time(service, at=datetime.now(UTC) + timedelta(days=200)) == 1
    refused = await service.move(case_id, "route")
    assert problem(refused) == (409, "escalated")
    assert (await service.get(f"/cases/{case_id}")).json()["unit"] == LIANBANG


async def test_a_case_that_is_not_rehomed_yet_is_routed_to_the_successor_of_its_place(service: Service) -> None:
    case_id = await service.open(LIGHT, B3)
    await close(service, B3, B2)
    routed = (await service.move(case_id, "route")).json()
    assert (routed["unit"], routed["area"], routed["handler"]["id"]) == (B2, B2, "li-ershun")
