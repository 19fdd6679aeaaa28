"""The seeds of replicates."""

from __future__ import annotations

import numpy as np

from core.experiment import spawn_seeds


def test_seeds_are_those_of_a_spawned_sequence_and_the_first_do_not_depend_on_how_many() -> None:
    assert spawn_seeds(7, 5)[:3] == spawn_seeds(7, 3)
    assert len({*spawn_seeds(7, 5), *spawn_seeds(8, 5)}) == 10
    assert spawn_seeds(7, 1) == [int(np.random.SeedSequence(7).spawn(1)[0].generate_state(1)[0])]
