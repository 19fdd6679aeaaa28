"""Does the model use Korean particles and tenses, in sentences that it has not seen? Made by a grammar of the project.

A particle depends on the final consonant before it (은/는, 이/가, 을/를) or on the verb (에, 에서), a past tense on the
vowel of the stem (았/었). The sentences are about daily life and about language-model research.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from core.language import Text
from core.text.tasks.task import Item, Task

SUBJECTS = ("민수", "지은", "서연", "하준", "학생", "교수", "연구자", "연구원", "개발자", "선생님", "친구", "동생")
FIRST_SYLLABLE = ord("가")
# A syllable is (initial × 21 + vowel) × 28 + final.
A, AE, EO, YEO, O, WA, U, WO, EU, I = 0, 1, 4, 6, 8, 9, 13, 14, 18, 20  # noqa: E741
# What a vowel at the end of a stem and the 아 or 어 after it become together; the others swallow it.
CONTRACTED = {O: WA, U: WO, I: YEO, EU: EO}
NO_FINAL, RIEUL, BIEUP, SSANG_SIOT = 0, 8, 17, 20


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a verb goes with.

    :param stem: the verb without its ending; regular, or ending in 하.
    :param objects: what it acts on; none for a verb of motion.
    :param places: where it happens, or where a motion leads.
    """

    stem: str
    objects: tuple[str, ...]
    places: tuple[str, ...]


def _frame(stem: str, objects: str, places: str) -> Frame:
    return Frame(stem=stem, objects=tuple(objects.split()), places=tuple(places.split()))


FRAMES = (
    _frame("먹", "사과 밥 빵 국수 김치", "식당 집 학교"),
    _frame("마시", "물 커피 우유 차", "카페 집 식당 사무실"),
    _frame("읽", "책 논문 신문 잡지 보고서", "도서관 연구실 집 카페"),
    _frame("쓰", "논문 코드 보고서", "연구실 도서관 회사"),
    _frame("쓰", "편지 일기 소설", "집 카페"),
    _frame("사", "사과 빵 우유 꽃 옷 김치", "시장 가게"),
    _frame("사", "책 잡지 소설 지도", "서점"),
    _frame("팔", "사과 빵 우유 꽃 옷", "시장 가게"),
    _frame("보", "영화 연극", "극장 학교"),
    _frame("만들", "빵 국수 김치 밥", "부엌 집"),
    _frame("만들", "모델 말뭉치 토큰", "연구실 회사 실험실"),
    _frame("배우", "한국어 영어 음악 수학", "학교 집 도서관"),
    _frame("가르치", "한국어 영어 음악 수학", "학교 집 도서관"),
    _frame("그리", "그림 꽃 지도", "학교 공원 집"),
    _frame("찾", "책 지도 신문 잡지", "도서관 서점 집"),
    _frame("기다리", "친구들 손님 가족", "공원 역 카페"),
    _frame("기다리", "버스 기차", "정류장 역"),
    _frame("만나", "친구들 손님 가족", "공원 역 카페 학교"),
    _frame("보내", "편지 꽃 그림 책", "우체국 사무실 집"),
    _frame("가", "", "학교 집 시장 도서관 연구실 회사 역 공원"),
    _frame("오", "", "학교 집 시장 도서관 연구실 회사 역 공원"),
    _frame("다니", "", "학교 도서관 연구실 회사"),
    _frame("학습하", "모델 말뭉치 문장", "연구실 회사 실험실"),
    _frame("평가하", "모델 가중치 결과 번역", "연구실 회사 실험실"),
    _frame("분석하", "데이터 결과 손실 논문 문장 말뭉치", "연구실 회사 실험실"),
    _frame("모집하", "연구원들 참가자 학생들", "학교 회사 연구실"),
    _frame("수집하", "데이터 논문 문장 말뭉치", "연구실 회사 도서관"),
    _frame("정리하", "데이터 논문 코드 결과", "연구실 회사 집"),
    _frame("줄이", "손실 오류 학습률 비용", "연구실 회사 실험실"),
    _frame("바꾸", "모델 학습률 코드 가중치", "연구실 회사 실험실"),
    _frame("나누", "데이터 문장 말뭉치 토큰", "연구실 회사 실험실"),
    _frame("저장하", "모델 가중치 데이터 결과", "연구실 회사 실험실"),
    _frame("공개하", "모델 데이터 코드 논문", "학회 회사 연구실"),
    _frame("발표하", "논문 결과 보고서 모델", "학회 학교 회사"),
    _frame("계산하", "손실 비용 학습률", "연구실 회사 실험실"),
    _frame("고치", "코드 문장 번역 오류", "연구실 회사 집"),
)
CHOICES = ("은/는", "이/가", "을/를", "에/에서")
# Whoever is acted on is asked for with 누구를, not 무엇을.
PEOPLE = ("친구들", "손님", "가족", "연구원들", "참가자", "학생들")


def _final(word: str) -> int:
    return (ord(word[-1]) - FIRST_SYLLABLE) % 28


def _vowel(word: str) -> int:
    return (ord(word[-1]) - FIRST_SYLLABLE) // 28 % 21


def particle(word: str, after_consonant: str, after_vowel: str) -> str:
    """The form of a particle that stands after `word`: `particle("책", "을", "를")` is 을."""
    return after_vowel if _final(word) == NO_FINAL else after_consonant


