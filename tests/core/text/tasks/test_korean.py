"""Is the Korean right: particles, tenses, and what is asked?"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from itertools import islice

import pytest

from core.text.tasks.korean import CHANCE, FRAMES, PEOPLE, SUBJECTS, TASK, draw, particle, past, present
from core.text.tasks.task import Item, questions, training_items

# Written by hand: present and past of every verb that the task uses.
VERBS = {
    "먹": "먹습니다 먹었습니다", "마시": "마십니다 마셨습니다", "읽": "읽습니다 읽었습니다", "쓰": "씁니다 썼습니다",
    "사": "삽니다 샀습니다", "팔": "팝니다 팔았습니다", "보": "봅니다 봤습니다", "만들": "만듭니다 만들었습니다",
    "배우": "배웁니다 배웠습니다", "가르치": "가르칩니다 가르쳤습니다", "그리": "그립니다 그렸습니다",
    "찾": "찾습니다 찾았습니다", "기다리": "기다립니다 기다렸습니다", "만나": "만납니다 만났습니다",
    "보내": "보냅니다 보냈습니다", "가": "갑니다 갔습니다", "오": "옵니다 왔습니다", "다니": "다닙니다 다녔습니다",
    "줄이": "줄입니다 줄였습니다", "바꾸": "바꿉니다 바꿨습니다", "나누": "나눕니다 나눴습니다",
    "고치": "고칩니다 고쳤습니다",
}  # fmt: skip
PARTICLES = {"은/는": ("은", "는"), "이/가": ("이", "가"), "을/를": ("을", "를")}
MOTIONS = ("갑", "갔", "옵", "왔", "다닙", "다녔")


@pytest.fixture(scope="module")
def drawn() -> list[Item]:
    rng = random.Random(12)
    return [draw(rng) for _ in range(10_000)]


def ends_in_consonant(word: str) -> bool:
    """By decomposition into letters, not by arithmetic on the code point."""
    return len(unicodedata.normalize("NFD", word[-1])) == 3


def tenses(stem: str) -> tuple[str, str]:
    if stem.endswith("하"):
        return stem[:-1] + "합니다", stem[:-1] + "했습니다"
    now, then = VERBS[stem].split()
    return now, then


def solve(prompt: str) -> str:
    """The answer, from the prompt alone."""
    kind, line = prompt.splitlines()[0].split(": ")
    *phrases, verb = line.removesuffix(".").split()
    if kind == "과거로":
        [then] = {tenses(frame.stem)[1] for frame in FRAMES if tenses(frame.stem)[0] == verb}
        return " ".join([*phrases, then]) + "."
    if kind == "조사":
        [(word, choice)] = re.findall(r"(\S+)\((\S+)\)", line)
        if choice == "에/에서":
            return word + ("에" if verb.startswith(MOTIONS) else "에서")
        return word + PARTICLES[choice][0 if ends_in_consonant(word) else 1]
    asked = prompt.splitlines()[1].removeprefix("질문: ").split()[0]
    subject = phrases[0][:-1]
    if asked == "누가":
        return subject + ("이" if ends_in_consonant(subject) else "가")
    return phrases[2] if asked in ("무엇을", "누구를") else phrases[1]


def test_every_answer_is_right(drawn: list[Item]) -> None:
    for item in drawn:
        assert item.answer == f" {solve(item.prompt)}\n"
    kinds = Counter(item.prompt.split(":")[0] for item in drawn)
    assert kinds.keys() == {"문장", "조사", "과거로"}
    assert min(kinds.values()) > 3_000


def test_every_sentence_has_right_particles(drawn: list[Item]) -> None:
    for item in drawn:
        *phrases, verb = item.prompt.splitlines()[0].split(": ")[1].removesuffix(".").split()
        assert len(phrases) == (2 if verb.startswith(MOTIONS) else 3)
        for phrase in phrases:
            if "(" not in phrase and not phrase.endswith(("에", "에서")):
                last = phrase[-1]
                assert last in ("은이을" if ends_in_consonant(phrase[:-1]) else "는가를")


def test_people_are_asked_for_with_another_word(drawn: list[Item]) -> None:
    asked = {
        (item.prompt.splitlines()[1].split()[1], item.answer.strip()[:-1]) for item in drawn if "질문" in item.prompt
    }
    things = {(question, thing) for question, thing in asked if question in ("무엇을", "누구를")}
    assert {thing for question, thing in things if question == "누구를"} == set(PEOPLE)
    assert {thing for question, thing in things if question == "무엇을"}.isdisjoint(PEOPLE)


def test_verbs_are_conjugated_as_by_hand() -> None:
    for stem in {frame.stem for frame in FRAMES}:
        assert (present(stem), past(stem)) == tenses(stem)


@pytest.mark.parametrize("word", ["책", "사과", "서울", "모델", "데이터", "꽃", "차"])
def test_a_particle_follows_the_final_consonant(word: str) -> None:
    assert particle(word, "을", "를") == ("을" if ends_in_consonant(word) else "를")


def test_there_are_words_enough_of_daily_life_and_research() -> None:
    nouns = {*SUBJECTS} | {word for frame in FRAMES for word in (*frame.objects, *frame.places)}
    assert len(nouns) >= 60
    assert len({frame.stem for frame in FRAMES}) >= 30
    assert {"사과", "시장", "모델", "데이터", "논문", "말뭉치"} <= nouns


def combination(text: str) -> tuple[str, ...]:
    """Subject, place, thing and verb of an item's first line, particles aside."""
    *phrases, verb = text.splitlines()[0].split(": ")[1].removesuffix(".").split()
    bare = [re.sub(r"\(.+\)$|에서$|[은는이가을를에]$", "", phrase) for phrase in phrases]
    [stem] = {frame.stem for frame in FRAMES if verb in tenses(frame.stem)}
    return (*bare, stem)


def test_a_held_out_combination_comes_in_no_form() -> None:
    text = "".join(islice(training_items(TASK, 0), 2_000))
    items = re.split(r"\n(?=문장|조사|과거로)", text)
    trained = {combination(item) for item in items}
    kept_out = {combination(item.prompt) for item in questions(TASK, 0, 400)}
    assert len(trained) > 2_000 and len(kept_out) > 200
    assert trained.isdisjoint(kept_out)


def test_chance_is_any_phrase_or_one_of_two_particles(drawn: list[Item]) -> None:
    blind = 0.0
    for item in drawn:
        kind, line = item.prompt.splitlines()[0].split(": ")
        blind += {"문장": 1 / (len(line.split()) - 1), "조사": 1 / 2, "과거로": 0}[kind]
    assert blind / len(drawn) == pytest.approx(CHANCE, abs=0.01)
