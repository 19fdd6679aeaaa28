"""Which words of a title make phrases, and which part them?"""

from __future__ import annotations

import pytest

from core.papers.title_words import kind_of, phrases, pieces


def words(title: str) -> list[str]:
    return [phrase.words for phrase in phrases(title)]


def test_phrases_have_one_to_three_words_and_no_stop_word_at_an_end() -> None:
    assert words("The Chain of Thought") == ["chain", "chain of thought", "thought"]
    assert words("Is Attention All You Need?") == ["attention"]


def test_a_hyphen_joins_and_a_mark_parts() -> None:
    assert "retrieval augmented generation" in words("Retrieval-Augmented Generation: A Survey")
    assert "generation survey" not in words("Retrieval-Augmented Generation: A Survey")
    assert words("Models (Large)") == ["models", "large"]


def test_a_number_or_a_letter_is_a_phrase_only_beside_a_word() -> None:
    assert words("GPT-4 at 7 B") == ["gpt", "gpt 4"]
    assert words("Llama 3") == ["llama", "llama 3"]


def test_a_phrase_keeps_how_the_title_writes_it() -> None:
    (found,) = [phrase for phrase in phrases("On Chain-of-Thought") if phrase.words == "chain of thought"]
    assert found.written == "Chain-of-Thought"


@pytest.mark.parametrize("title", ["", "…", "the of and", "$\\alpha$", "? — \\"])
def test_a_title_may_have_no_phrase(title: str) -> None:
    assert words(title) == []


def test_commands_of_latex_are_no_words() -> None:
    assert words(r"\textbf{Bold} Claims") == ["bold", "claims"]


def test_korean_words_are_words() -> None:
    assert "대규모 언어 모델" in words("대규모 언어 모델")


def test_pieces_are_the_words_in_lower_case_and_the_marks_between_them() -> None:
    assert pieces("LLMs: The Don'ts") == ["llms", ":", "the", "don'ts"]
    assert [kind_of(piece) for piece in ("llms", "the", "4", ":")] == [0, 1, 2, None]
