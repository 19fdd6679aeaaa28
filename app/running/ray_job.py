"""How is a run done on a Ray cluster? `python -m app.running.ray_job FOLDER --address URL` ships it and collects it.

The run's folder goes along with the code as files of a job (app/running/parcel.py), whose command is the worker's.
This process stays here, holds the folder's lock as a worker does, and writes the job's lines into events.jsonl as they
come: whoever follows, cancels or replays the run sees one like any other. The job's lines come with its log, which the
cluster looks at once a second or two.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NoReturn

from app.runners.ray import REQUIREMENT
from app.running.journal import LOG_FILE, Cancelled, Journal, final_status, one_line
from app.running.parcel import FOLDER, pack
from app.running.task import CannotRun, Task, attend
from core.events import Progress, Status, from_line

# What the worker printed follows its lines, so that a traceback can be read here.
_LOG_SIGN = "--- worker.log"
_COMMAND = (
    f"python -m app.worker {FOLDER} --ray; code=$?; "
    f"echo; echo '{_LOG_SIGN}'; tail -c 100000 {FOLDER}/{LOG_FILE}; exit $code"
)
_ANSWER = 20.0  # seconds that the cluster has to answer a question
_PARCEL = 300.0  # and to take the parcel
_READY = 60.0  # and to be ready for it
_STOP = 1.2  # and to hear that a job is to be stopped: a cancelled run is over within two
_STEP = 0.1
_SILENCE = 20.0  # seconds without a line, until it is asked whether the job still runs
_LAST_WORDS = 3.0  # seconds that are waited for the log after the job's last line
_AGAIN = 1.0  # seconds between two attempts to reach a cluster that was lost


class Unreachable(Exception):
    """The cluster does not answer. One line."""


class Collector:
    """One run on its way to the cluster and back.

    :param patience: seconds that a lost cluster is looked for.
    """

    def __init__(self, task: Task, folder: Path, journal: Journal, *, address: str, patience: float) -> None:
        self._task, self._folder, self._journal = task, folder, journal
        self._address, self._patience = address, patience
        self._job = f"trendlab-{task.run}-{secrets.token_hex(3)}"
        self._client: Any = None
        self._taken = 0  # characters of the job's log
        self._rest = ""  # of it, the beginning of a line
        self._final = False  # whether the run's last line came
        self._log = False  # whether what follows is the worker's log
        self._last_noise = ""
        self._offset: float | None = None  # of the job's clock to the journal's
        self._done = 0.0
        self._lost_at: float | None = None

    def carry_out(self) -> None:
        """Ship the run, and collect what it says until its end.

        :raises CannotRun: no library, no cluster, or a job that ended before its work.
        """
        self._journal.emit(Status(state="waiting", message=f"the run is being sent to Ray at {self._address}"))
        try:
            self._submit()
            info = self._collect()
        except Cancelled:
            if self._final:
                # It came too late: only the log was still awaited.
                return
            self._stop()
            raise
        if not self._final:
            self._explain(info)

    def _submit(self) -> None:
        try:
            from ray.job_submission import JobSubmissionClient
        except ImportError as error:
            raise CannotRun(f"the Ray library is missing here: pip install '{REQUIREMENT}'") from error
        try:
            self._client = _within(_ANSWER, lambda: JobSubmissionClient(self._address))
        except Unreachable as error:
            hint = "is it running, and is this the address of its dashboard?"
            raise CannotRun(f"no Ray cluster answers at {self._address} ({error}); {hint}") from error
        with tempfile.TemporaryDirectory() as folder:
            parcel = Path(folder) / "run.zip"
            pack(self._task, self._folder, parcel)
            files = {"working_dir": str(parcel)}
            deadline = time.monotonic() + _READY
            while not self._is_taken(files, last_attempt=time.monotonic() > deadline):
                time.sleep(_AGAIN)
        sys.stderr.write(f"job {self._job} of Ray at {self._address}\n")

    def _is_taken(self, files: dict[str, str], *, last_attempt: bool) -> bool:
        """Submit the job; false where the cluster is not ready yet, as in its first seconds.

        :raises CannotRun: it does not want the job.
        """
        try:
            _within(
                _PARCEL,
                lambda: self._client.submit_job(entrypoint=_COMMAND, submission_id=self._job, runtime_env=files),
            )
        except Unreachable as error:
            if "try again" in str(error) and not last_attempt:
                return False
            raise CannotRun(f"Ray at {self._address} did not take the run: {error}") from error
        return True

    def _collect(self) -> Any:
        """Take the job's lines until its last one; where that did not come, what Ray knows of the job."""
        while True:
            try:
                self._listen()
                if self._final:
                    return None
                info = self._ask(lambda: self._client.get_job_info(self._job))
                # For a line that is too long for the connection, and for the last ones.
                log = self._ask(lambda: self._client.get_job_logs(self._job))
            except Unreachable as error:
                self._wait_for_cluster(error)
                continue
            self._take(log[self._taken :])
            if info.status.is_terminal():
                return info
            time.sleep(_AGAIN)

    def _listen(self) -> None:
        """Take the job's log as it grows, until the connection or the job ends.

        :raises Unreachable: nothing comes, and nobody answers.
        """
        heard: SimpleQueue[str | None] = SimpleQueue()
        threading.Thread(target=_tail, args=(self._client, self._job, heard), daemon=True).start()
        known = self._taken
        while True:
            try:
                text = heard.get(timeout=_LAST_WORDS if self._final else _SILENCE)
            except Empty:
                if self._final or self._ask(lambda: self._client.get_job_info(self._job)).status.is_terminal():
                    return
                continue
            if text is None:
                return
            self._is_back()
            # A new connection begins with the log's first line.
            skipped = min(known, len(text))
            known -= skipped
            self._take(text[skipped:])

    def _take(self, text: str) -> None:
        self._taken += len(text)
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line == _LOG_SIGN:
                self._log = True
            elif self._log or not self._pass_on(line):
                # Not for the reader of the run: tracebacks, and what the units print.
                self._last_noise = line.strip() or self._last_noise
                sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def _pass_on(self, line: str) -> bool:
        """Write a line of the run into its journal, with the time on the clock of this process; false for others."""
        if not line.startswith("{"):
            return False
        try:
            event, head = from_line(line)
        except ValueError:
            return False
        if head["run"] != self._task.run:
            return False
        if self._offset is None:
            self._offset = time.monotonic() - self._journal.started - (head["t"] or 0.0)
        record = json.loads(line) | {"t": round((head["t"] or 0.0) + self._offset, 3)}
        self._journal.write(json.dumps(record, ensure_ascii=False, allow_nan=False))
        if isinstance(event, Progress) and head["unit"] is None:
            self._done = event.done
        self._final = self._final or final_status([(event, head)]) is not None
        return True

    def _ask(self, question: Callable[[], Any]) -> Any:
        answer = _within(_ANSWER, question)
        self._is_back()
        return answer

    def _wait_for_cluster(self, error: Unreachable) -> None:
        """
        :raises CannotRun: it has been away for too long.
        """
        now = time.monotonic()
        if self._lost_at is None:
            self._lost_at = now
            self._note("the connection to Ray is lost, trying again", "Ray와의 연결이 끊겨 다시 시도하는 중")
        if now - self._lost_at > self._patience:
            raise CannotRun(
                f"Ray at {self._address} has not answered for {self._patience:g} seconds ({error}); "
                f"if it lives, end the job with: ray job stop --address {self._address} {self._job}"
            )
        time.sleep(_AGAIN)

    def _is_back(self) -> None:
        if self._lost_at is not None:
            self._lost_at = None
            self._note("the connection to Ray is back", "Ray에 다시 연결됨")

    def _note(self, en: str, ko: str) -> None:
        self._journal.emit(Progress(done=self._done, note={"en": en, "ko": ko}))

    def _stop(self) -> None:
        """End the job on the cluster, as far as that hears of it. It may be on its way there this moment."""
        deadline = time.monotonic() + _STOP
        while self._client is not None:
            try:
                _within(deadline - time.monotonic(), lambda: self._client.stop_job(self._job))
                return
            except Unreachable as error:
                if time.monotonic() + _STEP > deadline:
                    sys.stderr.write(
                        f"{self._job} may go on: Ray at {self._address} did not hear of its end: {error}\n"
                    )
                    return
            time.sleep(_STEP)

    def _explain(self, info: Any) -> NoReturn:
        code = "" if info.driver_exit_code is None else f", exit code {info.driver_exit_code}"
        said = self._last_noise or (info.message or "").strip().partition("\n")[0]
        raise CannotRun(f"the job on Ray ended before its work ({info.status.lower()}{code}): {said}; see {LOG_FILE}")


