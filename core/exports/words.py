"""In which words, in English and in Korean, do the exports speak, and how do they write numbers?"""

from __future__ import annotations

from core.events import Verdict
from core.language import Text
from core.papers.tags import TagKind
from core.papers.taxonomy import applications, stages, topics
from core.papers.trends import Counted

SUMMARY = Text("Trend summary", "동향 요약")
NOTEBOOK = Text("Notebook", "연구 노트")
PAPERS = Text("Papers", "논문")
PERIOD = Text("Period", "기간")
COMPARED = Text("Compared with", "비교 기간")
GENERATED = Text("Written for", "작성 기준일")
UNFINISHED = Text(
    "This period is not over: its counts will grow. Shares can be compared, counts cannot.",
    "아직 끝나지 않은 기간이라 편수가 더 늘어난다. 비율은 견주어도 되지만 편수는 그렇지 않다.",
)
NO_PAPERS = Text(
    "No papers in this period. Sync the catalog or choose a longer period.",
    "이 기간에는 논문이 없다. 목록을 동기화하거나 더 긴 기간을 고르면 된다.",
)
NO_CHANGE = Text(
    "No topic changed by more than chance explains.", "우연으로 볼 수 있는 범위를 넘어 달라진 주제는 없다."
)
TEST = Text(
    "Shares are of all papers of the period, with 95 % Wilson intervals. Papers come in bursts: p is the larger one of "
    "Fisher's exact test and of quasi-likelihood tests against the unevenness before and within the periods; q: "
    "false-discovery rate by Benjamini and Hochberg. A change is named only where q is at most 0.05.",
    "비율은 그 기간의 논문 전체에 대한 값이며 95% 윌슨 구간을 함께 적는다. 논문은 몰려서 나오므로 p는 피셔 정확 검정과 "
    "이전 기간 사이 및 기간 안의 들쑥날쑥함을 감안한 준가능도 검정 가운데 큰 값이다. q는 벤저미니-호크버그 방법의 거짓 "
    "발견율이다. q가 0.05 이하일 때만 변화라고 부른다.",
)
STAGE, TOPIC, APPLICATION = Text("Stage", "단계"), Text("Topic", "주제"), Text("Application", "응용")
STAGES, TOPICS, APPLICATIONS = Text("Stages", "단계별"), Text("Topics", "주제별"), Text("Applications", "응용 분야별")
JOIN, JOINS = Text("Stages joined", "이은 단계"), Text("Papers that join two stages", "두 단계를 잇는 논문")
JOINS_TEST = Text(
    "Shares are of all papers of the period. The pairs are tested as the tags are, in a family of their own.",
    "비율은 그 기간의 논문 전체에 대한 값이다. 단계 쌍은 위의 분류와 같은 방법으로, 따로 묶어 검정한다.",
)
TERM, TERMS = Text("Term", "표현"), Text("New terms", "새로 떠오른 표현")
TERMS_TEST = Text(
    "Counts are of papers whose title has the term. Log-odds against the period before with an informative Dirichlet "
    "prior (Monroe, Colaresi and Quinn 2008), z over their standard error; q, the false-discovery rate, is that of a "
    "binomial test that allows for how much usual terms change.",
    "편수는 제목에 그 표현이 든 논문의 수이다. 로그 오즈는 정보 디리클레 사전분포를 둔 이전 기간 대비 값이고(먼로, "
    "콜라레시, 퀸 2008), z는 그 값을 표준오차로 나눈 것이다. q는 흔한 표현도 어느 정도 달라진다는 점을 감안한 이항 "
    "검정의 거짓 발견율이다.",
)
LOG_ODDS, EXAMPLES = Text("Log-odds", "로그 오즈"), Text("Examples", "예시 논문")
NOTICED = Text("Most noticed papers", "가장 주목받은 논문")
NOTICED_BY = Text(
    "Votes and list days are those of Hugging Face Papers, stars those of the code. A dash: no source tells.",
    "추천과 목록에 오른 날은 허깅페이스 논문 목록의 값이고, 별은 코드 저장소의 값이다. 줄표는 알려 "
    "주는 곳이 없다는 뜻이다.",
)
VOTES, STARS, LIST_DAYS = Text("Votes", "추천"), Text("Stars", "별"), Text("List days", "목록에 오른 날")
BEFORE, AFTER, SHARE = Text("Before", "이전"), Text("Now", "이번"), Text("Share", "비율")
SHARE_BEFORE = Text("Share before", "이전 비율")
INTERVAL, CHANGE = Text("95 % interval", "95% 구간"), Text("Change", "변화")
RISING, FALLING, FLAT = Text("rising", "증가"), Text("falling", "감소"), Text("flat", "변화 없음")
GLANCE = Text("At a glance", "한눈에 보기")
NOTABLE = Text("Notable papers", "눈여겨볼 논문")
EVIDENCE = Text("Evidence from our own runs", "직접 실험한 근거")
CLAIMS = Text("Claims and verdicts", "주장과 판정")
CLAIMS_NOTE = Text(
    "Recorded results were made by the project and are kept beside its code; own ones are of runs in this catalog. In "
    "the null world the mechanism is switched off: a claim that is supported there too shows nothing.",
    "기록된 결과는 프로젝트가 내어 코드와 함께 보관하는 것이고, 직접 낸 결과는 이 목록의 실행에서 나온 것이다. 귀무 "
    "세계에서는 작동 원리를 꺼 둔다. 거기서도 지지되는 주장이라면 아무것도 보여 주지 못한다.",
)
RECORDED, OWN = Text("Recorded", "기록된 결과"), Text("Own", "직접 낸 결과")
IN_NULL_WORLD = Text("In the null world", "귀무 세계에서")
NO_CLAIMS = Text("No claim can be tested here.", "여기서 시험할 수 있는 주장이 아직 없다.")
NO_RUNS = Text("No runs in this period.", "이 기간에 실행한 실험이 없다.")
NO_FINDINGS = Text("This run reached no verdict.", "이 실행은 판정에 이르지 못했다.")
CLAIM, PAPER = Text("Claim", "주장"), Text("Paper", "논문")
REPORTED, OURS = Text("The paper's number", "논문의 수치"), Text("Ours", "우리의 수치")
VERDICT, DEVICE = Text("Verdict", "판정"), Text("Device", "장치")
VERSIONS, COMMIT, PARAMS = Text("Versions", "버전"), Text("Commit", "커밋"), Text("Parameters", "매개변수")
NULL_WORLD = Text("null world", "귀무 세계")
SEED = Text("seed", "시드")
REPLICATES = Text("replicates", "반복")
FIGURES, SERIES = Text("Figures", "그림"), Text("Series", "계열")
CONTENTS = Text("Contents", "차례")
POINTS = Text("The numbers of this chart", "이 그림의 수치")
NO_SCRIPT = Text(
    "This reader runs no scripts, so the charts are not drawn; their numbers stand in the tables.",
    "이 환경에서는 스크립트가 실행되지 않아 그림이 그려지지 않는다. 수치는 표에 있다.",
)
NOTES, NO_NOTES = Text("Notes", "메모"), Text("The notebook is empty.", "아직 적어 둔 메모가 없다.")
PINNED_PAPERS, PINNED_RUNS = Text("Pinned papers", "고정한 논문"), Text("Pinned runs", "고정한 실행")
MISSING = Text("No longer there", "더는 찾을 수 없음")
NO_LIST = Text("The list is empty.", "목록이 비어 있다.")
ALL_PAPERS, ABSTRACT = Text("All papers", "모든 논문"), Text("Abstract", "초록")
SHORT = Text("In short", "요약")
OTHERS = Text("et al.", "외")
SECTION, KIND, ITEM, NAME = Text("section", "구분"), Text("kind", "종류"), Text("id", "식별자"), Text("name", "이름")
MEASURE, VALUE = Text("measure", "항목"), Text("value", "값")
TITLE, LOW, HIGH = Text("title", "제목"), Text("low", "하한"), Text("high", "상한")
MARGIN, SUBMITTED = Text("margin", "기준값"), Text("submitted", "제출일")
TREND, RUN = Text("trend", "동향"), Text("run", "실행")

