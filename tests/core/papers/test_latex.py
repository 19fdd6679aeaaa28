"""Is LaTeX made readable where it is understood, and left whole where it is not?"""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.latex import pieces, readable


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (r"$\texttt{SAGE}$: a framework", "SAGE: a framework"),
        (r"Schr\"odinger, Erd\H{o}s, Na{\"\i}ve, Garc\'{i}a", "Schrödinger, Erdős, Naïve, García"),
        (r"50% better at $O(n^2)$, 100\% safe", "50% better at O(n²), 100% safe"),
        (r"$\alpha$-tuning with $x^{n+1}$ and $\lambda_{max}$", "α-tuning with xⁿ⁺¹ and λₘₐₓ"),
        (r"D$^2$PO at 360$^\circ$", "D²PO at 360°"),
        (r"$\mathcal{O}(n\log n)$ time", "O(n log n) time"),
        (r"\textbf{Bold \emph{and nested}} R\&D", "Bold and nested R&D"),
        (r"$\theta_\text{max}$", "θₘₐₓ"),
    ],
)
def test_what_is_understood_is_shown_as_a_person_writes_it(raw: str, shown: str) -> None:
    assert readable(raw) == shown


@pytest.mark.parametrize(
    "raw",
    [
        "from $5 to $10 per million tokens",
        "$5/$10",
        r"$\frac{a}{b}$ stays a formula",
        "100% of it, and % is no comment",
        "one $ alone",
        r"a backslash \ alone",
        "",
        "plain",
    ],
)
def test_what_is_not_understood_stays_as_it_stands(raw: str) -> None:
    assert readable(raw) == raw


@given(st.text(alphabet=st.characters(exclude_characters="\\$")))
def test_text_without_latex_is_untouched(text: str) -> None:
    assert readable(text) == text


@given(st.lists(st.sampled_from(["word", "50%", r"\%", "$x$", r"$\beta$", "{", "}", "$", "\\", r"\'e", "_", "^2"])))
def test_no_word_and_no_percent_sign_is_lost(parts: list[str]) -> None:
    text = " ".join(parts)
    shown = readable(text)
    assert len(re.findall("word", shown)) == parts.count("word")
    assert shown.count("%") == text.count("%")


@given(st.text(alphabet="ab1 \\${}^_%&'\"", max_size=80))
def test_letters_and_digits_of_any_wild_text_stay(text: str) -> None:
    shown = readable(text)
    known = str.maketrans("ᵃᵇ¹ₐ₁áàâäãāäå₍₎", "ab1a1aaaaaaaa()")
    plain = re.sub(r"[\u0300-\u036f]", "", shown.translate(known))
    assert len(re.findall(r"[ab1]", plain)) >= len(re.findall(r"[ab1]", text)) - len(re.findall(r"\\[a-z]", text))


@pytest.mark.parametrize(
    "hostile", ["$$a" * 30_000, "{" * 19_000 + "\\", "\\textbf{" * 2_400, "$" * 19_999, "\\(" * 9_000]
)
def test_hostile_text_costs_no_time(hostile: str) -> None:
    started = time.perf_counter()
    readable(hostile)
    assert time.perf_counter() - started < 2


def test_a_text_is_cut_at_its_formulas_and_money_is_none() -> None:
    assert pieces(r"An $O(n)$ way from $5 to $10 and \(x\)") == [
        ("An ", None),
        ("$O(n)$", "O(n)"),
        (" way from $5 to $10 and ", None),
        (r"\(x\)", "x"),
    ]


@given(st.lists(st.sampled_from(["$", "x", "\\(", "\\)", " ", "5", "$$", "\\$", "가"]), max_size=20).map("".join))
def test_the_pieces_are_the_whole_text(text: str) -> None:
    assert "".join(piece for piece, _inner in pieces(text)) == text