def _within(seconds: float, ask: Callable[[], Any]) -> Any:
    """The answer of Ray's client, which waits for ever by itself, and where a signal could not break in.

    :raises Unreachable: it failed, or took too long.
    """
    from ray.exceptions import RayError

    answered: SimpleQueue[tuple[Any, str | None]] = SimpleQueue()

    def asking() -> None:
        try:
            answered.put((ask(), None))
        except (OSError, RuntimeError, ValueError, RayError) as error:
            answered.put((None, one_line(error)))

    threading.Thread(target=asking, daemon=True).start()
    try:
        answer, failure = answered.get(timeout=max(seconds, 0.0))
    except Empty:
        raise Unreachable(f"no answer in {seconds:.0f} seconds") from None
    if failure is not None:
        raise Unreachable(failure)
    return answer


def _tail(client: Any, job: str, heard: SimpleQueue[str | None]) -> None:
    """Body of a thread: the job's log from its first line, as text, and None when the connection has ended."""
    from aiohttp import ClientError

    async def pump() -> None:
        async for text in client.tail_job_logs(job):
            heard.put(text)

    try:
        with suppress(OSError, RuntimeError, ValueError, ClientError):
            asyncio.run(pump())
    finally:
        heard.put(None)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, as the worker's."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m app.running.ray_job", description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder of a run, with its run.json")
    parser.add_argument("--address", required=True, help="the cluster's dashboard, as http://127.0.0.1:8265")
    parser.add_argument("--lock", type=Path, help="a lock file to hold while running: one run at a time")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds that a lost cluster is looked for")
    asked = parser.parse_args(arguments)

    def work(task: Task, folder: Path, journal: Journal) -> None:
        Collector(task, folder, journal, address=asked.address, patience=asked.patience).carry_out()

    return attend(asked.folder.absolute(), work, lock=asked.lock, started=started)


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # All is written. Ray would import half of itself to say goodbye, and a question that it has open would hold us.
    os._exit(code)
