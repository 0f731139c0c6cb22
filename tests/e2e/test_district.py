"""Staff change the grid in routing; residents and handlers meet the change everywhere, and no case is left behind."""

import json

from .suite import Suite
from .test_journey import report

JINPU, LIANBANG = "sanchajie/jinpu", "sanchajie/jinpu/lianbang"
THERE = "sanchajie/heyuan/lianbang"
STAIR_LIGHT = {"description": "楼道灯不亮", "category": "facility.stair-light", "area": f"{LIANBANG}/b3"}


async def test_unit_that_is_renamed_and_moved_is_so_for_everybody_and_its_cases_come_along(suite: Suite) -> None:
    staff = suite.token("li-desk", "platform")
    async with suite.running():
        issue, code = await report(suite, **STAIR_LIGHT)
        await suite.case(issue, "routed")
        routing = suite.clients["routing"]
        renamed = {"unit": {"name": {"zh_hans": "联邦新城叁号楼"}}}
        assert (await routing.patch(f"/v1/units/{LIANBANG}/b3", headers=staff, json=renamed)).is_success
        track, inbox = f"/v1/track/{code}", f"/v1/inbox/track/{code}"
        await suite.until(lambda: suite.get("intake", track), lambda shown: shown["area_name"] == "联邦新城叁号楼")
        await suite.until(lambda: suite.get("notify", inbox), lambda told: "叁号楼" in told["items"][0]["body"])

        answer = await suite.post("routing", f"/v1/units/{LIANBANG}/move", {"parent": "sanchajie/heyuan"}, staff)
        assert answer.is_success, answer.text
        place = f"{THERE}/b3"
        await suite.until(lambda: suite.get("intake", track), lambda shown: shown["area"] == shown["unit"] == place)
        assert (await suite.case(issue, "routed"))["unit"] == place
        await suite.until(lambda: suite.get("intake", "/v1/areas"), lambda areas: f'"{place}"' in json.dumps(areas))
        _, later = await report(suite, **STAIR_LIGHT)
        assert (await suite.get("intake", f"/v1/track/{later}"))["area"] == place

        await suite.act(issue, "accept")
        handler = suite.token("li-sanhe", "handler")
        await suite.until(
            lambda: suite.get("notify", "/v1/inbox", handler),
            lambda told: {issue} <= {one["issue_id"] for one in told["items"]},
        )