def present(stem: str) -> str:
    """The formal present: 먹 → 먹습니다, 가 → 갑니다, 만들 → 만듭니다."""
    if _final(stem) in (NO_FINAL, RIEUL):
        return stem[:-1] + chr(ord(stem[-1]) - _final(stem) + BIEUP) + "니다"
    return stem + "습니다"


def past(stem: str) -> str:
    """The formal past, contracted as in speech: 먹 → 먹었습니다, 가 → 갔습니다, 배우 → 배웠습니다, 하 → 했습니다."""
    vowel = _vowel(stem)
    if _final(stem) != NO_FINAL:
        return stem + ("았" if vowel in (A, O) else "었") + "습니다"
    contracted = AE if stem[-1] == "하" else CONTRACTED.get(vowel, vowel)
    return stem[:-1] + chr(ord(stem[-1]) + (contracted - vowel) * 28 + SSANG_SIOT) + "습니다"


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """Who does what where; `thing` is what or whom the verb acts on, empty for a motion."""

    subject: str
    place: str
    thing: str
    stem: str

    @property
    def asks_for_thing(self) -> str:
        return "누구를" if self.thing in PEOPLE else "무엇을"

    @property
    def phrases(self) -> dict[str, str]:
        """The part of the sentence before the verb, by the word that asks for it."""
        found = {"누가": self.subject + particle(self.subject, "이", "가")}
        if self.thing:
            return found | {
                "어디에서": f"{self.place}에서",
                self.asks_for_thing: self.thing + particle(self.thing, "을", "를"),
            }
        return found | {"어디에": f"{self.place}에"}

    @property
    def topical(self) -> dict[str, str]:
        """The same, with the subject as the topic (은/는)."""
        return self.phrases | {"누가": self.subject + particle(self.subject, "은", "는")}


def draw(rng: random.Random) -> Item:
    """A sentence of one verb, and one of three questions about it: its parts, its particles, its past."""
    frame = rng.choice(FRAMES)
    sentence = Sentence(
        subject=rng.choice(SUBJECTS),
        place=rng.choice(frame.places),
        thing=rng.choice(frame.objects) if frame.objects else "",
        stem=frame.stem,
    )
    key = f"korean/{sentence.subject}/{sentence.place}/{sentence.thing}/{sentence.stem}"
    prompt, answer = rng.choice((_ask, _choose_particle, _tell_past))(rng, sentence)
    return Item(key=key, prompt=prompt, answer=f" {answer}\n")


def _ask(rng: random.Random, sentence: Sentence) -> tuple[str, str]:
    tense = rng.choice((past, present))(sentence.stem)
    stated = " ".join(rng.choice((sentence.phrases, sentence.topical)).values())
    asked = rng.choice(tuple(sentence.phrases))
    # "무엇을 먹었습니까?", but "누가 사과를 먹었습니까?": without what it acts on the verb stands too bare.
    acted_on = sentence.asks_for_thing
    kept = [sentence.phrases[acted_on]] if sentence.thing and asked != acted_on else []
    question = " ".join([asked, *kept, tense.removesuffix("다") + "까?"])
    return f"문장: {stated} {tense}.\n질문: {question}\n답:", sentence.phrases[asked]


def _choose_particle(rng: random.Random, sentence: Sentence) -> tuple[str, str]:
    phrases = rng.choice((sentence.phrases, sentence.topical))
    asked = rng.choice(tuple(phrases))
    right = phrases[asked]
    word = {"누가": sentence.subject, sentence.asks_for_thing: sentence.thing}.get(asked, sentence.place)
    choice = next(pair for pair in CHOICES if right.removeprefix(word) in pair.split("/"))
    blanked = " ".join(f"{word}({choice})" if role == asked else phrase for role, phrase in phrases.items())
    return f"조사: {blanked} {past(sentence.stem)}.\n답:", right


def _tell_past(rng: random.Random, sentence: Sentence) -> tuple[str, str]:
    stated = " ".join(rng.choice((sentence.phrases, sentence.topical)).values())
    return f"과거로: {stated} {present(sentence.stem)}.\n답:", f"{stated} {past(sentence.stem)}."


_MOTIONS = sum(not frame.objects for frame in FRAMES) / len(FRAMES)
# Any of the three phrases before the verb, two where it is a motion; one of two particles; the past cannot be guessed.
CHANCE = ((1 - _MOTIONS) / 3 + _MOTIONS / 2 + 1 / 2) / 3

TASK = Task(
    id="korean",
    title=Text("Korean", "한국어"),
    about=Text(
        "Korean sentences made by a grammar of the project: who, what and where, the right particle, the past tense; "
        f"one combination of subject, place, object and verb in ten is held out; guessing reaches {CHANCE:.0%}.",
        "프로젝트의 문법으로 생성한 한국어 문장으로 누가·무엇을·어디에서에 답하기, 조사 고르기, 과거형 바꾸기를 "
        f"학습하고, 주어·장소·목적어·동사 조합 열에 하나는 제외합니다. 찍어서 맞힐 확률은 {CHANCE:.0%}입니다.",
    ),
    chance=CHANCE,
    draw=draw,
)
