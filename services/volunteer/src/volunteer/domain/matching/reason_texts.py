"""What each reason says, in three languages."""

from collections.abc import Iterable

from linli.district import Text
from volunteer.domain.matching.reasons import Reason
from volunteer.domain.matching.reasons import ReasonCode as Code

SENTENCES = {
    Code.NO_CONSENT: Text(
        zh_hans="没有同意参加派单", zh_hant="沒有同意參加派單", en="has not consented to being matched"
    ),
    Code.OUT_OF_REACH: Text(zh_hans="超出服务半径", zh_hant="超出服務半徑", en="the place is out of reach"),
    Code.UNDER_AGE: Text(zh_hans="未达到最低年龄", zh_hant="未達到最低年齡", en="is under the age that is needed"),
    Code.NO_GUARDIAN: Text(
        zh_hans="未成年且没有监护人同意", zh_hant="未成年且沒有監護人同意", en="is a minor without a guardian"
    ),
    Code.SKILL_MISSING: Text(zh_hans="缺少所需技能", zh_hant="缺少所需技能", en="lacks a skill that is needed"),
    Code.QUALIFICATION_MISSING: Text(zh_hans="没有所需资质", zh_hant="沒有所需資質", en="lacks a qualification"),
    Code.QUALIFICATION_EXPIRED: Text(
        zh_hans="资质到时已过期", zh_hant="資質屆時已過期", en="has a qualification that will have expired by then"
    ),
    Code.LANGUAGE_MISSING: Text(zh_hans="不会所需语言", zh_hant="不會所需語言", en="does not speak the language"),
    Code.NOT_IN_TEAM: Text(zh_hans="不是该队成员", zh_hant="不是該隊成員", en="is not a member of the team"),
    Code.NOT_FREE: Text(zh_hans="该时段没有空", zh_hant="該時段沒有空", en="is not free at that time"),
    Code.OVERLAPS_ACCEPTED: Text(
        zh_hans="与已接受的任务时间重叠",
        zh_hant="與已接受的任務時間重疊",
        en="has accepted something else at that time",
    ),
    Code.HOURS_CAP: Text(
        zh_hans="将超过本人的时长上限", zh_hant="將超過本人的時長上限", en="would pass the cap on their hours"
    ),
    Code.SKILLS_FIT: Text(
        zh_hans="技能相符（{points} 分）", zh_hant="技能相符（{points} 分）", en="the skills fit ({points})"
    ),
    Code.NEAR: Text(
        zh_hans="距离 {metres} 米（{points} 分）",
        zh_hant="距離 {metres} 米（{points} 分）",
        en="{metres} m away ({points})",
    ),
    Code.RELIABLE: Text(
        zh_hans="一向守约（{points} 分）", zh_hant="一向守約（{points} 分）", en="is reliable ({points})"
    ),
    Code.KNOWN: Text(
        zh_hans="曾帮助过同一人（{points} 分）",
        zh_hant="曾幫助過同一人（{points} 分）",
        en="has helped the same person ({points})",
    ),
    Code.RESTED: Text(
        zh_hans="{days} 天未被派单（{points} 分）",
        zh_hant="{days} 天未被派單（{points} 分）",
        en="was not asked for {days} days ({points})",
    ),
    Code.ALREADY_LOADED: Text(
        zh_hans="已承担 {count} 项（{points} 分）",
        zh_hant="已承擔 {count} 項（{points} 分）",
        en="does {count} already ({points})",
    ),
    Code.KEPT: Text(
        zh_hans="此前已提出（{points} 分）", zh_hant="此前已提出（{points} 分）", en="was proposed before ({points})"
    ),
    Code.ACCEPTED: Text(
        zh_hans="本人已接受，保持不变", zh_hant="本人已接受，保持不變", en="has been accepted and stays"
    ),
    Code.ONE_OF: Text(
        zh_hans="符合条件者共 {count} 人", zh_hant="符合條件者共 {count} 人", en="people who could do it: {count}"
    ),
    Code.CLOSED: Text(zh_hans="不招人", zh_hant="不招人", en="wants nobody"),
    Code.FULL: Text(zh_hans="{count} 个名额已满", zh_hant="{count} 個名額已滿", en="all {count} places are filled"),
    Code.GIVEN_ELSEWHERE: Text(
        zh_hans="符合条件的 {count} 人另有安排",
        zh_hant="符合條件的 {count} 人另有安排",
        en="people who could but are planned elsewhere: {count}",
    ),
    Code.OTHERS_CHOSEN: Text(
        zh_hans="可做的 {count} 项均由他人承担",
        zh_hant="可做的 {count} 項均由他人承擔",
        en="could do {count}, for which others were chosen",
    ),
    Code.NOTHING_FITS: Text(
        zh_hans="没有可做的任务", zh_hant="沒有可做的任務", en="there is nothing that they could do"
    ),
    Code.NOBODY_FITS: Text(
        zh_hans="没有符合条件的人", zh_hant="沒有符合條件的人", en="there is nobody who could do it"
    ),
}
"""The sentence of each reason, about one person or as a heading for some."""

COUNTED = Text(zh_hans="{sentence}：{people} 人", zh_hant="{sentence}：{people} 人", en="{sentence}: {people}")
"""How a sentence is told of a number of people."""


def explain(reasons: Iterable[Reason], language: str) -> tuple[str, ...]:
    """Return a sentence for each reason in the language of a BCP 47 tag, in their order."""
    return tuple(_sentence(reason, language) for reason in reasons)


def _sentence(reason: Reason, language: str) -> str:
    said = SENTENCES[reason.code].in_language(language).format(**reason.figures)
    if "people" in reason.figures:
        return COUNTED.in_language(language).format(sentence=said, people=reason.figures["people"])
    return said
