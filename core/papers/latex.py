"""How can a title or abstract with LaTeX in it be shown so that a person reads it?

For display only; what is stored stays raw. A small, closed set of things is made readable: accents, Greek letters and
common signs, simple sub- and superscripts, text commands. All else stays as it stands, for a guess that loses text is
worse than a backslash: a `%` is a percent sign in a title, never a comment.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# No abstract is longer; a hostile one is shown as it stands, for the patterns take time on it.
_LONGEST = 20_000
# A formula does not begin or end with a blank, and no digit follows it: so "from $5 to $10" stays money.
_MATH = re.compile(
    r"(?<!\\)\$\$(?!\s)(.{1,400}?)(?<![\\\s])\$\$|(?<!\\)\$(?!\s)([^$]{1,400}?)(?<![\\\s])\$(?!\d)|"
    r"\\\((.{1,400}?)\\\)|\\\[(.{1,400}?)\\\]",
    re.DOTALL,
)
# A command whose argument is shown as it is.
_WRAPPER = re.compile(
    r"\\(?:text(?:bf|it|tt|sc|sf|rm|sl|md|up|normal)?|emph|math(?:bf|bb|rm|it|sf|tt|cal|frak|scr|normal)|"
    r"bm|boldsymbol|underline|mbox|operatorname\*?|url)\s*\{([^{}]*)\}"
)
_SWITCH = re.compile(r"\{\\(?:bf|it|tt|sc|sf|rm|em|sl|cal)\b\s*([^{}]*)\}")
_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a",
}  # fmt: skip
_SIGN_ACCENT = re.compile(r"\\([`'^~\"=.])\s*(?:\{\s*(\\[ij](?![A-Za-z])|[A-Za-z])\s*\}|(\\[ij](?![A-Za-z])|[A-Za-z]))")
_LONE_ACCENT = re.compile(r"\{\\([`'^~\"=.])\s*(\\[ij]|[A-Za-z])\}")
_LETTER_ACCENT = re.compile(r"\\([cvuHkr])\s*\{\s*([A-Za-z])\s*\}")
_NAMED = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω", "times": "×", "cdot": "·", "pm": "±", "mp": "∓", "div": "÷", "leq": "≤", "le": "≤",
    "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠", "approx": "≈", "sim": "∼", "equiv": "≡", "propto": "∝",
    "infty": "∞", "to": "→", "rightarrow": "→", "leftarrow": "←", "leftrightarrow": "↔", "Rightarrow": "⇒",
    "Leftrightarrow": "⇔", "uparrow": "↑", "downarrow": "↓", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆",
    "cup": "∪", "cap": "∩", "forall": "∀", "exists": "∃", "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏",
    "int": "∫", "ell": "ℓ", "star": "⋆", "dagger": "†", "circ": "∘", "oplus": "⊕", "otimes": "⊗", "ldots": "…",
    "dots": "…", "cdots": "⋯", "gg": "≫", "ll": "≪",
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å",
    "AA": "Å", "degree": "°", "S": "§", "textdegree": "°", "textendash": "–", "textemdash": "—", "textasciitilde": "~",
    "textbackslash": "\\", "textquotesingle": "'", "heartsuit": "♥", "spadesuit": "♠", "clubsuit": "♣", "langle": "⟨",
    "rangle": "⟩", "mid": "∣", "vert": "|", "lVert": "‖", "rVert": "‖", "sqrt": "√", "LaTeX": "LaTeX", "TeX": "TeX",
}  # fmt: skip
_NAME = re.compile(r"\\([A-Za-z]+)(?:\s*\{\}|(?![A-Za-z])[ ]?(?=[A-Za-z]))?")
_FUNCTION = re.compile(r"\s*\\(log|ln|exp|max|min|sin|cos|tanh|arg|lim|sup|inf|det|dim|Pr)(?![A-Za-z])\s*")
_RAISED = str.maketrans("0123456789+-=()abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_LOWERED = str.maketrans("0123456789+-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ")
_SCRIPT = re.compile(r"([\^_])(?:\{([^{}]*)\}|([\w∘]))")
# x_\\text{ref}: the whole word is the subscript.
_SCRIPTED = re.compile(r"([\^_])\s*(\\[A-Za-z]+\s*\{[^{}]*\})")
_ESCAPED = re.compile(r"\\([%&#_{}$])")


def _accent(sign: str, letter: str) -> str:
    # A dotless i takes its accent as a plain one does.
    return unicodedata.normalize("NFC", letter.removeprefix("\\") + _COMBINING[sign])


def _plain(text: str) -> str:
    """Accents, wrappers and signs, inside and outside of mathematics alike."""
    text = _LONE_ACCENT.sub(lambda match: _accent(match[1], match[2]), text)
    text = _SIGN_ACCENT.sub(lambda match: _accent(match[1], match[2] or match[3]), text)
    text = _LETTER_ACCENT.sub(lambda match: _accent(match[1], match[2]), text)
    for _ in range(4):  # wrappers in wrappers, to a depth that occurs
        inner = _SWITCH.sub(r"\1", _WRAPPER.sub(r"\1", text))
        if inner == text:
            break
        text = inner
    return _NAME.sub(lambda match: _NAMED.get(match[1], match[0]), text)


def _script(match: re.Match[str]) -> str:
    inner = match[2] if match[2] is not None else match[3]
    if match[1] == "^" and inner in ("∘", "°"):
        return "°"
    moved = inner.translate(_RAISED if match[1] == "^" else _LOWERED)
    if inner and all(new != old for new, old in zip(moved, inner, strict=True)):
        return moved
    return f"{match[1]}{inner}" if inner.isalnum() else f"{match[1]}({inner})" if inner else match[0]


def _formula(match: re.Match[str]) -> str:
    inner = next(group for group in match.groups() if group is not None)
    named = _SCRIPTED.sub(r"\1{\2}", _FUNCTION.sub(r" \1 ", inner))
    shown = _SCRIPT.sub(_script, _plain(named)).replace("\\,", " ").replace("\\;", " ").replace("\\!", "")
    # What is not understood to the end stays a formula, dollars and all.
    return match[0] if re.search(r"\\[A-Za-z]", shown) else shown.replace("{", "").replace("}", "").strip()


def pieces(text: str) -> list[tuple[str, str | None]]:
    """A text cut at its formulas: each piece as it stands, and what is in it where it is a formula."""
    found: list[tuple[str, str | None]] = []
    at = 0
    for match in _MATH.finditer(text[:_LONGEST]):
        found += [(text[at : match.start()], None), (match[0], next(filter(None, match.groups())))]
        at = match.end()
    return [piece for piece in (*found, (text[at:], None)) if piece[0]]


@lru_cache(maxsize=4096)
def readable(text: str) -> str:
    """`text` as a person would write it; what is not understood stays as it stands. No word of it is lost."""
    if ("\\" not in text and "$" not in text) or len(text) > _LONGEST:
        return text
    shown = _MATH.sub(_formula, text)
    return _ESCAPED.sub(r"\1", _plain(shown))
