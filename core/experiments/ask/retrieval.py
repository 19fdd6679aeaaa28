"""What does a model know, and what can it look up? Closed book against passages that a search finds.

A small model learns facts by heart, and to read others from passages. Then it is asked about facts that it never saw,
and about facts that have changed since: with no passage, with those that BM25 finds in a store of all of them, with
those of another question, and with the right one among more and more others.

The sceptic asks: does any text help? Passages of other questions are the control. Is the search planted to succeed?
Words are inflected, and BM25 misses what is written in another form. Does the model follow passages because it was
taught to? On the facts that change, no passage in training contradicted what it had learned; others are beside them on
which some did. Does it only say "unknown" more often? Invented answers are counted where it must answer, and held
against those with another question's passages.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.claim import Claim, Control, Measures, Reported
from core.events import Event, Point, Progress
from core.experiment import REPLICATES, Context, PaperQuery, Unit
from core.language import Text
from core.params import check_multiple, param

if TYPE_CHECKING:
    from pathlib import Path

    from core.gpt.model import GPT
    from core.text.contexts import Contexts
    from core.text.fact_store import World
    from core.training.reading import Answers, Lesson

READER = "reader"
GROUP = {
    "unseen": Text("unseen facts", "본 적 없는 사실"),
    "changed": Text("changed facts", "바뀐 사실"),
    "contested": Text("contested facts", "다툼 있던 사실"),  # changed too
    "known": Text("known facts", "아는 사실"),
}
WAY = {
    "closed": Text("closed book", "검색 없이"),
    "retrieved": Text("retrieved passages", "검색한 글"),
    "shuffled": Text("another's passages", "다른 질문의 글"),
    "oracle": Text("right passage", "정답 글만"),
    "outdated": Text("old store's passages", "옛 저장소의 글"),
}
CLOSED, RETRIEVED, OTHERS, OUTDATED = "closed", "retrieved", "shuffled", "outdated"
LIMITS = (1, 2, 4, 8)  # passages retrieved, for the curve
DISTRACTORS = (0, 1, 2, 4, 8)
MOST = 9  # passages in a row: the right one and eight others
VALUES = 32
TRAINED = 0.8  # of the work
DRAWS = 3  # orders of the distractors
SURE = 0.8  # of the known facts, at least, for closed book to be a fair opponent
HELP = 0.1  # of another question's passages, at most; by chance they hold the right value now and then
STEPS = Text("step of the training", "학습 스텝").as_dict()
RIGHT = Text("right answers", "정답률").as_dict()
SHARE = Text("share of the questions", "질문 비율").as_dict()
FOUND = Text("passages retrieved", "검색한 글의 수").as_dict()
BESIDE = Text("other passages beside the right one", "정답 글과 함께 준 다른 글의 수").as_dict()
PLACE = Text("place of the right passage (1: first)", "정답 글의 위치 (1: 맨 앞)").as_dict()
ANSWERED = Text(
    "Right, stale, unknown or wrong: one set of weights, by the passages that come with the questions, replicate 1",
    "가중치는 하나, 함께 준 글에 따라 갈리는 정답, 낡은 답, 모름, 오답. 첫 번째 반복",
)
SEARCHED = Text("BM25 on the store, unseen facts, replicate 1", "저장소에서의 BM25, 본 적 없는 사실, 첫 번째 반복")


@dataclass(frozen=True, kw_only=True)
class Params:
    """What may be set."""

    facts: int = param(
        192, low=6, high=30000,
        label=Text("Facts learned", "외우는 사실의 수"),
        help=Text("A third will change, a third will change and is contested in training, a third stays.",
                  "3분의 1은 나중에 바뀌고, 3분의 1은 학습 중에도 글과 어긋나다가 바뀌며, 3분의 1은 그대로다."),
    )  # fmt: skip
    unseen: int = param(
        128, low=4, high=10000,
        label=Text("Unseen facts", "본 적 없는 사실의 수"),
        help=Text("Asked about after training alone.", "학습이 끝난 뒤에만 묻는다."),
    )  # fmt: skip
    practice: int = param(
        192, low=4, high=30000,
        label=Text("Practice words", "연습 단어의 수"),
        help=Text("On which reading is learned, with a new value each time.", "매번 새 값으로 읽기를 배우는 단어."),
    )  # fmt: skip
    contradicted: float = param(
        0.5, low=0.0, high=1.0,
        label=Text("Contradicted", "어긋나는 비율"),
        help=Text("How often a passage in training contradicts what is learned of a contested fact. At 0 passages "
                  "never disagree with memory.",
                  "다툼이 있는 사실에서 학습 중의 글이 외운 값과 어긋나는 비율. 0이면 어긋나는 글이 없다."),
    )  # fmt: skip
    unknown: float = param(
        0.4, low=0.0, high=0.9,
        label=Text("Unknown", "모름"),
        help=Text("Which part of the questions that no passage answers teaches to say unknown. At 0 the model never "
                  "learns to say it.",
                  "글에 답이 없는 질문 중 모른다고 답하기를 가르치는 비율. 0이면 그 답을 배우지 못한다."),
    )  # fmt: skip
    mismatch: float = param(
        0.2, low=0.0, high=1.0,
        label=Text("Other form", "다른 어형"),
        help=Text("How often a question uses another form of the word than its passage, which BM25 does not recognise.",
                  "질문이 글과 다른 어형을 쓰는 비율. BM25는 이를 알아보지 못한다."),
    )  # fmt: skip
    limit: int = param(
        4, low=1, high=MOST,
        label=Text("Passages retrieved", "검색할 글의 수"),
        help=Text("How many of the best passages the model reads.", "모델이 읽는 상위 글의 수."),
    )  # fmt: skip
    steps: int = param(
        2600, low=2, high=200000, label=Text("Steps", "스텝"), help=Text("Of the training.", "학습 스텝 수.")
    )
    rows: int = param(
        48, low=1, high=4096, label=Text("Rows", "배치"), help=Text("Rows a step.", "한 스텝에 쓰는 줄의 수.")
    )
    rate: float = param(
        5e-3, low=1e-5, high=1.0,
        label=Text("Learning rate", "학습률"),
        help=Text("The highest of the training.", "학습 중 가장 높은 값."),
    )  # fmt: skip
    width: int = param(
        64, low=16, high=2048, label=Text("Width", "모델 폭"), help=Text("A multiple of 8.", "8의 배수.")
    )
    layers: int = param(
        2,
        low=1,
        high=24,
        label=Text("Layers", "층의 수"),
        help=Text("Reading needs two.", "읽기에는 두 층이 필요하다."),
    )


def _arm(group: str, way: str) -> str:
    return f"{group}-{way}"


def gained(measures: Measures) -> float:
    """How many more unseen facts the model gets right with what is retrieved."""
    return measures["accuracy", "unseen-retrieved"] - measures["accuracy", "unseen-closed"]


def fair_opponent(measures: Measures) -> float:
    """How far closed book is above `SURE` on known facts, or other passages' gain is below `HELP`: the lesser."""
    memory = measures["accuracy", "known-closed"] - SURE
    gain = measures["accuracy", "unseen-shuffled"] - measures["accuracy", "unseen-closed"]
    return min(memory, HELP - gain)