COUNTED, COUNTED_ONE = Text("{:,} papers", "논문 {:,}편"), Text("1 paper", "논문 1편")
PRESETS = {"quick": Text("quick", "빠르게"), "standard": Text("standard", "표준"), "full": Text("full", "전체")}
OUTCOMES = {
    "supported": Text("supported", "지지됨"),
    "not supported": Text("not supported", "지지되지 않음"),
    "too small to tell": Text("too small to tell", "규모가 작아 판단할 수 없음"),
    "invalid": Text("invalid", "무효"),
}
DIRECTIONS = {"rising": RISING, "falling": FALLING, "flat": FLAT}
KINDS: dict[TagKind, Text] = {"stage": STAGE, "topic": TOPIC, "application": APPLICATION}
GROUPS: dict[TagKind, Text] = {"stage": STAGES, "topic": TOPICS, "application": APPLICATIONS}


def kind_name(kind: Counted) -> Text:
    """What is counted, in one word."""
    return JOIN if kind == "join" else KINDS[kind]


def tag_name(kind: Counted, value: str, language: str) -> str:
    """The taxonomy's name of a tag, or its id where the taxonomy does not know it; of a join both stages' names."""
    if kind == "join":
        return " + ".join(tag_name("stage", stage, language) for stage in value.split("+"))
    known = {"stage": stages(), "topic": topics(), "application": applications()}[kind]
    return known[value].name.to(language) if value in known else value


def percent(share: float | None) -> str:
    """A share as a percentage with one decimal; a dash where there is none."""
    return "–" if share is None else f"{100 * share:.1f}%"


def percents(interval: tuple[float, float] | None) -> str:
    """An interval of shares."""
    return "–" if interval is None else f"{100 * interval[0]:.1f}–{100 * interval[1]:.1f}%"


def probability(value: float) -> str:
    """A p or a q."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def number(value: float | None) -> str:
    """A measured number to four digits; a dash where there is none."""
    return "–" if value is None else f"{value:.4g}"


def papers(n: int, language: str) -> str:
    """How many papers, in words."""
    return COUNTED_ONE.to(language) if n == 1 else COUNTED.to(language).format(n)


def count(value: int | None) -> str:
    """A number of papers, votes or stars; a dash where nobody tells."""
    return "–" if value is None else f"{value:,}"


def outcome(verdict: Verdict, language: str) -> str:
    """What was decided, and whether the mechanism was switched off in that run."""
    said = OUTCOMES.get(verdict.outcome, Text(verdict.outcome)).to(language)
    return f"{said} ({NULL_WORLD.to(language)})" if verdict.null else said
