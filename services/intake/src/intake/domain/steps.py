"""The way of a case as its reporter is shown it."""

from linli.contracts import (
    CaseAbsorbed,
    CaseAccepted,
    CaseClosed,
    CaseDeclined,
    CaseDelegated,
    CaseEscalated,
    CaseExtended,
    CaseInspected,
    CaseMerged,
    CaseMergeRefused,
    CaseReleased,
    CaseReopened,
    CaseResolved,
    CaseResumed,
    CaseReturned,
    CaseRouted,
    CaseStarted,
    CaseSuspended,
    CaseTransferred,
    CaseUnmerged,
    CaseVerified,
    CaseWithdrawn,
    EventData,
)
from linli.district import Text as Words
from linli.district.known import KnownDistrict

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
    "delegated": Words(
        zh_hans="{unit}已下派，由基层单元办理",
        zh_hant="{unit}已下派，由基層單元辦理",
        en="Given by {unit} to a unit closer by",
    ),
    "transferred": Words(zh_hans="已由{unit}转办", zh_hant="已由{unit}轉辦", en="Passed on by {unit}"),
    "extended": Words(
        zh_hans="办理时限已延长：{reason}", zh_hant="辦理時限已延長：{reason}", en="More time is needed: {reason}"
    ),
    "suspended": Words(zh_hans="暂缓办理：{reason}", zh_hant="暫緩辦理：{reason}", en="Put off for now: {reason}"),
    "resumed": Words(zh_hans="已恢复办理", zh_hant="已恢復辦理", en="Work goes on"),
    "declined": Words(zh_hans="不予受理：{reason}", zh_hant="不予受理：{reason}", en="Cannot be taken on: {reason}"),
    "merged": Words(
        zh_hans="与同一事项的其他诉求合并办理",
        zh_hant="與同一事項的其他訴求合併辦理",
        en="Handled together with another report of the same matter",
    ),
    "unmerged": Words(zh_hans="恢复单独办理", zh_hant="恢復單獨辦理", en="Handled by itself again"),
    "merge-refused": Words(
        zh_hans="未与其他诉求合并，仍单独办理",
        zh_hant="未與其他訴求合併，仍單獨辦理",
        en="Not handled together with another report after all",
    ),
    "absorbed": Words(
        zh_hans="另一诉求并入本件一并办理",
        zh_hant="另一訴求併入本件一併辦理",
        en="Another report of the same matter is handled with it",
    ),
    "released": Words(
        zh_hans="并入的诉求恢复单独办理",
        zh_hant="併入的訴求恢復單獨辦理",
        en="A report that was handled with it is handled by itself again",
    ),
    "withdrawn": Words(zh_hans="已撤回", zh_hant="已撤回", en="Withdrawn"),
}
"""Each kind of step in the reader's words; the braces are filled from the step."""

KINDS: dict[type[EventData], str] = {
    CaseRouted: "routed",
    CaseAccepted: "accepted",
    CaseStarted: "started",
    CaseEscalated: "escalated",
    CaseReturned: "returned",
    CaseResolved: "resolved",
    CaseInspected: "verified",
    CaseVerified: "verified",
    CaseReopened: "reopened",
    CaseClosed: "closed",
    CaseDelegated: "delegated",
    CaseTransferred: "transferred",
    CaseExtended: "extended",
    CaseSuspended: "suspended",
    CaseResumed: "resumed",
    CaseDeclined: "declined",
    CaseMerged: "merged",
    CaseMergeRefused: "merge-refused",
    CaseAbsorbed: "absorbed",
    CaseReleased: "released",
    CaseUnmerged: "unmerged",
    CaseWithdrawn: "withdrawn",
}


def params(data: EventData) -> dict[str, str]:
    """Return what a step keeps of the event it comes from."""
    match data:
        case CaseRouted(unit=unit, handler=handler):
            return {"unit": unit, "handler": handler.id, "name": handler.name, "post": handler.post}
        case CaseAccepted(handler=handler) | CaseStarted(handler=handler):
            return {"name": handler.name}
        case (
            CaseEscalated(from_unit=unit)
            | CaseReturned(from_unit=unit)
            | CaseDelegated(from_unit=unit)
            | CaseTransferred(from_unit=unit)
        ):
            return {"unit": unit}
        case CaseExtended(reason=reason) | CaseSuspended(reason=reason) | CaseDeclined(reason=reason):
            return {"reason": reason}
        case CaseResolved(outcome=outcome):
            return {"outcome": outcome}
        case _:
            return {}


def sentence(kind: str, kept: dict[str, str], language: str, district: KnownDistrict) -> str:
    """Return a step in the reader's language; units and posts are named as the grid names them now."""
    filled = dict(kept)
    person = district.persons.get(filled.get("handler", ""))
    if person is not None:
        filled["post"] = person.post.in_language(language)
    unit = district.named(filled.get("unit", ""))
    if unit is not None:
        filled["unit"] = unit.name.in_language(language)
    return STEPS[kind].in_language(language).format_map(filled)
