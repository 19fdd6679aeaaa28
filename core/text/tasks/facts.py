"""Can the model answer about what it only read? A made-up world, stated throughout and asked about in part.

Every fact about 300 people is stated in several phrasings; nine in ten are also asked for, in several too. What is held
out are the questions about the rest: knowledge that stands in statements only, and must be extracted
(arXiv:2309.14316).
"""

from __future__ import annotations

import random
from collections import Counter

from core.language import Text
from core.text.tasks.task import Item, Task

FIRST_NAMES = (
    "Mira", "Tobin", "Elsa", "Joren", "Vela", "Kasim", "Nadia", "Orrin", "Petra", "Rufus", "Selma", "Timo", "Ulla",
    "Viggo", "Wanda", "Anton", "Berit", "Cyrus", "Dora", "Emil", "Fenna", "Gideon", "Hedda", "Ivo", "Juno", "Kira",
    "Linus", "Marta", "Nils", "Olga",
)  # fmt: skip
# Each stem with each ending: 300 surnames, one for each person, so that a surname alone tells who is meant.
STEMS = (
    "Sol", "Bran", "Cor", "Dal", "Fen", "Gar", "Hol", "Kest", "Lor", "Mar", "Nor", "Pel", "Quin", "Rav", "Sten",
    "Tarn", "Ulm", "Vand", "Wex", "Zim",
)  # fmt: skip
ENDINGS = ("en", "a", "is", "or", "wick", "by", "ett", "ova", "ley", "mund", "ine", "ard", "o", "well", "ski")

TOWNS = (
    "Tavik", "Orlo", "Benmar", "Sudra", "Kelwin", "Paskel", "Lindra", "Morvale", "Ostrel", "Quenby", "Rilmore",
    "Saltby", "Tarrow", "Umber", "Velden", "Wexholm", "Yarrow", "Zellin", "Abrim", "Bastok", "Corvel", "Dunmere",
    "Eskil", "Farlow", "Greshol", "Hartle", "Imbrel", "Jorvale", "Karsta", "Lomar", "Marnor", "Nesbit", "Olvera",
    "Perrin", "Rostel", "Skelby", "Tolmin", "Ulverton", "Varnel", "Wistow",
)  # fmt: skip
# No vowel first: `a` is right before all of them.
CRAFTS = (
    "baker", "weaver", "potter", "miller", "tailor", "mason", "carpenter", "smith", "cooper", "tanner", "glazier",
    "printer", "painter", "singer", "dancer", "juggler", "gardener", "shepherd", "fisher", "sailor", "cobbler",
    "lawyer", "doctor", "nurse", "teacher", "judge", "banker", "barber", "brewer", "butcher", "clerk", "cook",
    "courier", "driver", "fiddler", "jeweler", "plumber", "rower", "surgeon", "tinker",
)  # fmt: skip
ANIMALS = (
    "heron", "badger", "beetle", "camel", "cat", "cobra", "crab", "crane", "crow", "deer", "dog", "donkey", "dove",
    "duck", "falcon", "ferret", "finch", "fox", "frog", "gecko", "goat", "goose", "hamster", "hare", "hawk", "hen",
    "horse", "lamb", "lizard", "llama", "magpie", "mole", "monkey", "moth", "newt", "parrot", "pigeon", "rabbit",
    "raven", "turtle",
)  # fmt: skip
VALUES = {"town": TOWNS, "craft": CRAFTS, "animal": ANIMALS}
QUESTIONS = {
    "town": ("Where does {name} live?", "Where is the home of {name}?", "In which town does {name} have a house?"),
    "craft": ("What is the craft of {name}?", "What does {name} work as?", "By craft, what is {name}?"),
    "animal": ("Which animal does {name} keep?", "What is the animal of {name}?", "What does {name} look after?"),
}
STATEMENTS = {
    "town": (
        "{name} lives in {value}.",
        "The home of {name} is {value}.",
        "{name} has a house in {value}.",
        "In {value} lives {name}.",
    ),
    "craft": (
        "{name} is a {value}.",
        "{name} works as a {value}.",
        "By craft {name} is a {value}.",
        "One good {value} is {name}.",
    ),
    "animal": (
        "{name} keeps a {value}.",
        "The animal of {name} is a {value}.",
        "{name} looks after a {value}.",
        "A {value} belongs to {name}.",
    ),
}
ATTRIBUTES = tuple(VALUES)


def _world() -> dict[str, dict[str, str]]:
    """Name to attribute to value; the same world everywhere."""
    rng = random.Random("the people of TrendLab")
    surnames = [stem + ending for stem in STEMS for ending in ENDINGS]
    return {
        f"{rng.choice(FIRST_NAMES)} {surname}": {attribute: rng.choice(VALUES[attribute]) for attribute in ATTRIBUTES}
        for surname in surnames
    }


WORLD = _world()
NAMES = tuple(WORLD)
# Always the commonest town, craft or animal, according to what is asked.
CHANCE = sum(max(Counter(person[of] for person in WORLD.values()).values()) for of in ATTRIBUTES) / (3 * len(WORLD))


def draw(rng: random.Random) -> Item:
    """A question about one attribute of one person, in one of its phrasings: `Where does Mira Solen live? Tavik`."""
    name, attribute = rng.choice(NAMES), rng.choice(ATTRIBUTES)
    return Item(
        key=f"facts/{name}/{attribute}",
        prompt=rng.choice(QUESTIONS[attribute]).format(name=name),
        answer=f" {WORLD[name][attribute]}\n",
    )


def statement(rng: random.Random) -> str:
    """One fact of the world in one of its phrasings: `Mira Solen lives in Tavik.`"""
    name, attribute = rng.choice(NAMES), rng.choice(ATTRIBUTES)
    return rng.choice(STATEMENTS[attribute]).format(name=name, value=WORLD[name][attribute]) + "\n"


TASK = Task(
    id="facts",
    title=Text("Facts", "사실"),
    about=Text(
        "Town, craft and animal of 300 made-up people, all stated and nine in ten also asked for; held out are the "
        f"questions about the rest, whose answers stand in statements only; guessing reaches {CHANCE:.0%}.",
        "지어낸 인물 300명의 사는 곳, 직업, 동물을 모두 서술문으로 학습하고 그중 열에 아홉은 질문으로도 학습합니다. "
        f"서술문으로만 읽은 나머지에 대한 질문을 제외해 두고 평가하며, 찍어서 맞힐 확률은 {CHANCE:.0%}입니다.",
    ),
    chance=CHANCE,
    draw=draw,
    statement=statement,
)
