"""Can both wordings be read back from what is said to have changed?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.papers.differing import MOST, Change, names_changed, words_changed

TEXTS = st.lists(st.sampled_from(["we", "train", "a", "small", "model", "모델을", "$x$"]), max_size=30).map(" ".join)


def test_words_that_went_and_came_stand_where_they_did() -> None:
    assert words_changed("We train a small model.", "We train\n a large model.") == (
        Change("same", "We train a"),
        Change("gone", "small"),
        Change("come", "large"),
        Change("same", "model."),
    )


def test_a_name_is_one_word() -> None:
    assert names_changed(("Ada Lovelace", "Bob Other"), ("Ada Lovelace", "Eve Third", "Bob Other")) == (
        Change("same", "Ada Lovelace"),
        Change("come", "Eve Third"),
        Change("same", "Bob Other"),
    )


def test_what_is_too_long_is_not_compared() -> None:
    assert words_changed("a " * (MOST + 1), "b") is None
    assert names_changed(["a"], ["b"] * (MOST + 1)) is None


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_back(before: str, after: str) -> None:
    changes = words_changed(before, after) or ()
    assert " ".join(change.words for change in changes if change.kind != "come") == before
    assert " ".join(change.words for change in changes if change.kind != "gone") == after
    if before == after:
        assert {change.kind for change in changes} <= {"same"}
