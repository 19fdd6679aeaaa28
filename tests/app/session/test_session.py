"""The warm worker and who asks it: real processes, and what goes wrong with them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.session.client import Answer, Question, Session
from core.events import Sample

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0  # seconds until an answer counts as not given, on a busy machine


def answered(question: Question) -> Answer:
    found = question.wait(PATIENCE)
    assert found is not None, "there is no answer"
    return found


def texts(answer: Answer) -> list[str]:
    return [event.text for event in answer.events if isinstance(event, Sample)]


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it does not come to be"
        time.sleep(0.02)


def is_there(pid: int) -> bool:
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_question_is_answered_and_the_worker_stays(opened: Callable[..., Session]) -> None:
    session = opened()
    assert session.pid is None, "nobody has asked yet"
    first = answered(session.ask("a", "told", {"text": "one"}))
    assert (first.outcome, texts(first), first.said.en) == ("answered", ["one"], "")
    assert session.ready
    pid = session.pid
    assert texts(answered(session.ask("a", "told", {"text": "two"}))) == ["two"]
    assert session.pid == pid


@pytest.mark.parametrize(
    "text",
    ["", "\n", '{"v":1}\n{"v":1}', "a\x00b", "\ud83d", "</script>", "한국어", "x" * 1_000_000],
    ids=["nothing", "a line", "a question", "zero", "half a pair", "markup", "Korean", "a million letters"],
)
def test_text_of_any_kind_goes_there_and_back(opened: Callable[..., Session], text: str) -> None:
    session = opened()
    (told,) = texts(answered(session.ask("a", "told", {"text": text})))
    # Half of a surrogate pair is no letter; it comes back as its number.
    assert told == text or told == text.encode(errors="backslashreplace").decode()
    assert texts(answered(session.ask("a", "told", {"text": "next"}))) == ["next"]


def test_a_question_at_fault_gets_its_line_and_the_worker_stays(opened: Callable[..., Session]) -> None:
    session = opened()
    bad = answered(session.ask("a", "told", {"seconds": "soon"}))
    assert (bad.outcome, bad.said.en) == ("refused", "seconds: 'soon' is not a number")
    pid = session.pid
    assert answered(session.ask("a", "told", {"seconds": -1})).said.en == "seconds: -1.0 is not between 0 and 600"
    assert "unknown parameter 'colour'" in answered(session.ask("a", "told", {"colour": 1})).said.en
    assert answered(session.ask("a", "told", {"do": "refuse"})).said.en == "text: it is of no use"
    assert "there are: told" in answered(session.ask("a", "asked", {})).said.en
    failed = answered(session.ask("a", "told", {"do": "raise"}))
    assert failed.outcome == "failed"
    assert failed.said.en == "KeyError: 'a plug-in of this kind has faults'"
    assert answered(session.ask("a", "told", {"do": "judge"})).outcome == "failed"
    assert answered(session.ask("a", "told", {})).outcome == "answered"
    assert session.pid == pid


def test_what_json_cannot_carry_is_the_callers_fault(opened: Callable[..., Session]) -> None:
    with pytest.raises(TypeError):
        opened().ask("a", "told", {"text": object()})


def test_what_a_library_prints_is_no_answer(opened: Callable[..., Session]) -> None:
    answer = answered(opened().ask("a", "told", {"do": "print", "text": "mine"}))
    assert (answer.outcome, texts(answer)) == ("answered", ["mine"])


def test_it_comes_back_after_a_crash(opened: Callable[..., Session]) -> None:
    session = opened()
    answered(session.ask("a", "told", {}))
    pid = session.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_there(pid))
    assert texts(answered(session.ask("a", "told", {"text": "again"}))) == ["again"]
    assert session.pid not in (None, pid)


def test_a_question_in_hand_when_it_crashes_is_asked_once_more(opened: Callable[..., Session], tmp_path: Path) -> None:
    session, log = opened(), tmp_path / "log"
    question = session.ask("a", "told", {"text": "patient", "seconds": 1.0, "log": str(log)})
    until(log.exists)
    assert session.pid is not None
    os.kill(session.pid, signal.SIGKILL)
    assert texts(answered(question)) == ["patient"]
    assert log.read_text() == "patient\n" * 2


def test_a_question_that_kills_it_gets_one_line_and_others_their_answers(opened: Callable[..., Session]) -> None:
    session = opened()
    deadly = session.ask("a", "told", {"do": "die"})
    other = session.ask("b", "told", {"text": "mine"})
    killed = answered(deadly)
    assert killed.outcome == "failed"
    assert "ended twice" in killed.said.en and "\n" not in killed.said.en
    assert texts(answered(other)) == ["mine"]


def test_a_question_that_takes_too_long_gets_one_line(opened: Callable[..., Session]) -> None:
    session = opened(limit=0.5)
    slow = answered(session.ask("a", "told", {"seconds": 600}))
    assert slow.outcome == "failed"
    assert "no answer within 0.5 seconds" in slow.said.en
    assert texts(answered(session.ask("a", "told", {"text": "quick"}))) == ["quick"]


def test_it_ends_when_nobody_asks_and_comes_back_when_somebody_does(opened: Callable[..., Session]) -> None:
    session = opened(idle=1)
    answered(session.ask("a", "told", {}))
    pid = session.pid
    assert pid is not None
    until(lambda: not is_there(pid))
    assert session.pid is None and not session.ready
    assert texts(answered(session.ask("a", "told", {"text": "back"}))) == ["back"]


def test_the_newest_question_of_an_asker_is_the_one_that_is_answered(
    opened: Callable[..., Session], tmp_path: Path
) -> None:
    session, log = opened(), tmp_path / "log"
    busy = session.ask("a", "told", {"text": "busy", "seconds": 1.0, "log": str(log)})
    until(log.exists)
    older = [session.ask("b", "told", {"text": f"older {n}", "log": str(log)}) for n in range(5)]
    newest = session.ask("b", "told", {"text": "newest", "log": str(log)})
    assert [question.answer and question.answer.outcome for question in older] == ["dropped"] * 5
    assert texts(answered(newest)) == ["newest"]
    assert texts(answered(busy)) == ["busy"]
    assert log.read_text() == "busy\nnewest\n", "those that were dropped are not computed"


def test_who_asks_anew_keeps_the_place(opened: Callable[..., Session], tmp_path: Path) -> None:
    session, log = opened(), tmp_path / "log"
    session.ask("a", "told", {"text": "busy", "seconds": 1.0, "log": str(log)})
    until(log.exists)
    session.ask("fast", "told", {"text": "f1", "log": str(log)})
    slow = session.ask("slow", "told", {"text": "s", "log": str(log)})
    fast = session.ask("fast", "told", {"text": "f2", "log": str(log)})
    answered(slow), answered(fast)
    assert log.read_text() == "busy\nf2\ns\n"


def test_several_visitors_get_their_own_answers(opened: Callable[..., Session]) -> None:
    session = opened()
    got: dict[str, list[str]] = {}

    def ask(name: str) -> None:
        got[name] = [texts(answered(session.ask(name, "told", {"text": f"{name} {n}"})))[0] for n in range(20)]

    threads = [threading.Thread(target=ask, args=(f"visitor {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert got == {name: [f"{name} {n}" for n in range(20)] for name in got}
    assert len(got) == 4


def test_it_knows_no_setting_and_no_key(opened: Callable[..., Session], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRENDLAB_LLM_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL"):
        monkeypatch.setenv(name, "a secret of somebody")
    _, environment = texts(answered(opened().ask("a", "told", {"do": "environment"})))
    assert "a secret of somebody" not in environment
    assert "TRENDLAB_" not in environment
    assert "'HF_HUB_OFFLINE': '1'" in environment


def test_it_needs_no_catalog_and_no_front_end(opened: Callable[..., Session]) -> None:
    _, modules = texts(answered(opened().ask("a", "told", {"do": "modules"})))
    assert not {"db", "sqlite_utils", "streamlit", "pydantic", "app.settings", "torch"} & set(modules.split())


def test_a_closed_session_ends_its_worker_and_what_waits(opened: Callable[..., Session]) -> None:
    session = opened()
    answered(session.ask("a", "told", {}))
    pid = session.pid
    assert pid is not None
    slow = session.ask("a", "told", {"seconds": 600})
    session.close()
    until(lambda: not is_there(pid))
    assert answered(slow).outcome == "dropped"
    with pytest.raises(RuntimeError, match="closed"):
        session.ask("a", "told", {})


def test_a_worker_that_does_not_start_is_one_line() -> None:
    session = Session(package="no_such_package")
    try:
        answer = answered(session.ask("a", "told", {}))
        assert answer.outcome == "failed"
        assert "does not start" in answer.said.en and "\n" not in answer.said.en
    finally:
        session.close()


def test_it_ends_with_the_process_that_started_it(opened: Callable[..., Session]) -> None:
    """In the middle of an answer too."""
    code = """
import os, time
from app.session.client import Session
session = Session(package="told_lives")
session.ask("a", "told", {}).wait()
session.ask("a", "told", {"seconds": 600})
print(session.pid, flush=True)
time.sleep(600)
"""
    asker = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, env=_with_root())
    assert asker.stdout is not None
    pid = int(asker.stdout.readline())
    assert is_there(pid)
    asker.kill()
    asker.wait()
    until(lambda: not is_there(pid))
    asker.stdout.close()


def test_a_model_answers_and_who_asks_has_no_torch() -> None:
    code = """
import sys
from app.session.client import session
first = session().ask("a", "next-token", {"text": "The number of"}).wait(300)
other = session().ask("a", "next-token", {"model": "no-such-model"}).wait(300)
print(first.outcome, [event.type for event in first.events], first.cpu < 5)
print(other.outcome, "neither a house model" in other.said.en)
print(sorted({"torch", "transformers", "tokenizers"} & sys.modules.keys()))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=_with_root(), timeout=300
    )
    assert done.stdout.splitlines() == ["answered ['figure', 'table', 'strip'] True", "refused True", "[]"], done.stderr
    assert not done.stderr, "it is quiet"


def _with_root() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))}
