"""Which words and phrases do titles use now that they hardly used before, and which of them only by chance?

Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn, "Fightin' Words", 2008): a term's odds in the
period against those before, each smoothed by how usual the term is at all, over its standard error.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TermChange:
    """A term in two periods.

    :param term: one to three words, as titles mostly write it.
    :param before, after: papers whose title has it.
    :param papers_before, papers_after: all papers of the periods.
    :param log_odds: natural logarithm of the smoothed odds ratio, and `z` it over its standard error.
    :param q: the smallest false-discovery rate at which the term would be called new.
    """

    term: str
    before: int
    after: int
    papers_before: int
    papers_after: int
    log_odds: float
    z: float
    q: float
