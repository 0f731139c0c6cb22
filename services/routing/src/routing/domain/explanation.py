"""Why a case is where it is: the rules that were considered, and their sentences in three languages."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from linli.district import LimitKind, Text


class RuleCode(StrEnum):
    """The rules that decide where a case goes."""

    CATEGORY = "category"
    AREA = "area"
    AUTHORITY = "authority"
    TOP_UNIT = "top-unit"
    HANDLER = "handler"
    LEAD_DEPARTMENT = "lead-department"
    CO_DEPARTMENT = "co-department"
    TIME_LIMIT = "time-limit"
    CONFIDENTIAL = "confidential"
    VOLUNTEERS = "volunteers"
    ESCALATED = "escalated"
    RETURNED = "returned"
    HOP_LIMIT = "hop-limit"
    REOPENED = "reopened"


class Rule(BaseModel):
    """One rule that was considered, whether it applied, and what it was applied to.

    The names in ``params`` are those of the moment of the decision, so that it reads the same when the grid changes.
    """

    model_config = ConfigDict(frozen=True)

    code: RuleCode
    applied: bool
    params: Mapping[str, Text | str | int] = {}


LIMIT_KINDS = {
    LimitKind.CLOCK_HOURS: Text(zh_hans="小时", zh_hant="小時", en="hours"),
    LimitKind.WORKING_HOURS: Text(zh_hans="个工作小时", zh_hant="個工作小時", en="working hours"),
    LimitKind.WORKING_DAYS: Text(zh_hans="个工作日", zh_hant="個工作日", en="working days"),
}

SENTENCES = {
    (RuleCode.CATEGORY, True): Text(
        zh_hans="类别：{category}。",
        zh_hant="類別：{category}。",
        en="It is a matter of the category “{category}”.",
    ),
    (RuleCode.CATEGORY, False): Text(
        zh_hans="目录中没有类别 {code}，按“{category}”办理。",
        zh_hant="目錄中沒有類別 {code}，按「{category}」辦理。",
        en="The catalogue has no category {code}; the rules of “{category}” apply.",
    ),
    (RuleCode.AREA, True): Text(
        zh_hans="地点属于{unit}。",
        zh_hant="地點屬於{unit}。",
        en="The place belongs to {unit}.",
    ),
    (RuleCode.AREA, False): Text(
        zh_hans="网格中没有 {area}，由{unit}兜底负责。",
        zh_hant="網格中沒有 {area}，由{unit}兜底負責。",
        en="The grid has no {area}, so {unit} is responsible.",
    ),
    (RuleCode.AUTHORITY, True): Text(
        zh_hans="{unit}属{level}一级，有权办理（须{authority}及以上）。",
        zh_hant="{unit}屬{level}一級，有權辦理（須{authority}及以上）。",
        en="{unit} is a {level} and may settle it ({authority} or above is needed).",
    ),
    (RuleCode.AUTHORITY, False): Text(
        zh_hans="{unit}属{level}一级，无权办理（须{authority}及以上）。",
        zh_hant="{unit}屬{level}一級，無權辦理（須{authority}及以上）。",
        en="{unit} is a {level} and may not settle it ({authority} or above is needed).",
    ),
    (RuleCode.TOP_UNIT, True): Text(
        zh_hans="没有单元具备该权限，由{unit}兜底负责。",
        zh_hant="沒有單元具備該權限，由{unit}兜底負責。",
        en="No unit has the authority, so {unit} is responsible.",
    ),
    (RuleCode.HANDLER, True): Text(
        zh_hans="责任人：{unit}{post}{name}。",
        zh_hant="責任人：{unit}{post}{name}。",
        en="The handler is {name}, {post} of {unit}.",
    ),
    (RuleCode.HANDLER, False): Text(
        zh_hans="{unit}没有责任人，由上级{above}的{post}{name}负责。",
        zh_hant="{unit}沒有責任人，由上級{above}的{post}{name}負責。",
        en="{unit} names nobody, so the handler is {name}, {post} of {above}.",
    ),
    (RuleCode.LEAD_DEPARTMENT, True): Text(
        zh_hans="主办部门：{department}。",
        zh_hant="主辦部門：{department}。",
        en="The leading department is {department}.",
    ),
    (RuleCode.CO_DEPARTMENT, True): Text(
        zh_hans="协办部门：{department}。",
        zh_hant="協辦部門：{department}。",
        en="{department} co-handles it.",
    ),
    (RuleCode.TIME_LIMIT, True): Text(
        zh_hans="办理时限：{amount}{kind}。",
        zh_hant="辦理時限：{amount}{kind}。",
        en="The time limit is {amount} {kind}.",
    ),
    (RuleCode.CONFIDENTIAL, True): Text(
        zh_hans="该类别保密，内容不外传。",
        zh_hant="該類別保密，內容不外傳。",
        en="The category is confidential: what was written is not passed on.",
    ),
    (RuleCode.CONFIDENTIAL, False): Text(
        zh_hans="该类别不涉密。",
        zh_hant="該類別不涉密。",
        en="The category is not confidential.",
    ),
    (RuleCode.VOLUNTEERS, True): Text(
        zh_hans="招募志愿者 {count} 名。",
        zh_hant="招募志願者 {count} 名。",
        en="Volunteers are looked for: {count}.",
    ),
    (RuleCode.VOLUNTEERS, False): Text(
        zh_hans="不需要志愿者。",
        zh_hant="不需要志願者。",
        en="No volunteers are needed.",
    ),
    (RuleCode.ESCALATED, True): Text(
        zh_hans="{below}上报至{unit}（第 {hops} 次流转）。",
        zh_hant="{below}上報至{unit}（第 {hops} 次流轉）。",
        en="{below} escalated it to {unit} (move {hops}).",
    ),
    (RuleCode.RETURNED, True): Text(
        zh_hans="{below}退单至{unit}（第 {hops} 次流转）。",
        zh_hant="{below}退單至{unit}（第 {hops} 次流轉）。",
        en="{below} returned it to {unit} (move {hops}).",
    ),
    (RuleCode.HOP_LIMIT, True): Text(
        zh_hans="已流转 {limit} 次，直接由{unit}负责。",
        zh_hant="已流轉 {limit} 次，直接由{unit}負責。",
        en="It had moved {limit} times, so it went straight to {unit}.",
    ),
    (RuleCode.REOPENED, True): Text(
        zh_hans="回访未解决，由原责任人{name}返工。",
        zh_hant="回訪未解決，由原責任人{name}返工。",
        en="The return visit found it unsolved; the same handler, {name}, takes it up again.",
    ),
}
"""The sentence of each rule, for when it applied and for when it did not."""


def explain(rules: Iterable[Rule], language: str) -> tuple[str, ...]:
    """Return one sentence per rule in the language of a BCP 47 tag, in the order of the rules."""
    return tuple(_sentence(rule, language) for rule in rules)


def _sentence(rule: Rule, language: str) -> str:
    words = {
        name: value.in_language(language) if isinstance(value, Text) else value for name, value in rule.params.items()
    }
    return SENTENCES[rule.code, rule.applied].in_language(language).format(**words)