def updated(measures: Measures) -> float:
    """On changed facts, with what is retrieved: new values less old ones."""
    return measures["accuracy", "changed-retrieved"] - measures["stale", "changed-retrieved"]


def fewer_inventions(measures: Measures) -> float:
    """How much rarer invented answers are than without passages, or with another question's: whichever is less."""
    others = min(measures["made_to_answer", "unseen-closed"], measures["made_to_answer", "unseen-shuffled"])
    return others - measures["made_to_answer", "unseen-retrieved"]


def lost_in_the_middle(measures: Measures) -> float:
    """How much better the worse end is than the middle."""
    ends = min(measures["accuracy_first", "place"], measures["accuracy_last", "place"])
    return ends - measures["accuracy_middle", "place"]


def reads(measures: Measures) -> float:
    """What the right passage among eight others adds, over all its places."""
    return measures["accuracy_anywhere", "place"] - measures["accuracy", "unseen-shuffled"]


REPLICATE = Text(
    "another draw of the facts and of the words that are held out, other first weights and other training rows",
    "사실과 빼 둘 단어, 첫 가중치와 학습 줄을 모두 새로 뽑는다.",
)
SHUFFLED_WORLD = Text(
    "The search returns the passages of another question, and so does whatever else would hand over the right one.",
    "검색이 다른 질문의 글을 돌려준다. 정답 글을 주는 다른 모든 경우도 마찬가지다.",
)


