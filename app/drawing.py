"""How do all charts look? Colours that any eye tells apart, one layout, shares and names as they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# Okabe and Ito's colours, told apart with any colour vision; the yellow is left out, too pale on white.
ARM_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DASHES = ("solid", "dash", "dot", "dashdot")
CLEAR = {"paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)"}


def laid_out(figure: Figure, *, height: int, **layout: Any) -> Figure:
    """The figure with the layout that all have; more of it as keywords."""
    figure.update_layout(
        **{
            "height": height,
            "margin": {"l": 10, "r": 10, "t": 16, "b": 10},
            "legend": {"orientation": "h", "y": -0.25, "x": 0},
            "hovermode": "x unified",
            "template": "none",
            **CLEAR,
            **layout,
        }
    )
    return figure


def percent(share: float | None) -> str:
    """A share with two digits that mean something."""
    if share is None:
        return "–"
    return f"{share:.0%}" if share >= 0.1 else f"{share:.1%}" if share >= 0.001 or not share else f"{share:.2%}"


def wrap(name: str, most: float = 15) -> str:
    """A name in lines of at most so many letters, so that it fits beside a chart on a narrow screen."""
    lines = [""]
    for word in name.split():
        joined = f"{lines[-1]} {word}".strip()
        if _width(joined) <= most or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return "<br>".join(lines)


def _width(words: str) -> float:
    """Letters; those of Korean count for nearly two."""
    return sum(1.0 if letter.isascii() else 1.7 for letter in words)
