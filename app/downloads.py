"""How does a model come onto this machine while nobody waits for it? `python -m app.downloads ID`, one a model.

It fetches what the hub was asked about; the files that grow say how far it is. Its lock goes with its process, which
inherits it: one whose starter ended still counts, and one that was killed does not. What came is kept.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app import processes
from app.handed_on import is_held, take
from app.settings import BadSettings, settings
from core.gpt.loading import fetching, hub
from core.gpt.loading.hub import HubError, HubId, Offer, RemoteFile
from core.language import Text, Told
from core.replacing import put

CANCELLED = 130
_NOTHING = Text("")
_SOON = 0.5  # seconds after which a rate says something


class Busy(Told):
    """Another process downloads this model; one line."""


@dataclass(frozen=True, kw_only=True)
class Download:
    """How a download stands.

    :param state: `going`, `finished`, `cancelled`, `failed`, or `interrupted` where its process was killed.
    :param here: bytes that are on this machine.
    :param bytes: of the whole model.
    :param rate: bytes a second since it began; None where it does not go on, or nothing came yet.
    :param said: why it failed; '' otherwise.
    """

    state: str
    here: int
    bytes: int
    rate: float | None = None
    said: Text = _NOTHING

    @property
    def is_going(self) -> bool:
        """Whether it goes on at the moment."""
        return self.state == "going"


def ask(home: Path, model: HubId, *, endpoint: str) -> Offer:
    """Ask the hub what a download would be, and remember what it said.

    :raises HubError: the hub was not reached, or does not show this model.
    :raises core.gpt.loading.weight_files.BadCheckpoint: it has none that the core can load.
    """
    offer = hub.ask(model, endpoint=endpoint)
    _write(_folder(home, model) / "offer.json", asdict(offer))
    return offer


def offers(home: Path) -> dict[str, Offer]:
    """What the hub said of each model that it was asked about, by name."""
    found = (_read_offer(path) for path in sorted((home / "models").glob("*/offer.json")))
    return {str(offer.id): offer for offer in found if offer is not None}


def look(home: Path, model: HubId) -> Download | None:
    """How the last download of a model stands; None where there was none."""
    said = _read(_folder(home, model) / "download.json")
    offer = _read_offer(_folder(home, model) / "offer.json")
    if said is None or offer is None:
        return None
    here = fetching.fetched(offer)
    found = Download(state=said["state"], here=here, bytes=offer.bytes, said=Text(**said["said"]))
    if not found.is_going:
        return found
    if not is_under_way(home, model):
        return replace(found, state="interrupted")
    return replace(found, rate=(here - said["before"]) / max(_SOON, time.time() - said["begun"]) or None)


def is_under_way(home: Path, model: HubId) -> bool:
    """Whether a process downloads it at the moment."""
    return is_held(_lock_path(home, model))


def start(home: Path, offer: Offer) -> subprocess.Popen[bytes]:
    """Have it downloaded by a process that outlives this one.

    :raises Busy: one does so already.
    """
    with _held(home, offer.id) as lock, (_folder(home, offer.id) / "log").open("wb") as log:
        _tell(home, offer, "going")
        process = processes.start(
            "app.downloads",
            str(offer.id),
            environment={"TRENDLAB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(lock,),
        )
        _sign(lock, process.pid)
    return process


def cancel(home: Path, model: HubId) -> bool:
    """Ask the process that downloads it to end; False where there is none."""
    if not is_under_way(home, model):
        return False
    try:
        os.kill(int(_lock_path(home, model).read_text(encoding="ascii")), signal.SIGTERM)
    except (ValueError, ProcessLookupError):
        return False
    return True


def fetch_here(home: Path, offer: Offer, *, endpoint: str, on_bytes: Callable[[int], None]) -> Path:
    """Download it in this process; its folder.

    :raises Busy: another process does so already.
    :raises HubError: it failed; what came is kept.
    """
    with _held(home, offer.id) as lock:
        _sign(lock, os.getpid())
        return _fetch(home, offer, endpoint, on_bytes)


def _fetch(home: Path, offer: Offer, endpoint: str, on_bytes: Callable[[int], None]) -> Path:
    """Download it, and write down how it goes. SIGTERM ends it as Ctrl+C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _tell(home, offer, "going")
    try:
        folder = fetching.download(offer, endpoint=endpoint, on_bytes=on_bytes)
    except KeyboardInterrupt:
        _tell(home, offer, "cancelled")
        raise
    except HubError as error:
        _tell(home, offer, "failed", said=error.said)
        raise
    _tell(home, offer, "finished")
    return folder


def main(arguments: list[str]) -> int:
    """Download what was asked about; the exit code. The lock came from the process that started this one."""
    try:
        found = settings()
        model = hub.read_id(arguments[0])
        offer = None if model is None else _read_offer(_folder(found.home, model) / "offer.json")
        if offer is None:
            raise HubError(
                f"{arguments[0]}: the hub was not asked about it yet",
                f"{arguments[0]}: 아직 허브에 물어보지 않았습니다",
            )
        _fetch(found.home, offer, found.hf_url, lambda here: None)
    except (BadSettings, HubError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return CANCELLED
    return 0


# --- what is written down ---------------------------------------------------------------------------------------------


@contextmanager
def _held(home: Path, model: HubId) -> Iterator[int]:
    """The lock of a model, as an open file: who inherits it holds it too."""
    path = _lock_path(home, model)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not take(lock):
            raise Busy(
                f"{model} is being downloaded already; let it end, or cancel it on the page Models",
                f"{model}: 이미 내려받는 중입니다. 끝나기를 기다리거나 모델 페이지에서 취소하세요",
            )
        # Who held it before is no more: nobody is to be asked to end until the new holder has signed.
        os.truncate(lock, 0)
        yield lock
    finally:
        # Only this process's hold on it: an unlock would take the lock from one that inherited it too.
        os.close(lock)


def _sign(lock: int, pid: int) -> None:
    """Say in the lock's file who is to be asked to end."""
    os.pwrite(lock, str(pid).encode(), 0)


def _tell(home: Path, offer: Offer, state: str, *, said: Text = _NOTHING) -> None:
    """Write down how it stands, and how much was there when."""
    stands = {"state": state, "said": said.as_dict(), "begun": time.time(), "before": fetching.fetched(offer)}
    _write(_folder(home, offer.id) / "download.json", stands)


def _write(path: Path, values: dict[str, Any]) -> None:
    """In one step, so that no reader sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put(path, json.dumps(values), shared=True)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        values = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return values if isinstance(values, dict) else None


def _read_offer(path: Path) -> Offer | None:
    """None where there is none, or one of another version of this app."""
    values = _read(path)
    try:
        return values and Offer(**{**values, "files": tuple(RemoteFile(**file) for file in values["files"])})  # type: ignore[return-value]
    except (KeyError, TypeError):
        return None


def _folder(home: Path, model: HubId) -> Path:
    return home / "models" / str(model).replace("/", "--")


def _lock_path(home: Path, model: HubId) -> Path:
    return _folder(home, model) / "lock"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
