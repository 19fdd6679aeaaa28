"""Is a formula let through only where it is well formed, and without anything that could be taken for more?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.papers.formula import LETTERS, LONGEST, OVER_ONE, OVER_TWO, SIGNS, WORDS, drawn

TOKENS = (
    *(f"\\{name}" for names in (SIGNS, OVER_ONE, OVER_TWO, WORDS) for name in sorted(names)),
    *(f"\\{name}{{a b}}" for name in sorted(WORDS)),
    *"abxyz019+-*/=()[]|.,:;!?'<>~ {}^_{}^_",
    *(r"\%", r"\&", r"\,", r"\{", r"\}", r"\ ", "$", "\\", "%", "#", "&", "`", "가"),
)


@pytest.mark.parametrize(
    "formula",
    [
        r"\pi_0",
        r"O(n \log n)",
        "^2",
        "x'",
        "x_1^2",
        r"\mathcal{L}_{\text{reg loss}}",
        r"\frac{1}{2}",
        r"\frac 1 2",
        r"\sqrt\pi",
        r"\mathbb R^{d \times k}",
        r"99.9\%",
        r"\operatorname{KL}(p \| q)",
    ],
)
def test_what_titles_have_is_let_through_as_it_stands(formula: str) -> None:
    assert drawn(formula) == formula


def test_signs_that_html_has_are_written_as_commands() -> None:
    assert drawn("a<b") == r"a\lt b"
    assert drawn("<img src=x>") == r"\lt img src=x\gt"


@pytest.mark.parametrize(
    "formula",
    [
        r"\href{javascript:alert(1)}{x}",
        r"\includegraphics{x}",
        r"\rule{999em}{999em}",
        r"\def\x{\x\x}\x",
        r"\textcolor{red}{x}",
        r"\text{a \href{x}{y}}",
        r"\unknown",
        r"\frac{1}",
        r"\frac",
        r"\hat",
        "x^2^3",
        "x'^2",
        "x^",
        r"x^\sum",
        "{x",
        "x}",
        r"\sqrt[3]{x}",
        r"\left(x",
        "a & b",
        "a % b",
        "a # b",
        "a $ b",
        "`x`",
        "한글",
        "{" * 40 + "x" + "}" * 40,
        "x" * (LONGEST + 1),
        " ",
        "",
    ],
)
def test_what_could_go_wrong_is_not(formula: str) -> None:
    assert drawn(formula) is None


@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
def test_what_is_let_through_is_let_through_again_and_has_no_sign_of_markup(formula: str) -> None:
    found = drawn(formula)
    if found is not None:
        assert drawn(found) == found
        assert not set(found) & set("<>$`\n")
        assert found.replace(r"\{", "").count("{") == found.replace(r"\}", "").count("}")


@given(st.text(max_size=60))
def test_any_text_has_an_answer(formula: str) -> None:
    drawn(formula)


def test_a_letter_is_a_sign() -> None:
    assert LETTERS <= SIGNS and not (OVER_ONE | OVER_TWO | WORDS) & SIGNS
