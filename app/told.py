"""How do a paper, a run and what is followed become what is told to others?"""

from __future__ import annotations

from sqlite_utils import Database

from core.exports.report import Finding, ListedPaper, ReportedRun
from core.language import Text
from core.papers.taxonomy import topics
from core.registry import discover
from db import runs
from db.follows import Follow
from db.records import Stored
from db.runs import Run


def listed_paper(stored: Stored) -> ListedPaper:
    """A paper with the tags that hold."""
    return ListedPaper(
        paper=stored.paper,
        stages=stored.values("stage"),
        topics=stored.values("topic"),
        applications=stored.values("application"),
    )


def reported_run(db: Database, run: Run) -> ReportedRun:
    """A run with its verdicts, each beside its claim; of an experiment that is gone only its name is left."""
    experiment = discover("core.experiments", "EXPERIMENT").get(run.experiment)
    claims = {claim.id: claim for claim in experiment.claims} if experiment else {}
    return ReportedRun(
        id=run.id,
        experiment=run.experiment,
        title=experiment.title if experiment else Text(run.experiment),
        stage=run.stage,
        preset=run.preset or "",
        params=run.params,
        seed=run.seed,
        finished=run.finished,
        findings=tuple(
            Finding(
                sentence=claims[verdict.claim].sentence,
                paper=claims[verdict.claim].paper,
                reported=claims[verdict.claim].reported.number,
                checked=claims[verdict.claim].reported.checked,
                unit=claims[verdict.claim].unit,
                verdict=verdict,
            )
            for verdict in runs.verdicts(db, run.id)
            if verdict.claim in claims
        ),
    )


def followed_name(follow: Follow) -> Text:
    """What something that is followed is called: a topic as in the taxonomy, all else as the person named it."""
    topic = topics().get(follow.query.removeprefix("topic:")) if follow.kind == "topic" else None
    return Text(follow.name, follow.name) if topic is None else topic.name
