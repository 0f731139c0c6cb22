"""Who may claim a wish now, and every reason why somebody may not, in words that they can read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from linli.district import Text
from volunteer.domain.matching.eligibility import OF_AGE, age_on
from volunteer.domain.wishes import Wish, WishState


class ClaimBar(StrEnum):
    """What keeps somebody from claiming."""

    NOT_PUBLISHED = "not-published"
    OVER = "wish-over"
    OWN = "own-wish"
    HELD_ALREADY = "held-already"
    UNDER_AGE = "under-age"
    NO_GUARDIAN = "no-guardian"
    QUALIFICATION = "qualification"
    CAP = "claim-cap"
    FAIR_ACCESS = "fair-access"
    LATE_RELEASE = "late-release"


SENTENCES = {
    ClaimBar.NOT_PUBLISHED: Text(
        zh_hans="该微心愿目前不可认领。", zh_hant="該微心願目前不可認領。", en="The wish cannot be claimed now."
    ),
    ClaimBar.OVER: Text(zh_hans="该微心愿已过期。", zh_hant="該微心願已過期。", en="The time of the wish has passed."),
    ClaimBar.OWN: Text(
        zh_hans="不能认领自己提交的微心愿。",
        zh_hant="不能認領自己提交的微心願。",
        en="Nobody claims a wish that they submitted.",
    ),
    ClaimBar.HELD_ALREADY: Text(
        zh_hans="您已认领该微心愿。", zh_hant="您已認領該微心願。", en="You hold a claim of this wish."
    ),
    ClaimBar.UNDER_AGE: Text(
        zh_hans="须年满 {age} 岁。", zh_hant="須年滿 {age} 歲。", en="It takes somebody of {age} years or more."
    ),
    ClaimBar.NO_GUARDIAN: Text(
        zh_hans="未成年人须有监护人同意。",
        zh_hant="未成年人須有監護人同意。",
        en="A minor needs the agreement of a guardian.",
    ),
    ClaimBar.QUALIFICATION: Text(
        zh_hans="需要有效资质：{codes}。",
        zh_hant="需要有效資質：{codes}。",
        en="Valid qualifications are needed: {codes}.",
    ),
    ClaimBar.CAP: Text(
        zh_hans="同时最多认领 {most} 个微心愿。",
        zh_hant="同時最多認領 {most} 個微心願。",
        en="Nobody holds more than {most} claims at a time.",
    ),
    ClaimBar.FAIR_ACCESS: Text(
        zh_hans="近 {days} 天已认领 {share} 个及以上者，{opens} 起可认领，先让给其他人。",
        zh_hant="近 {days} 天已認領 {share} 個及以上者，{opens} 起可認領，先讓給其他人。",
        en="Whoever claimed {share} or more in {days} days may claim from {opens} on; others come first.",
    ),
    ClaimBar.LATE_RELEASE: Text(
        zh_hans="因临期放弃或逾期未完成，{opens} 起可再次认领。",
        zh_hant="因臨期放棄或逾期未完成，{opens} 起可再次認領。",
        en="After a claim that was given back late or not kept, you may claim again from {opens} on.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPolicy:
    """How claims are shared out.

    Nobody holds more than ``most`` at a time. Whoever claimed ``share`` or more within ``share_days`` waits
    ``head_start_hours`` after a wish is published. A claim that is given back less than ``late_hours`` before it is
    due, or lapses, makes its holder pause for ``pause_days``.
    """

    most: int = 3
    share: int = 2
    share_days: int = 30
    head_start_hours: int = 12
    late_hours: int = 24
    pause_days: int = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """What counts about somebody who wants to claim; ``qualifications`` with the last day (None: without end)."""

    subject: str
    born: date | None
    guardian: bool
    qualifications: Mapping[str, date | None]
    holds_this: bool
    held: int
    recent: int
    late_at: datetime | None


@dataclass(frozen=True, slots=True)
class Barred:
    """One reason why somebody may not claim, and from when on it is none (None: it does not pass by itself)."""

    bar: ClaimBar
    opens_at: datetime | None = None
    figures: Mapping[str, int | str] = field(default_factory=dict)

    def sentence(self, language: str) -> str:
        """Return the reason in the language of a BCP 47 tag; moments in UTC."""
        opens = "" if self.opens_at is None else self.opens_at.strftime("%Y-%m-%d %H:%M UTC")
        return SENTENCES[self.bar].in_language(language).format(opens=opens, **self.figures)


class BarredError(Exception):
    """Somebody may not claim a wish; ``bars`` are all reasons."""

    def __init__(self, bars: tuple[Barred, ...]) -> None:
        super().__init__(", ".join(barred.bar for barred in bars))
        self.bars = bars


def bars(wish: Wish, claimant: Claimant, policy: ClaimPolicy, *, at: datetime) -> tuple[Barred, ...]:
    """Return every reason why somebody may not claim a wish now; none where they may."""
    return (*_of_wish(wish, claimant, at), *_of_person(wish, claimant, at), *_of_policy(wish, claimant, policy, at))


def _of_wish(wish: Wish, claimant: Claimant, at: datetime) -> Iterator[Barred]:
    if wish.state is not WishState.PUBLISHED:
        yield Barred(ClaimBar.NOT_PUBLISHED)
    if at >= wish.until:
        yield Barred(ClaimBar.OVER)
    if wish.submitted_by == claimant.subject and not wish.on_behalf:
        yield Barred(ClaimBar.OWN)
    if claimant.holds_this:
        yield Barred(ClaimBar.HELD_ALREADY)


def _of_person(wish: Wish, claimant: Claimant, at: datetime) -> Iterator[Barred]:
    age = OF_AGE if claimant.born is None else age_on(claimant.born, at.date())
    if age < wish.minimum_age:
        yield Barred(ClaimBar.UNDER_AGE, figures={"age": wish.minimum_age})
    if age < OF_AGE and not claimant.guardian:
        yield Barred(ClaimBar.NO_GUARDIAN)
    missing = [code for code in wish.qualifications if not _is_valid(claimant, code, at.date())]
    if missing:
        yield Barred(ClaimBar.QUALIFICATION, figures={"codes": ", ".join(missing)})


def _of_policy(wish: Wish, claimant: Claimant, policy: ClaimPolicy, at: datetime) -> Iterator[Barred]:
    if claimant.held >= policy.most:
        yield Barred(ClaimBar.CAP, figures={"most": policy.most})
    opens_at = (wish.published_at or at) + timedelta(hours=policy.head_start_hours)
    if claimant.recent >= policy.share and at < opens_at:
        yield Barred(ClaimBar.FAIR_ACCESS, opens_at, {"days": policy.share_days, "share": policy.share})
    if claimant.late_at is not None and at < claimant.late_at + timedelta(days=policy.pause_days):
        yield Barred(ClaimBar.LATE_RELEASE, claimant.late_at + timedelta(days=policy.pause_days))


def _is_valid(claimant: Claimant, code: str, day: date) -> bool:
    if code not in claimant.qualifications:
        return False
    last = claimant.qualifications[code]
    return last is None or last >= day
