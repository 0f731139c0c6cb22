"""What each rule says, in three languages."""

from linli.district import Text
from routing.domain.rules import RuleCode

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
    (RuleCode.DELEGATED, True): Text(
        zh_hans="{below}下派至{unit}（第 {hops} 次流转）。",
        zh_hant="{below}下派至{unit}（第 {hops} 次流轉）。",
        en="{below} gave it to {unit} beneath it (move {hops}).",
    ),
    (RuleCode.TRANSFERRED, True): Text(
        zh_hans="{below}转办至{unit}（第 {hops} 次流转）。",
        zh_hant="{below}轉辦至{unit}（第 {hops} 次流轉）。",
        en="{below} passed it on to {unit} (move {hops}).",
    ),
    (RuleCode.ROUTED_AGAIN, True): Text(
        zh_hans="按现行规则重新派单：{below}改由{unit}负责（第 {hops} 次流转）。",
        zh_hant="按現行規則重新派單：{below}改由{unit}負責（第 {hops} 次流轉）。",
        en="The rules decided again: from {below} it went to {unit} (move {hops}).",
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
    (RuleCode.REHOMED, True): Text(
        zh_hans="网格已调整，{below}的案件由{unit}接办。",
        zh_hant="網格已調整，{below}的案件由{unit}接辦。",
        en="The grid has changed: {unit} takes over the cases of {below}.",
    ),
    (RuleCode.HANDLER_LEFT, True): Text(
        zh_hans="{name}已不再负责{unit}，案件改由他人接办。",
        zh_hant="{name}已不再負責{unit}，案件改由他人接辦。",
        en="{name} is no longer responsible for {unit}; somebody else takes over.",
    ),
    (RuleCode.NOT_VERIFIED, True): Text(
        zh_hans="核查未通过，由原责任人{name}返工。",
        zh_hant="核查未通過，由原責任人{name}返工。",
        en="Somebody looked and found it not done; the same handler, {name}, takes it up again.",
    ),
    (RuleCode.OVERRIDE, True): Text(
        zh_hans="特别规则“{name}”适用，改变：{changes}。",
        zh_hant="特別規則「{name}」適用，改變：{changes}。",
        en="The special rule “{name}” applies; it changes: {changes}.",
    ),
    (RuleCode.OVERRIDE_AREA, False): Text(
        zh_hans="特别规则“{name}”不适用：地点不在其范围内。",
        zh_hant="特別規則「{name}」不適用：地點不在其範圍內。",
        en="The special rule “{name}” does not apply: the place lies outside of its areas.",
    ),
    (RuleCode.OVERRIDE_TIME, False): Text(
        zh_hans="特别规则“{name}”不适用：不在其时段内。",
        zh_hant="特別規則「{name}」不適用：不在其時段內。",
        en="The special rule “{name}” does not apply: the moment lies outside of its periods.",
    ),
    (RuleCode.OVERRIDE_ATTRIBUTE, False): Text(
        zh_hans="特别规则“{name}”不适用：条件 {attribute} 不符。",
        zh_hant="特別規則「{name}」不適用：條件 {attribute} 不符。",
        en="The special rule “{name}” does not apply: the detail {attribute} is another or was not given.",
    ),
    (RuleCode.OVERRIDE_OVERTAKEN, False): Text(
        zh_hans="特别规则“{name}”的条件成立，但排在前面的规则已作规定。",
        zh_hant="特別規則「{name}」的條件成立，但排在前面的規則已作規定。",
        en="The special rule “{name}” would apply, but earlier ones take precedence in all that it changes.",
    ),
    (RuleCode.NAMED_UNIT, True): Text(
        zh_hans="特别规则指定由{unit}办理。",
        zh_hant="特別規則指定由{unit}辦理。",
        en="A special rule names {unit} to settle it.",
    ),
    (RuleCode.CLOSED_UNIT, True): Text(
        zh_hans="{unit}已撤销，由{successor}接办。",
        zh_hant="{unit}已撤銷，由{successor}接辦。",
        en="{unit} is closed, and {successor} answers in its place.",
    ),
    (RuleCode.ON_DUTY, True): Text(
        zh_hans="{name}当值。",
        zh_hant="{name}當值。",
        en="{name} is on duty.",
    ),
    (RuleCode.ON_DUTY, False): Text(
        zh_hans="{name}不当值。",
        zh_hant="{name}不當值。",
        en="{name} is off duty.",
    ),
    (RuleCode.DEPUTY, True): Text(
        zh_hans="{name}由{deputy}代理。",
        zh_hant="{name}由{deputy}代理。",
        en="{deputy} stands in for {name}.",
    ),
    (RuleCode.DEPUTY, False): Text(
        zh_hans="代理人{deputy}也不当值，不能代理{name}。",
        zh_hant="代理人{deputy}也不當值，不能代理{name}。",
        en="The deputy {deputy} is off duty too and cannot stand in for {name}.",
    ),
    (RuleCode.UNIT_ON_DUTY, False): Text(
        zh_hans="{unit}无人当值，看上一级。",
        zh_hant="{unit}無人當值，看上一級。",
        en="Nobody of {unit} is on duty, so the unit above is looked at.",
    ),
    (RuleCode.ALL_OFF_DUTY, True): Text(
        zh_hans="各级均无人当值，仍由{unit}的首位责任人负责。",
        zh_hant="各級均無人當值，仍由{unit}的首位責任人負責。",
        en="Nobody is on duty on any level, so it stays with the first person of {unit}.",
    ),
    (RuleCode.LOAD, True): Text(
        zh_hans="当值的 {number} 人中，{name}在办案件最少（{count} 件）。",
        zh_hant="當值的 {number} 人中，{name}在辦案件最少（{count} 件）。",
        en="Of the {number} who can take it, {name} has the fewest open cases ({count}).",
    ),
    (RuleCode.HANDLER_ABOVE, True): Text(
        zh_hans="责任人：上级{above}当值的{post}{name}。",
        zh_hant="責任人：上級{above}當值的{post}{name}。",
        en="The handler is {name}, {post} of {above}, the nearest unit above with somebody on duty.",
    ),
    (RuleCode.URGENCY, True): Text(
        zh_hans="紧急程度：{urgency}。",
        zh_hant="緊急程度：{urgency}。",
        en="It is {urgency}.",
    ),
    (RuleCode.URGENCY, False): Text(
        zh_hans="紧急程度：一般。",
        zh_hant="緊急程度：一般。",
        en="It is not urgent.",
    ),
}
"""The sentence of each rule, for when it applied and for when it did not."""
