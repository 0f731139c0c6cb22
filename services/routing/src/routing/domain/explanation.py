"""Why a case is where it is: the rules that were considered, and their sentences in three languages."""

from collections.abc import Iterable

from linli.district import LimitKind, Text, Urgency
from routing.domain.rules import Rule as Rule
from routing.domain.rules import RuleCode as RuleCode
from routing.domain.sentences import SENTENCES as SENTENCES

LIMIT_KINDS = {
    LimitKind.CLOCK_HOURS: Text(zh_hans="小时", zh_hant="小時", en="hours"),
    LimitKind.WORKING_HOURS: Text(zh_hans="个工作小时", zh_hant="個工作小時", en="working hours"),
    LimitKind.WORKING_DAYS: Text(zh_hans="个工作日", zh_hant="個工作日", en="working days"),
}

URGENCIES = {
    Urgency.NORMAL: Text(zh_hans="一般", zh_hant="一般", en="normal"),
    Urgency.URGENT: Text(zh_hans="紧急", zh_hant="緊急", en="urgent"),
    Urgency.EMERGENCY: Text(zh_hans="特急", zh_hant="特急", en="an emergency"),
}


def explain(rules: Iterable[Rule], language: str) -> tuple[str, ...]:
    """Return one sentence per rule in the language of a BCP 47 tag, in the order of the rules."""
    return tuple(_sentence(rule, language) for rule in rules)


def _sentence(rule: Rule, language: str) -> str:
    words = {
        name: value.in_language(language) if isinstance(value, Text) else value for name, value in rule.params.items()
    }
    return SENTENCES[rule.code, rule.applied].in_language(language).format(**words)