class Retrieval:
    """See the module's docstring."""

    id = "retrieval"
    stage = "ask"
    topics = ("retrieval", "truthfulness")
    techniques = ("rag", "lost-in-the-middle", "hallucination")
    title = Text("Closed book against retrieval", "외워서 답하기와 찾아서 답하기")
    question = Text(
        "What does retrieval give a model on facts that it has not seen and on facts that have changed, and what "
        "becomes of wrong answers given with confidence?",
        "본 적 없는 사실과 바뀐 사실을 물을 때 검색은 모델에 무엇을 주며, 확신에 찬 오답은 어떻게 되는가?",
    )
    how = Text(
        "Synthetic: made words in made towns, each with a value. A model of two layers learns some by heart; on other "
        "words, whose value is drawn anew each time, it learns to read the value from up to nine passages, and on some "
        "of them to say unknown where no passage has it. All of that is trained, not emergent. Then the weights are "
        "fixed, and only the passages differ. BM25 ranks a store of all facts by whole words; where a question has "
        "another form of its word, all passages of the town tie. A hallucination is a wrong value with a chance above "
        "one half; the claim counts it with unknown ruled out, since the paper's models must answer, and the table has "
        "both. Why it may fail: weights that are sure of a fact need not look. On the changed facts of the claim no "
        "passage in training disagreed with memory; on the contested ones some did, and the table shows what that "
        "changes. In the paper the weights knew few of the answers; here they know all. A model that was taught to say "
        "unknown may have few inventions left to lose, and where BM25 misses, it copies a wrong passage with "
        "confidence: then hallucinations do not fall, they move. Nothing here favours the ends of a context: in "
        "training the right passage stands anywhere, contexts are short, and one question in four alone follows the "
        "passages at once, so that the last place is practised least. What large models learn from text that has its "
        "point at the beginning or the end, this one cannot.",
        "인공 세계다. 지어낸 마을에 지어낸 단어가 있고 단어마다 값이 있다. 두 층짜리 모델이 일부 단어의 값을 외운다. "
        "값을 매번 새로 뽑는 다른 단어로는 글 아홉 개까지에서 값을 읽기를 배우고, 그중 일부로는 어느 글에도 없을 때 "
        "모른다고 답하기를 배운다. 모두 저절로 생긴 능력이 아니라 가르친 것이다. 그 뒤에는 가중치를 고정하고 주는 "
        "글만 바꾼다. BM25는 모든 사실의 저장소를 단어 그대로 비교해 순위를 매기며, 질문이 다른 어형을 쓰면 같은 "
        "마을의 글이 모두 동점이 된다. 환각은 확률이 절반을 넘는 틀린 값이다. 논문의 모델은 반드시 답해야 하므로 "
        "주장에서는 모른다는 답을 빼고 세며, 표에는 둘 다 있다. 성립하지 않을 수 있는 이유: 확실히 외운 가중치는 글을 "
        "볼 필요가 없다. 주장에 쓰는 바뀐 사실에서는 학습 중의 글이 기억과 어긋난 적이 없고, 다툼이 있는 사실에서는 "
        "일부가 어긋났다. 그 차이는 표에 있다. 논문에서는 가중치가 아는 답이 적었지만 여기서는 전부 안다. 모른다고 "
        "답하도록 배운 모델에는 줄일 지어내기가 얼마 없을 수 있고, BM25가 놓치면 엉뚱한 글을 확신하며 베낀다. 그러면 "
        "환각은 줄지 않고 자리를 옮긴다. 문맥의 양 끝을 유리하게 하는 것은 없다. 학습에서 정답 글은 아무 데나 놓이고 "
        "문맥은 짧으며, 글 바로 뒤에 오는 질문은 넷 중 하나뿐이라 마지막 자리를 가장 적게 연습한다. 큰 모델이 처음이나 "
        "끝에 요점이 있는 글에서 배우는 것을 이 모델은 배울 수 없다.",
    )
    matched = Text(
        "The same weights, questions and decoding in all arms: only the passages differ. There is one training, so no "
        "rate to search for an arm; unseen values are drawn at random, so that no closed book could know them.",
        "모든 조건에서 가중치, 질문, 디코딩이 같고 주는 글만 다르다. 학습은 한 번이므로 조건마다 찾을 학습률이 없다. "
        "본 적 없는 값은 무작위로 뽑으므로 검색 없이 알 방법이 없다.",
    )
    claims = (
        Claim(
            id="looks-up-the-unseen",
            sentence=Text(
                "With the passages that BM25 finds, the model answers more than 30 points more of the questions on "
                "facts that it has not seen than without.",
                "BM25가 찾은 글이 있으면 모델은 본 적 없는 사실에 관한 질문을 없을 때보다 30점 넘게 더 맞힌다.",
            ),
            paper="2005.11401",
            reported=Reported(
                number=Text(
                    "exact match on Natural Questions 44.5 (RAG-Sequence) against 34.5 closed book (T5-11B); with BM25 "
                    "in place of its own retriever 31.8 instead of 44.0 on the development set (Tables 1 and 6)",
                    "Natural Questions 정확 일치 44.5 (RAG-Sequence) 대 검색 없이 34.5 (T5-11B). 개발 세트에서 자체 "
                    "검색기 대신 BM25를 쓰면 44.0이 아니라 31.8 (표 1, 6)",
                ),
                model="BART-large with DPR; T5-11B",
                data="Natural Questions, 21M passages of Wikipedia",
                checked=True,
            ),
            contrast=gained,
            contrast_text=Text(
                "share of right answers on unseen facts, retrieved passages − closed book",
                "본 적 없는 사실의 정답률: 검색한 글 − 검색 없이",
            ),
            margin=0.3,
            unit=Text("of the questions", "(질문 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "Closed book is a fair opponent and any text is no help: the weights answer more than 80 % of "
                    "facts that they learned, and another question's passages add less than 10 points on unseen ones.",
                    "검색 없이도 상대가 되며, 아무 글이나 도움이 되지는 않는다. 외운 사실은 80 % 넘게 맞히고, 다른 "
                    "질문의 글은 본 적 없는 사실에서 10점도 보태지 못한다.",
                ),
                contrast=fair_opponent,
                margin=0.0,
            ),
            null_world=SHUFFLED_WORLD,
        ),
        Claim(
            id="store-updates-the-answer",
            sentence=Text(
                "On facts that changed after training, with retrieved passages the model gives the new value more "
                "often than the one that it learned, by more than 20 points of the questions.",
                "학습 뒤에 바뀐 사실에 대해, 검색한 글이 있으면 모델은 외운 값보다 새 값을 20점 넘게 더 자주 답한다.",
            ),
            paper="2005.11401",
            reported=Reported(
                number=Text(
                    "82 heads of state who changed from 2016 to 2018: 68 % of the new ones right with the index of "
                    "2018, 4 % with that of 2016 (section 4.5)",
                    "2016년과 2018년 사이에 바뀐 국가 지도자 82명: 2018년 색인으로는 새 지도자의 68 %, 2016년 "
                    "색인으로는 4 %를 맞힘 (4.5절)",
                ),
                model="RAG on BART-large",
                data="Wikipedia of December 2016 and 2018",
                checked=True,
            ),
            contrast=updated,
            contrast_text=Text(
                "on changed facts with retrieved passages: share of new values − share of old ones",
                "바뀐 사실에 검색한 글을 줄 때: 새 값의 비율 − 옛 값의 비율",
            ),
            margin=0.2,
            unit=Text("of the questions", "(질문 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "The memory is there, and stale: without passages the model gives the old value to more than 80 % "
                    "of these questions.",
                    "기억은 있고 낡았다. 글이 없으면 모델은 이 질문의 80 % 넘게 옛 값을 답한다.",
                ),
                contrast=lambda m: m["stale", "changed-closed"],
                margin=SURE,
            ),
            null_world=SHUFFLED_WORLD,
        ),
        Claim(
            id="fewer-confident-inventions",
            sentence=Text(
                "Made to answer about facts that it has not seen, the model gives wrong values with confidence less "
                "often with retrieved passages, by more than 10 points, than without any and than with another "
                "question's.",
                "본 적 없는 사실에 반드시 답하게 할 때, 검색한 글이 있으면 글이 없을 때보다도 다른 질문의 글이 있을 "
                "때보다도 확신에 찬 오답이 10점 넘게 적다.",
            ),
            paper="2005.11401",
            reported=Reported(
                number=Text(
                    "of 452 pairs of generated questions people found RAG more factual in 42.7 %, BART without "
                    "retrieval in 7.1 % (section 4.3)",
                    "생성한 질문 452쌍에서 사람이 보기에 RAG가 더 사실적인 것이 42.7 %, 검색 없는 BART가 더 사실적인 "
                    "것이 7.1 % (4.3절)",
                ),
                model="RAG-Token and BART-large",
                data="Jeopardy question generation",
                checked=True,
            ),
            contrast=fewer_inventions,
            contrast_text=Text(
                "wrong values with a chance above 0.5, unknown ruled out, on unseen facts: the lesser of closed book "
                "and another question's passages − retrieved passages",
                "모른다는 답을 뺄 때 본 적 없는 사실에서 확률 0.5를 넘는 틀린 값의 비율: 글 없음과 다른 질문의 글 중 "
                "작은 쪽 − 검색한 글",
            ),
            margin=0.1,
            unit=Text("of the questions", "(질문 비율)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "Confidence is earned where the model knows: closed book, fewer than 10 % of its answers on known "
                    "facts are wrong with confidence.",
                    "아는 것에서의 확신은 근거가 있다. 검색 없이 아는 사실에서 확신에 찬 오답은 10 %보다 적다.",
                ),
                contrast=lambda m: 0.1 - m["made_to_answer", "known-closed"],
                margin=0.0,
            ),
            null_world=SHUFFLED_WORLD,
        ),
        Claim(
            id="lost-in-the-middle",
            sentence=Text(
                "Among nine passages, the right one is used less in the middle than at either end, by more than 5 "
                "points of accuracy.",
                "글 아홉 개 가운데 정답 글이 중간에 있으면 어느 쪽 끝에 있을 때보다도 정답률이 5점 넘게 낮다.",
            ),
            paper="2307.03172",
            reported=Reported(
                number=Text(
                    "20 passages, the right one at 1, 5, 10, 15, 20: 75.8, 57.2, 53.8, 55.4, 63.2 % (Table 6)",
                    "글 20개 중 정답 글이 1, 5, 10, 15, 20번째일 때 75.8, 57.2, 53.8, 55.4, 63.2 % (표 6)",
                ),
                model="GPT-3.5-Turbo",
                data="multi-document question answering on Natural Questions",
                checked=True,
            ),
            contrast=lost_in_the_middle,
            contrast_text=Text(
                "accuracy with the right passage first or last, whichever is less − the mean of the three middle "
                "places",
                "정답 글이 처음과 끝에 있을 때 중 낮은 쪽의 정답률 − 가운데 세 자리의 평균",
            ),
            margin=0.05,
            unit=Text("of accuracy", "(정답률)"),
            replicate=REPLICATE,
            control=Control(
                sentence=Text(
                    "It does read: the right passage among eight others adds more than 30 points to what another "
                    "question's passages give.",
                    "실제로 읽는다. 다른 글 여덟 개 사이의 정답 글은 다른 질문의 글보다 30점 넘게 더 맞히게 한다.",
                ),
                contrast=reads,
                margin=0.3,
            ),
            null_world=SHUFFLED_WORLD,
        ),
    )
    params = Params
    presets = {
        "quick": {"facts": 32, "unseen": 32, "practice": 32, "steps": 400, "rows": 24},
        "standard": {},
        "full": {
            "facts": 768, "unseen": 256, "practice": 512, "steps": 4000, "rows": 256, "rate": 3e-3, "width": 128,
        },
    }  # fmt: skip
    tiny = {"facts": 12, "unseen": 8, "practice": 12, "steps": 6, "rows": 4, "width": 16}
    papers = PaperQuery(topics=topics)
    replicates = REPLICATES
    side_by_side = True
    labels = {
        READER: Text("the reader", "읽는 모델"),
        "memory": Text("learned by heart", "외운 것"),
        "reading": Text("read from one of nine passages", "글 아홉 개에서 읽은 것"),
        "search": Text("BM25 found the passage", "BM25가 정답 글을 찾음"),
        "beside": Text("unseen facts, the right passage among others", "본 적 없는 사실, 다른 글 사이의 정답 글"),
        "place": Text("unseen facts, nine passages", "본 적 없는 사실, 글 아홉 개"),
        **{
            _arm(group, way): Text(f"{of.en}, {how.en}", f"{of.to('ko')}, {how.to('ko')}")
            for group, of in GROUP.items()
            for way, how in WAY.items()
        },
    }

    def units(self, params: Params, seeds: Sequence[int]) -> list[Unit]:
        """One unit a replicate: one model answers in all arms.

        :raises BadParam: the width does not divide into four heads of even width.
        """
        check_multiple(params, "width", of=8)
        return [
            Unit(id=f"replicate-{number}", arm=READER, replicate=number, seed=seed, params=params)
            for number, seed in enumerate(seeds)
        ]

    def run_unit(self, unit: Unit, context: Context) -> Iterator[Event]:
        """The reader, found or made; then the same questions in every way."""
        from core.reading_report import answers_figure, answers_table
        from core.text.contexts import Contexts
        from core.text.fact_store import CHANGED, CONTESTED, STEADY, UNSEEN, Store

        lesson, world = _lesson(unit, context)
        folder, model = yield from self._reader(unit, context, lesson, world)
        store = Store(world, world.words(CHANGED, CONTESTED, STEADY, UNSEEN), world.now, seed=unit.seed)
        seen: dict[str, Answers] = {}
        for group, words in zip(GROUP, (UNSEEN, CHANGED, CONTESTED, STEADY), strict=True):
            yield Progress(done=TRAINED, note=GROUP[group].as_dict())
            asked = store.questions(world.words(words), mismatch=unit.params.mismatch, seed=unit.seed + 1)
            contexts = Contexts(store=store, asked=asked, null=context.null, seed=unit.seed)
            seen |= yield from self._asked(unit, group, model, contexts)
            if group == "unseen":
                yield from self._searched(unit, model, contexts, seen[_arm(group, RETRIEVED)])
                yield from self._crowded(unit, model, contexts)
        if unit.replicate == 0:
            title = Text(f"Answers, replicate 1 (reader {folder.name})", f"답, 첫 번째 반복 (읽는 모델 {folder.name})")
            yield answers_table(title, self.labels, seen)
            yield answers_figure("answers", ANSWERED, self.labels, seen)
        yield Progress(done=1.0)

    def _reader(
        self, unit: Unit, context: Context, lesson: Lesson, world: World
    ) -> Generator[Event, None, tuple[Path, GPT]]:
        """Points of what it knows and what it can read, while it is made."""
        from core.text.fact_store import STEADY, UNSEEN
        from core.training.reading import load_reader, read_anew, remembered, stages

        yield Progress(done=0.0, note=Text("training the reader", "읽는 모델 학습 중").as_dict())
        for done, folder in stages(context.cache, lesson, world):
            model = load_reader(folder, context.device)
            memory = remembered(model, world, world.words(STEADY)).accuracy
            reading = read_anew(model, world, world.words(UNSEEN), passages=MOST, seed=unit.seed).accuracy
            for arm, right in (("memory", memory), ("reading", reading)):
                yield Point(arm=arm, x=done, y=right, replicate=unit.replicate, chart="training",
                            x_label=STEPS, y_label=RIGHT)  # fmt: skip
            yield Progress(done=TRAINED * done / lesson.steps)
        yield unit.measure("accuracy", memory, "1", arm="memory")
        yield unit.measure("accuracy", reading, "1", arm="reading")
        return folder, model

    def _asked(
        self, unit: Unit, group: str, model: GPT, contexts: Contexts
    ) -> Generator[Event, None, dict[str, Answers]]:
        """One group of questions in every way."""
        from core.reading_report import samples
        from core.training.reading import ask

        store, words, limit = contexts.store, contexts.asked.words, unit.params.limit
        told = {
            CLOSED: contexts.none(),
            RETRIEVED: contexts.found(limit),
            OTHERS: contexts.of_others(limit),
            "oracle": contexts.alone(),
        }
        if group == "changed":
            told[OUTDATED] = told[RETRIEVED]
        answers: dict[str, Answers] = {}
        for way, passages in told.items():
            arm = _arm(group, way)
            said = store.world.value if way == OUTDATED else store.values
            found = answers[arm] = ask(model, store.world, words, passages, values=said, right=store.values)
            for name in ("accuracy", "stale", "unknown", "hallucinated", "made_to_answer"):
                yield unit.measure(name, getattr(found, name), "1", arm=arm)
        if unit.replicate == 0:
            yield from samples(contexts, {_arm(group, way): told[way] for way in (CLOSED, RETRIEVED)}, answers)
        return answers

    def _searched(self, unit: Unit, model: GPT, contexts: Contexts, answers: Answers) -> Iterator[Event]:
        """What BM25 finds, by how many passages it may return, and what becomes of it."""
        from core.reading_report import search_table
        from core.text.fact_store import hits
        from core.training.reading import ask

        store, words = contexts.store, contexts.asked.words
        same = contexts.asked.forms == store.forms[words]
        rows: dict[int, list[float]] = {}
        for limit in (*LIMITS, unit.params.limit):
            told = contexts.found(limit)
            hit = hits(told, words)
            right = ask(model, store.world, words, told, values=store.values).accuracy
            by_form = [float(hit[part].mean()) if part.any() else 0.0 for part in (same, ~same)]
            rows[limit] = [float(hit.mean()), *by_form, right]
        for limit, (found, *_, right) in sorted(rows.items()):
            yield unit.measure(f"recall_at_{limit}", found, "1", arm="search")
            for arm, y in (("search", found), (_arm("unseen", RETRIEVED), right)):
                yield Point(arm=arm, x=limit, y=y, replicate=unit.replicate, chart="retrieved",
                            x_label=FOUND, y_label=SHARE)  # fmt: skip
        for name, part in (("found", hit), ("missed", ~hit)):  # at the limit that is set, which came last
            if part.any():
                yield unit.measure(f"accuracy_{name}", answers.only(part).accuracy, "1", arm="search")
                yield unit.measure(f"hallucinated_{name}", answers.only(part).hallucinated, "1", arm="search")
        if unit.replicate == 0:
            yield search_table(SEARCHED, dict(sorted(rows.items())))

    def _crowded(self, unit: Unit, model: GPT, contexts: Contexts) -> Iterator[Event]:
        """The right passage among more and more others, and at every place among eight."""
        from core.text.contexts import places
        from core.training.reading import ask

        store, words = contexts.store, contexts.asked.words

        def accuracy(distractors: int, place: int | None) -> float:
            drawn = [contexts.among(distractors, place=place, draw=draw) for draw in range(DRAWS)]
            return sum(ask(model, store.world, words, told, values=store.values).accuracy for told in drawn) / DRAWS

        for count in DISTRACTORS:
            right = accuracy(count, None)
            yield unit.measure(f"accuracy_with_{count}", right, "1", arm="beside")
            yield Point(arm="beside", x=count, y=right, replicate=unit.replicate, chart="distractors",
                        x_label=BESIDE, y_label=RIGHT)  # fmt: skip
        at = []
        for place in range(MOST):
            at.append(accuracy(MOST - 1, place))
            yield Point(arm="place", x=place + 1, y=at[-1], replicate=unit.replicate, chart="place",
                        x_label=PLACE, y_label=RIGHT)  # fmt: skip
        middle, first, last = places(MOST)
        yield unit.measure("accuracy_first", at[first], "1", arm="place")
        yield unit.measure("accuracy_last", at[last], "1", arm="place")
        yield unit.measure("accuracy_middle", sum(at[place] for place in middle) / len(middle), "1", arm="place")
        yield unit.measure("accuracy_anywhere", sum(at) / len(at), "1", arm="place")


def _lesson(unit: Unit, context: Context) -> tuple[Lesson, World]:
    from core.text.fact_store import make_world
    from core.training.reading import Lesson

    params: Params = unit.params
    facts = {"facts": params.facts, "unseen": params.unseen, "practice": params.practice}
    facts |= {"towns": max(2, params.facts // 6), "values": VALUES, "seed": unit.seed}
    lesson = Lesson(
        world=facts,
        width=params.width,
        layers=params.layers,
        contradicted=params.contradicted,
        unknown=params.unknown,
        most=MOST,
        steps=params.steps,
        rows=params.rows,
        rate=params.rate,
        seed=unit.seed,
        device=context.device,
    )
    return lesson, make_world(**facts)


EXPERIMENT = Retrieval()
