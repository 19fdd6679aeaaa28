"""Can a formula of a title be handed to KaTeX? Only what it draws without an error, and what keeps to its line.

A title comes from the network: of LaTeX, a closed set of commands is let through, each with the arguments that it
takes. A command that KaTeX does not know would show as red source, one that it knows may link, load or fill the page.
What is not let through is made readable as text instead (core/papers/latex.py).
"""

from __future__ import annotations

import re

LONGEST = 300  # characters of a formula
_DEEPEST = 12  # groups in groups


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Signs, by their names in KaTeX's table of supported functions (katex.org/docs/supported).
LETTERS = _names(  # those that may be an argument without braces too
    """
alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho sigma
varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega
ell hbar imath jmath aleph nabla partial infty emptyset varnothing triangle top bot prime star ast bullet circ dagger
ddagger clubsuit diamondsuit heartsuit spadesuit times pm mp oplus otimes
"""
)
SIGNS = LETTERS | _names(
    """
Re Im wp forall exists neg angle checkmark cdot div cup cap vee wedge land lor odot ominus setminus
leq le geq ge neq ne ll gg lt gt approx sim simeq cong equiv propto in notin ni subset subseteq supset supseteq
perp parallel mid models vdash prec succ preceq succeq lesssim gtrsim lessapprox gtrapprox triangleq doteq asymp
to rightarrow leftarrow leftrightarrow Rightarrow Leftarrow Leftrightarrow mapsto uparrow downarrow updownarrow
nearrow searrow longrightarrow longleftarrow implies iff hookrightarrow rightleftharpoons
sum prod int bigcup bigcap bigoplus bigotimes lim max min sup inf arg argmax argmin det dim exp log ln sin cos tan tanh
sinh cosh gcd ker Pr deg bmod
langle rangle lfloor rfloor lceil rceil lvert rvert lVert rVert vert Vert backslash
ldots cdots dots dotsc vdots quad colon
"""
)
# Commands that take one group, and what may stand in it: a formula, or words.
OVER_ONE = _names(
    """
mathbb mathbf mathcal mathfrak mathit mathrm mathsf mathtt mathscr mathnormal boldsymbol bm
hat tilde bar vec dot ddot widehat widetilde overline underline sqrt
"""
)
WORDS = _names("operatorname text textbf textit textrm textsf texttt textnormal textup")
OVER_TWO = _names("frac dfrac tfrac binom")
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|[,;:! %#&_{}|])|[A-Za-z0-9+\-*/=()\[\]|.,:;!?'<>~ ]|[{}^]|_")
_PLAIN_WORDS = re.compile(r"[A-Za-z0-9+\-*/=()\[\].,:;!? ]*")


class _Refused(ValueError):
    """Something in the formula is not let through."""


def drawn(formula: str) -> str | None:
    """The formula as it may stand between two dollars of Markdown; None where it may not."""
    if len(formula) > LONGEST:
        return None
    try:
        tokens = _tokens(" ".join(formula.split()))
        reader = _Reader(tokens)
        reader.several(0)
        if reader.left:
            return None
    except _Refused:
        return None
    # As commands, the two signs can never be taken for HTML; a command ends where the next letter would begin.
    written = "".join({"<": r"\lt ", ">": r"\gt "}.get(token, token) for token in tokens)
    return " ".join(written.split()) or None


def _tokens(formula: str) -> list[str]:
    """
    :raises _Refused: a sign that no token begins with.
    """
    found: list[str] = []
    at = 0
    while at < len(formula):
        match = _TOKEN.match(formula, at)
        if match is None:
            raise _Refused(formula[at])
        token = match[0]
        at = match.end()
        if token[1:] in WORDS:
            words, at = _words(formula, at)
            token = f"{token}{{{words}}}"
        found.append(token)
    return found


def _words(formula: str, at: int) -> tuple[str, int]:
    """The words in the group at this place, and where it ends."""
    opened = re.compile(r"\s*\{").match(formula, at)
    if opened is None:
        raise _Refused("words without a group")
    words = _PLAIN_WORDS.match(formula, opened.end())
    if words is None or formula[words.end() : words.end() + 1] != "}":
        raise _Refused("a command among words")
    return words[0], words.end() + 1


class _Reader:
    """Reads tokens by the grammar of what is let through."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def left(self) -> bool:
        """Whether there are tokens that were not read."""
        return self._at < len(self._tokens)

    def several(self, depth: int) -> None:
        """Atoms with their scripts, up to the end or to a closing brace."""
        if depth > _DEEPEST:
            raise _Refused("too deep")
        while (token := self._peek()) not in ("", "}"):
            if token not in ("^", "_", "'"):
                self._atom(depth)
            self._scripts(depth)

    def _scripts(self, depth: int) -> None:
        """At most one of each kind; after a prime, which is a superscript already, none is raised."""
        seen: set[str] = set()
        while (token := self._skip_spaces()) in ("^", "_", "'"):
            kind = "_" if token == "_" else "^"
            if kind in seen:
                raise _Refused("two scripts")
            seen.add(kind)
            self._next()
            if token == "'":
                while self._peek() == "'":
                    self._next()
            else:
                self._argument(depth)

    def _atom(self, depth: int) -> None:
        token = self._next()
        if token == "{":
            self._group(depth)
        elif token.startswith("\\") and token[1:].isalpha():
            self._command(token[1:], depth)
        # Words with their group, escaped signs and single letters need no more.

    def _command(self, name: str, depth: int) -> None:
        if name in OVER_ONE:
            self._argument(depth)
        elif name in OVER_TWO:
            self._argument(depth)
            self._argument(depth)
        elif name not in SIGNS:
            raise _Refused(name)

    def _argument(self, depth: int) -> None:
        """A group or a single letter."""
        token = self._skip_spaces()
        if token == "{":
            self._next()
            self._group(depth)
        elif token[1:] in LETTERS or re.fullmatch(r"[A-Za-z0-9+\-*]", token):
            self._next()
        else:
            raise _Refused("an argument is missing")

    def _group(self, depth: int) -> None:
        self.several(depth + 1)
        if self._next() != "}":
            raise _Refused("a brace is not closed")

    def _skip_spaces(self) -> str:
        while self._peek() == " ":
            self._next()
        return self._peek()

    def _peek(self) -> str:
        return self._tokens[self._at] if self.left else ""

    def _next(self) -> str:
        token = self._peek()
        self._at += 1
        return token
