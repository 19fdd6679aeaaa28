"""What became of the questions? Table, bars and samples of what a reader answered with each kind of passages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from core.events import Figure, Sample, Table
from core.language import LANGUAGES, Text

if TYPE_CHECKING:
    from core.text.contexts import Contexts, Told
    from core.training.reading import Answers

SAMPLES = 3  # questions of a group
COLUMNS = (
    Text("questions and passages", "질문과 글"),
    Text("right", "정답"),
    Text("stale", "낡은 답"),
    Text("unknown", "모름"),
    Text("wrong with confidence", "확신에 찬 오답"),
    Text("the same, made to answer", "확신에 찬 오답, 반드시 답할 때"),
)
KINDS = (*COLUMNS[1:4], Text("another wrong value", "그 밖의 틀린 값"))
# Okabe and Ito's colours, and a pattern for two of them, so that nothing hangs on colour alone.
_LOOKS = (("#009E73", ""), ("#E69F00", "/"), ("#BBBBBB", ""), ("#D55E00", "x"))
SEARCH_COLUMNS = (
    Text("passages retrieved", "검색한 글의 수"),
    Text("passage found", "정답 글을 찾음"),
    Text("found, same form", "찾음, 같은 어형"),
    Text("found, other form", "찾음, 다른 어형"),
    Text("answered right", "정답률"),
)


def answers_table(title: Text, labels: Mapping[str, Text], seen: Mapping[str, Answers]) -> Table:
    """A row an arm.

    :param seen: arm to its answers.
    """
    rows = [
        [labels[arm].as_dict(), *_rounded([*_shares(found)[:3], found.hallucinated, found.made_to_answer])]
        for arm, found in seen.items()
    ]
    return Table(title=title.as_dict(), columns=[column.as_dict() for column in COLUMNS], rows=rows)


def answers_figure(name: str, title: Text, labels: Mapping[str, Text], seen: Mapping[str, Answers]) -> Figure:
    """A bar an arm, the first on top, divided into kinds of answers."""
    shares = {labels[arm]: _rounded(_shares(found)) for arm, found in seen.items()}
    return Figure(name=name, title=title.as_dict(), plotly=bars(shares, KINDS))


def bars(shares: Mapping[Text, Sequence[float]], names: Sequence[Text]) -> dict[str, Any]:
    """Stacked bars as a Plotly figure in plain JSON.

    :param shares: name of a bar to the share of each kind; they sum to 1.
    :param names: of the four kinds.
    """
    data = [
        {
            "type": "bar", "orientation": "h", "name": name.as_dict(), "y": [label.as_dict() for label in shares],
            "x": [found[kind] for found in shares.values()],
            "marker": {"color": colour, "pattern": {"shape": shape, "solidity": 0.25}},
            "hovertemplate": _hover(name).as_dict(),
        }
        for kind, (name, (colour, shape)) in enumerate(zip(names, _LOOKS, strict=True))
    ]  # fmt: skip
    layout = {
        "barmode": "stack",
        "height": 110 + 34 * len(shares),
        "margin": {"l": 10, "r": 10, "t": 10, "b": 40},
        "legend": {"orientation": "h", "y": -0.1, "x": 0, "traceorder": "normal"},
        "xaxis": {"range": [0, 1], "tickformat": ".0%"},
        "yaxis": {"autorange": "reversed", "automargin": True, "tickfont": {"size": 10}},
    }
    return {"data": data, "layout": layout}


def search_table(title: Text, rows: Mapping[int, Sequence[float]]) -> Table:
    """How often the search finds the passage, and what comes of it.

    :param rows: passages retrieved to the shares found, of all, of the same form, of another, and answered right.
    """
    columns = [column.as_dict() for column in SEARCH_COLUMNS]
    return Table(title=title.as_dict(), columns=columns, rows=[[k, *_rounded(row)] for k, row in rows.items()])


def samples(contexts: Contexts, told: Mapping[str, Told], seen: Mapping[str, Answers]) -> Iterator[Sample]:
    """Some questions with the passages that came with them, the answer and its chance.

    :param told: arm to the passages of each question.
    """
    from core.text.fact_store import asking, value_name

    asked, store = contexts.asked, contexts.store
    for place in range(min(SAMPLES, len(asked.words))):
        question = f"{asking(store.world, asked.words[place], asked.forms[place])} ?"
        for arm, passages in told.items():
            value = int(seen[arm].given[place])
            verdict = "unknown" if value < 0 else value_name(value)
            verdict += " ✓" if value == seen[arm].right[place] else " ✗"
            prompt = "\n".join([*(store.text(word) for word in passages[place]), question])
            yield Sample(arm=arm, prompt=prompt, text=f"{verdict} {seen[arm].chances[place].max():.0%}", replicate=0)


def _shares(found: Answers) -> list[float]:
    """Right, stale, unknown, another wrong value; they sum to 1."""
    parts = [found.accuracy, found.stale, found.unknown]
    return [*parts, max(0.0, 1 - sum(parts))]


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 3) for value in values]


def _hover(name: Text) -> Text:
    return Text(*(f"%{{y}}: %{{x:.0%}}<extra>{name.to(language)}</extra>" for language in LANGUAGES))
