"""What is claimed, and by which number does it stand or fall? Everything that decides it is fixed in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from core.language import Text


class Measures(Mapping[tuple[str, str], float]):
    """The numbers of one replicate, keyed by (measure name, arm).

    :param replicate: its number, by which a verdict names it when it had to be left out.
    :raises MissingMeasure: on a look-up of a number that was not measured, which makes the replicate unusable.
    """

    def __init__(self, values: Mapping[tuple[str, str], float], *, replicate: int | None = None) -> None:
        self._values = dict(values)
        self.replicate = replicate

    def __getitem__(self, key: tuple[str, str]) -> float:
        try:
            return self._values[key]
        except KeyError:
            raise MissingMeasure(*key) from None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class MissingMeasure(KeyError):
    """A number that a contrast needs was not measured."""

    def __init__(self, name: str, arm: str) -> None:
        super().__init__(name, arm)
        self.reason = Text(f"{name} of arm {arm} was not measured", f"{arm}의 {name} 값이 없음")

    def __str__(self) -> str:
        return self.reason.en


@dataclass(frozen=True, kw_only=True)
class Reported:
    """What the paper said: its number, with which model, on which data.

    :param checked: whether the number was read at the source; if not it is shown as approximate.
    """

    number: Text
    model: str
    data: str
    checked: bool


@dataclass(frozen=True, kw_only=True)
class Control:
    """A contrast that must come out above its margin, or the experiment measured something else than it says."""

    sentence: Text
    contrast: Callable[[Measures], float]
    margin: float


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One falsifiable sentence with everything that decides it fixed in the file.

    :param paper: arXiv id of the paper that claims it.
    :param contrast: one number from the measures of one replicate; the claim says that it is above `margin`.
    :param unit: the contrast's unit, for people.
    :param replicate: what varies between replicates (training seed, text sample, timing repeat).
    :param control: the negative control, decided by the same interval.
    :param null_world: what `--null` switches off; there the verdict must not be `supported`.
    :param n_why: why there are not the usual number of replicates, where that is so.
    """

    id: str
    sentence: Text
    paper: str
    reported: Reported
    contrast: Callable[[Measures], float]
    contrast_text: Text
    margin: float
    unit: Text
    replicate: Text
    control: Control | None
    null_world: Text
    n_why: Text | None = None
