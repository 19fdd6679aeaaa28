"""In which words, in English and in Korean, does a digest speak?"""

from __future__ import annotations

from datetime import date, datetime

from core.digests.record import Digest, SourceState, Usual
from core.digests.span import Every, Span
from core.language import Text
from core.papers.trends import Period

TITLES: dict[Every, Text] = {"day": Text("Daily digest", "일간 소식"), "week": Text("Weekly digest", "주간 소식")}
FEED = Text("TrendLab digests", "트렌드랩 소식")
FEEDS = Text("What you follow", "팔로우 피드")
SUBSCRIBE = Text("Subscribe to all of them (OPML)", "모두 구독하기 (OPML)")
NO_FOLLOWS_FEEDS = Text("Nothing is followed, so that there is no feed.", "팔로우하는 것이 없어 피드도 없다.")
ANNOUNCED = Text("**{n}** papers announced by arXiv", "arXiv 공지 논문 **{n}**편")
ANNOUNCED_ONE = Text("**1** paper announced by arXiv", "arXiv 공지 논문 **1**편")
USUALLY = Text("{n} (usually {low} to {high})", "{n}(보통 {low}–{high}편)")
LISTED = Text("**{n}** on Hugging Face's lists", "허깅페이스 목록 **{n}**편")
FITTING = Text("**{n}** fit what you follow", "팔로우에 맞는 논문 **{n}**편")
FITTING_ONE = Text("**1** fits what you follow", "팔로우에 맞는 논문 **1**편")
EMPTY = Text("No paper came. This is why:", "들어온 논문이 없다. 이유는 다음과 같다.")
INCOMPLETE = Text("This digest is not complete:", "아직 다 모이지 않은 소식이다.")
LATER = Text(
    "What comes later is added when this digest is written again.",
    "나중에 들어오는 논문은 이 소식을 다시 쓸 때 더해진다.",
)
NEVER_SYNCED = Text(
    "The catalog was never synced, so that nothing can be known of these days. Sync it: python -m app sync",
    "논문 목록을 한 번도 동기화하지 않아 이날의 일을 알 수 없다. 동기화하려면: python -m app sync",
)
ALL_QUIET = Text(
    "All sources were asked and answered, and none of them has a paper for these days in your categories.",
    "모든 출처에 물어 답을 받았지만, 고른 분야에는 이날의 논문이 없다.",
)
QUIET_DAY = Text("arXiv announces nothing on {day} ({why}).", "{day}에는 arXiv 공지가 없다({why}).")
QUIET_DAY_BARE = Text("arXiv announces nothing on {day}.", "{day}에는 arXiv 공지가 없다.")
FOLLOWED = Text("What you follow", "팔로우하는 것")
NO_FOLLOWS = Text(
    "You follow nothing yet. Follow an author, a topic or a search, and its papers stand here.",
    "아직 팔로우하는 것이 없다. 저자나 주제, 검색을 팔로우하면 그 논문이 여기에 모인다.",
)
NONE_FITS = Text(
    "None of these papers fits what you follow ({n} followed).", "팔로우하는 {n}개에 맞는 논문은 이번에 없다."
)
ABOVE = Text("{n} of them stand above.", "그중 {n}편은 위에 있다.")
MORE = Text("{n} more: search for {query}", "{n}편 더 있음. 검색: {query}")
MORE_OF_STAGE = Text("{n} more in the catalog", "목록에 {n}편 더 있음")
STAGES = Text("By stage", "단계별")
STAGE, PAPERS, USUAL = Text("Stage", "단계"), Text("Papers", "논문"), Text("Usually", "보통")
NO_STAGE = Text("no stage", "단계 없음")
NOTICED = Text("Most noticed", "주목받은 논문")
VOTES, STARS = Text("{n} votes", "추천 {n}"), Text("{n} stars", "별 {n}")
CODE, PROJECT = Text("code", "코드"), Text("project", "프로젝트")
TERMS = Text("New terms in titles", "제목에 새로 나온 표현")
TERM = Text("{after} papers, {before} before", "논문 {after}편, 이전 {before}편")
RUNS = Text("Your runs", "직접 돌린 실험")
PAPER_SAYS, OURS = Text("the paper", "논문의 수치"), Text("here", "우리의 수치")
HOW = Text("How this was made", "이 소식을 만든 방법")
NEW_IS = Text(
    "New is what arXiv announced for {days}, not what was submitted then: papers come out a day to five days after "
    "their submission. One that moderation held, or that was cross-listed later, stands on the day it appeared.",
    "새 논문이란 {days}에 arXiv가 공지한 것이며, 그날 제출된 것이 아니다. 논문은 제출한 지 하루에서 닷새 뒤에 "
    "공지된다. 심사로 미뤄졌거나 나중에 교차 등록된 논문은 나타난 날의 소식에 싣는다.",
)
LISTS_ARE = Text(
    "Hugging Face's lists are those of {days}; votes and stars are those known when this was written.",
    "허깅페이스 목록은 {days}의 것이며, 추천과 별은 쓸 때 알려진 값이다.",
)
USUAL_IS: dict[Every, Text] = {
    "day": Text(
        "Usual is the median of the {n} announcements before that were looked at whole; in brackets their middle half.",
        "‘보통’은 빠짐없이 살핀 이전 공지 {n}번의 중앙값이고, 괄호 안은 가운데 절반의 범위이다.",
    ),
    "week": Text(
        "Usual is the median of the {n} weeks before that were looked at whole; in brackets their middle half.",
        "‘보통’은 빠짐없이 살핀 이전 {n}주의 중앙값이고, 괄호 안은 가운데 절반의 범위이다.",
    ),
}
NO_USUAL = Text(
    "What is usual cannot be told yet: too few days before were looked at whole.",
    "빠짐없이 살핀 날이 아직 적어 보통 어느 만큼인지 말할 수 없다.",
)
ALSO_WELL = Text("{source}: asked {moment}, all came", "{source}: {moment}에 물어 모두 받음")
ALSO_QUIET = Text("{source}: asked {moment}, nothing there", "{source}: {moment}에 물었으나 없음")
UNTIL = Text("It is left alone until {until}.", "{until}까지 요청하지 않는다.")

