"""The way of a case as its reporter is shown it."""

from linli.contracts import (
    CaseAccepted,
    CaseClosed,
    CaseEscalated,
    CaseReopened,
    CaseResolved,
    CaseReturned,
    CaseRouted,
    CaseStarted,
    CaseVerified,
    EventData,
)
from linli.district import District
from linli.district import Text as Words

STEPS: dict[str, Words] = {
    "received": Words(zh_hans="已收到诉求", zh_hant="已收到訴求", en="Your report was received"),
    "routed": Words(
        zh_hans="已交由{unit}办理，责任人：{post}{name}",
        zh_hant="已交由{unit}辦理，責任人：{post}{name}",
        en="Given to {unit}; responsible: {name}, {post}",
    ),
    "accepted": Words(zh_hans="{name}已受理", zh_hant="{name}已受理", en="{name} has taken it on"),
    "started": Words(zh_hans="{name}已开始处理", zh_hant="{name}已開始處理", en="{name} has begun work"),
    "escalated": Words(
        zh_hans="超出{unit}权限，已上报",
        zh_hant="超出{unit}權限，已上報",
        en="Beyond the authority of {unit}; passed up",
    ),
    "returned": Words(
        zh_hans="{unit}已退单，重新派单", zh_hant="{unit}已退單，重新派單", en="Returned by {unit}; being reassigned"
    ),
    "resolved": Words(
        zh_hans="处置完成，请回访评价：{outcome}",
        zh_hant="處置完成，請回訪評價：{outcome}",
        en="Reported as done; please tell us whether it is: {outcome}",
    ),
    "verified": Words(zh_hans="核查通过", zh_hant="核查通過", en="Found to be solved"),
    "reopened": Words(zh_hans="未解决，已返工", zh_hant="未解決，已返工", en="Not solved; being done again"),
    "closed": Words(zh_hans="已结案", zh_hant="已結案", en="Closed"),
}
"""Each kind of step in the reader's words; the braces are filled from the step."""

KINDS: dict[type[EventData], str] = {
    CaseRouted: "routed",
    CaseAccepted: "accepted",
    CaseStarted: "started",
    CaseEscalated: "escalated",
    CaseReturned: "returned",
    CaseResolved: "resolved",
    CaseVerified: "verified",
    CaseReopened: "reopened",
    CaseClosed: "closed",
}


def params(data: EventData) -> dict[str, str]:
    """Return what a step keeps of the event it comes from."""
    match data:
        case CaseRouted(unit=unit, handler=handler):
            return {"unit": unit, "handler": handler.id, "name": handler.name, "post": handler.post}
        case CaseAccepted(handler=handler) | CaseStarted(handler=handler):
            return {"name": handler.name}
        case CaseEscalated(from_unit=unit) | CaseReturned(from_unit=unit):
            return {"unit": unit}
        case CaseResolved(outcome=outcome):
            return {"outcome": outcome}
        case _:
            return {}


def sentence(kind: str, kept: dict[str, str], language: str, district: District) -> str:
    """Return a step in the reader's language; units and posts are named as the grid names them now."""
    filled = dict(kept)
    person = district.persons.get(filled.get("handler", ""))
    if person is not None:
        filled["post"] = person.post.in_language(language)
    if "unit" in filled and filled["unit"] in district.units:
        filled["unit"] = district.unit(filled["unit"]).name.in_language(language)
    return STEPS[kind].in_language(language).format_map(filled)
