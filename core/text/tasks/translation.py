"""Can the model translate a sentence that it has not seen, in both directions? English and a small made language.

Tovan has the verb last, the adjective after its noun and no article. A noun takes `ri` for the plural and then `m` as
the object: "the old farmer sees the red birds" is "dola vesh timorim kash hevat".
"""

from __future__ import annotations

import random

from core.language import Text
from core.text.tasks.task import Item, Task

# Those that act, and those that are only acted on. Noun stems end in a vowel.
ACTORS = {
    "farmer": "dola", "king": "resho", "teacher": "minaku", "sailor": "ponte", "child": "likki", "dog": "hurva",
    "cat": "nefi", "horse": "taggo", "bird": "timo", "bear": "urmba", "fox": "sivve", "giant": "zogga",
}  # fmt: skip
OBJECTS = {
    "house": "kalu", "boat": "velda", "apple": "pirri", "stone": "gorno", "tree": "arbu", "river": "lusha",
    "letter": "skivo", "bell": "donga", "lamp": "fiara", "basket": "wicku", "flower": "jamme", "mountain": "trakko",
}  # fmt: skip
ADJECTIVES = {
    "old": "vesh", "young": "nil", "red": "kash", "green": "orth", "big": "gul", "small": "pitt", "happy": "joss",
    "sad": "mern", "quiet": "shuf", "strong": "brok", "wise": "elth", "strange": "quorl",
}  # fmt: skip
SEEING = {
    "see": "hevat", "find": "polit", "carry": "dragot", "want": "zhelit", "draw": "linat", "guard": "wardut",
    "love": "amurt", "hear": "odit", "follow": "sekut", "paint": "kolort",
}  # fmt: skip
RESTING = {"sleep": "dormek", "sing": "lalek", "run": "kurrek", "laugh": "hahek", "wait": "stayek", "dance": "tansek"}
IRREGULAR = {"child": "children"}
NOUNS = ACTORS | OBJECTS
ADJECTIVE_SHARE = 0.6
RESTING_SHARE = 0.25
# The commonest sentence: a bare noun in the singular or plural at rest.
CHANCE = RESTING_SHARE / len(RESTING) * (1 - ADJECTIVE_SHARE) / (2 * len(ACTORS))


def draw(rng: random.Random) -> Item:
    """A sentence of three to seven English words, and its translation; both directions, as often."""
    actor, plural, adjective = _phrase(rng, tuple(ACTORS))
    english, tovan = _english(actor, plural, adjective), _tovan(actor, plural, adjective)
    if rng.random() < RESTING_SHARE:
        verb = rng.choice(tuple(RESTING))
        english += f" {_agree(verb, plural)}"
        tovan += f" {RESTING[verb]}"
    else:
        verb = rng.choice(tuple(SEEING))
        acted_on = _phrase(rng, tuple(NOUNS))
        english += f" {_agree(verb, plural)} {_english(*acted_on)}"
        tovan += f" {_tovan(*acted_on, suffix='m')} {SEEING[verb]}"
    # The same key for both directions: a held-out sentence is read in neither language.
    key = f"translation/{english}"
    if rng.random() < 0.5:
        return Item(key=key, prompt=f"English: {english}\nTovan:", answer=f" {tovan}\n")
    return Item(key=key, prompt=f"Tovan: {tovan}\nEnglish:", answer=f" {english}\n")


def _phrase(rng: random.Random, nouns: tuple[str, ...]) -> tuple[str, bool, str | None]:
    """A noun, whether it is plural, and its adjective if it has one."""
    adjective = rng.choice(tuple(ADJECTIVES)) if rng.random() < ADJECTIVE_SHARE else None
    return rng.choice(nouns), rng.random() < 0.5, adjective


def _english(noun: str, plural: bool, adjective: str | None) -> str:
    if plural:
        noun = IRREGULAR.get(noun, noun + ("es" if noun.endswith("x") else "s"))
    return f"the {adjective} {noun}" if adjective else f"the {noun}"


def _tovan(noun: str, plural: bool, adjective: str | None, *, suffix: str = "") -> str:
    word = NOUNS[noun] + ("ri" if plural else "") + suffix
    return f"{word} {ADJECTIVES[adjective]}" if adjective else word


def _agree(verb: str, plural: bool) -> str:
    if plural:
        return verb
    return verb[:-1] + "ies" if verb == "carry" else verb + "s"


TASK = Task(
    id="translation",
    title=Text("Translation", "번역"),
    about=Text(
        "Sentences of three to seven words between English and Tovan, a small made language with the verb last; one "
        "sentence in ten is held out in both directions; guessing reaches almost nothing.",
        "영어와 동사가 끝에 오는 작은 인공 언어 토반어 사이의 3~7단어 문장 번역을 학습하고, 문장 열에 하나는 양방향 "
        "모두에서 제외합니다. 찍어서는 거의 맞힐 수 없습니다.",
    ),
    chance=CHANCE,
    draw=draw,
)