_STATES = {
    "never": Text("{source} was never asked.", "{source}: 아직 한 번도 묻지 않았다."),
    "unasked": Text(
        "{source} was last asked at {moment}, too early to have all of these days.",
        "{source}: {moment}에 마지막으로 물었는데, 이날의 것이 다 나오기 전이다.",
    ),
    "gap": Text(
        "{source} was asked at {moment}, but not for all days on which these papers were submitted.",
        "{source}: {moment}에 물었지만, 이 논문들이 제출된 날을 모두 묻지는 않았다.",
    ),
    "open": Text("{source} is being asked at this moment.", "{source}: 지금 묻는 중이다."),
    "late": Text(
        "{source} did not show the announcement yet when it was asked at {moment}.",
        "{source}: {moment}에 물었을 때 아직 공지가 올라오지 않았다.",
    ),
    "throttled": Text("{source} asked us to slow down at {moment}.", "{source}: {moment}에 요청을 줄여 달라고 했다."),
    "unreachable": Text("{source} could not be reached at {moment}.", "{source}: {moment}에 연결되지 않았다."),
    "broken": Text(
        "{source} gave an answer at {moment} that could not be read.", "{source}: {moment}에 읽을 수 없는 답을 보냈다."
    ),
    "stale": Text("{source} showed an old day at {moment}.", "{source}: {moment}에 지난 날의 내용을 보여 주었다."),
    "partial": Text("{source} broke off before its end at {moment}.", "{source}: {moment}에 도중에 끊겼다."),
}
_FAILED = Text("{source} failed at {moment}.", "{source}: {moment}에 실패했다.")
_WEEKDAYS = (
    *(Text("Monday", "월"), Text("Tuesday", "화"), Text("Wednesday", "수"), Text("Thursday", "목")),
    *(Text("Friday", "금"), Text("Saturday", "토"), Text("Sunday", "일")),
)


def title(span: Span, language: str) -> str:
    """`Daily digest 2026-11-20 (Friday)`, `Weekly digest 2026-W47 (2026-11-16 to 2026-11-22)`."""
    beside = weekday(span.day, language) if span.every == "day" else days(Period(span.day, span.end), language)
    bracket = f"({beside})" if language == "ko" and span.every == "day" else f" ({beside})"
    return f"{TITLES[span.every].to(language)} {span.name}{bracket}"


def weekday(day: date, language: str) -> str:
    """Its name, short in Korean."""
    return _WEEKDAYS[day.weekday()].to(language)


def days(period: Period, language: str) -> str:
    """`2026-11-20`, or the first and the last day."""
    if period.start == period.end:
        return str(period.start)
    return f"{period.start}부터 {period.end}까지" if language == "ko" else f"{period.start} to {period.end}"


def moment(at: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def lead(digest: Digest, language: str) -> list[str]:
    """The figures of a digest, each a few words of Markdown."""
    announced = ANNOUNCED_ONE if digest.announced == 1 else ANNOUNCED
    parts = [usually(announced.to(language).format(n=f"{digest.announced:,}"), digest.usual, language)]
    if digest.listed:
        parts.append(LISTED.to(language).format(n=f"{digest.listed:,}"))
    if digest.follows:
        parts.append((FITTING_ONE if digest.fitting == 1 else FITTING).to(language).format(n=f"{digest.fitting:,}"))
    return parts


def usually(words: str, usual: Usual | None, language: str) -> str:
    """The words with the middle half behind them, in brackets; nothing where it is not known."""
    if usual is None:
        return words
    return USUALLY.to(language).format(n=words, low=f"{usual.low:,.0f}", high=f"{usual.high:,.0f}")


def quiet_day(day: date, why: Text | None, language: str) -> str:
    """That arXiv announces nothing on a day, and why."""
    shown = f"{day}({weekday(day, language)})" if language == "ko" else f"{weekday(day, language)} {day}"
    if why is None:
        return QUIET_DAY_BARE.to(language).format(day=shown)
    return QUIET_DAY.to(language).format(day=shown, why=why.to(language))


def source_line(source: SourceState, language: str) -> str:
    """How far a source can be believed, in a sentence of plain text."""
    at = "" if source.moment is None else moment(source.moment)
    if source.state == "well":
        return ALSO_WELL.to(language).format(source=source.title.to(language), moment=at)
    if source.state == "quiet":
        return ALSO_QUIET.to(language).format(source=source.title.to(language), moment=at)
    line = _STATES.get(source.state, _FAILED).to(language).format(source=source.title.to(language), moment=at)
    return line if source.until is None else f"{line} {UNTIL.to(language).format(until=moment(source.until))}"


def why_empty(digest: Digest, language: str) -> list[str]:
    """Why a digest has no paper, or not all of them: a sentence a cause; none where there is nothing to say."""
    quiet = [quiet_day(day, why, language) for day, why in digest.quiet_days]
    if not digest.synced:
        return [*quiet, NEVER_SYNCED.to(language)]
    lines = [*quiet, *(source_line(source, language) for source in digest.troubles)]
    if digest.is_empty and not lines:
        lines.append(ALL_QUIET.to(language))
    return lines
