"""How much is forgotten for what is learned? Old loss against new loss along a training, read at equal gains.

Who learns less forgets less: that alone says nothing. Two ways to train are compared where both have gained as much in
the new domain (as in the learning-forgetting curves of arXiv:2405.09673, section 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

GAINS = tuple(step / 4 for step in range(17))  # nats a token gained in the new domain: 0, 0.25, … 4


def forgotten_at(path: Sequence[tuple[float, float]], gains: Sequence[float] = GAINS) -> dict[float, float]:
    """Gain to what had been forgotten when it was first reached, for the gains that were reached.

    :param path: (new loss, old loss) at each look, the first before the training; between two looks both are taken to
        change in proportion.
    :param gains: ascending, in nats a token.
    """
    (new, old), found = path[0], {}
    for gain in gains:
        for (before, was), (after, now) in zip(path, path[1:], strict=False):
            if new - after >= gain:
                part = 0.0 if before == after else (before - (new - gain)) / (before - after)
                found[gain] = was + (now - was) * min(max(part, 0.0), 1.0) - old
                break
        else:
            if gain <= 0:
                found[gain] = 0.0
    return found


def less_forgotten(one: Mapping[float, float], other: Mapping[float, float]) -> float:
    """How much more `one` has forgotten than `other` at the largest gain that both reached.

    :raises ValueError: there is no such gain above 0, where nobody has forgotten anything.
    """
    both = {gain for gain in one.keys() & other.keys() if gain > 0}
    if not both:
        raise ValueError("there is no gain that both reached")
    gain = max(both)
    return one[gain] - other[gain]
