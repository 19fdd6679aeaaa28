"""How does a public model come from the Hugging Face hub to this machine, and where does it lie then?

Only when somebody says so: `ask` tells what a download would be, `download` does it, and who loads a model looks into
the cache alone, the one that all of Hugging Face's libraries share. Only what the core reads is fetched: safetensors,
config and tokenizer. What came of a file before a download ended is kept, and the next one goes on there
(huggingface_hub by itself throws it away and begins again).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from core.gpt.config_files import check_kind
from core.gpt.weight_files import FLOATS, INDEX, WEIGHTS, BadCheckpoint, weight_files

if TYPE_CHECKING:
    from huggingface_hub.hf_api import ModelInfo

MAIN = "main"
# What the models were called before they had an owner's name, as papers and older programs still call them.
ALIASES = {
    "gpt2": "openai-community/gpt2",
    "gpt2-medium": "openai-community/gpt2-medium",
    "gpt2-large": "openai-community/gpt2-large",
    "gpt2-xl": "openai-community/gpt2-xl",
    "distilgpt2": "distilbert/distilgpt2",
}
_NAME = re.compile(r"(?P<repo>[\w-][\w.-]*/[\w-][\w.-]*)(@(?P<revision>[\w-][\w./-]*))?", re.ASCII)
_CONFIGS = ("config.json", "generation_config.json")
_TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json", "merges.txt")
_SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
_HASH = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ANSWER = 10.0  # seconds that the hub has to say what a model is
_SPARE = 100_000_000  # bytes of the disk that a download leaves free
_PIECE = 1 << 20  # bytes that are written, and checked, at once


class HubError(Exception):
    """The hub, the way to it or this machine does not allow a download: one line that says what and how to mend it."""


@dataclass(frozen=True)
class HubId:
    """A model on the hub, at a branch, tag or commit."""

    repo: str
    revision: str = MAIN

    def __str__(self) -> str:
        return self.repo if self.revision == MAIN else f"{self.repo}@{self.revision}"


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """One file of a model.

    :param size: bytes.
    :param blob: the name of its content: the SHA-256 of a large file, git's SHA-1 of a small one.
    """

    name: str
    size: int
    blob: str


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a download of a model would be, as the hub says it.

    :param commit: the one that `revision` stands for now.
    :param files: what would be fetched, the small ones first.
    :param gated: whether the hub wants its terms accepted first.
    :param parameters: numbers in the weights, None where the hub does not count them.
    """

    repo: str
    revision: str
    commit: str
    files: tuple[RemoteFile, ...]
    licence: str | None = None
    family: str | None = None
    parameters: int | None = None
    gated: bool = False

    @property
    def id(self) -> HubId:
        """Its name."""
        return HubId(self.repo, self.revision)

    @property
    def bytes(self) -> int:
        """Of the whole download."""
        return sum(file.size for file in self.files)


# --- names and the cache ----------------------------------------------------------------------------------------------


def read_id(name: str) -> HubId | None:
    """The model that is called so on the hub (`owner/name`, `owner/name@revision`, or an old name without an owner)."""
    base, at, revision = name.partition("@")
    if base in ALIASES:
        name = f"{ALIASES[base]}{at}{revision}"
    found = _NAME.fullmatch(name)
    if found is None or ".." in name or "--" in name:
        return None
    return HubId(found["repo"], found["revision"] or MAIN)


def cached_folder(model: HubId) -> Path | None:
    """The folder of a model, or of a part of one, in the cache; the network is not asked."""
    from huggingface_hub import try_to_load_from_cache

    old = [alias for alias, repo in ALIASES.items() if repo == model.repo]
    for repo in (model.repo, *old):
        for file in ("config.json", "tokenizer.json"):
            path = try_to_load_from_cache(repo, file, revision=model.revision)
            if isinstance(path, str):
                return Path(path).parent
    return None


def cached_models() -> Iterator[tuple[HubId, Path]]:
    """Every model of the cache with its folder; a version that no branch or tag stands for is named by its commit."""
    from huggingface_hub import constants, scan_cache_dir

    if not Path(constants.HF_HUB_CACHE).is_dir():
        return
    repos = (repo for repo in scan_cache_dir(constants.HF_HUB_CACHE).repos if repo.repo_type == "model")
    for repo in sorted(repos, key=lambda repo: repo.repo_id):
        for revision in sorted(repo.revisions, key=lambda revision: revision.commit_hash):
            for name in sorted(revision.refs) or [revision.commit_hash]:
                yield HubId(ALIASES.get(repo.repo_id, repo.repo_id), name), revision.snapshot_path


def is_whole(folder: Path) -> bool:
    """Whether all the weights of a model are there."""
    try:
        weight_files(folder)
    except BadCheckpoint:
        return False
    return True


# --- what a download would be -----------------------------------------------------------------------------------------


def ask(model: HubId, *, endpoint: str | None = None) -> Offer:
    """Ask the hub what a model is and how large its files are: one request, and nothing is fetched.

    :param endpoint: the hub's address; None: what Hugging Face's own settings say.
    :raises HubError: the hub was not reached, or does not show this model.
    :raises BadCheckpoint: it has none that the core can load.
    """
    with _in_words(model):
        from huggingface_hub import HfApi

        api = HfApi(endpoint=endpoint)
        try:
            found = api.model_info(model.repo, revision=model.revision, files_metadata=True, timeout=_ANSWER)
            return _offer(model, found)
        except (KeyError, TypeError, AttributeError, JSONDecodeError) as error:
            raise HubError(f"{model}: what answered is no hub; check TRENDLAB_HF_URL and the network") from error


def _offer(model: HubId, found: ModelInfo) -> Offer:
    files = _needed(model, {sibling.rfilename: sibling for sibling in found.siblings or []})
    config = found.config or {}
    if "model_type" in config:
        check_kind(str(model), config)
    counted: dict[str, int] = dict(found.safetensors.parameters) if found.safetensors else {}
    if found.sha is None or not _HASH.fullmatch(found.sha):
        raise HubError(f"{model}: the hub does not say which version it has; try again later")
    licence = found.card_data.get("license") if found.card_data else None
    return Offer(
        repo=model.repo,
        revision=model.revision,
        commit=found.sha,
        files=files,
        licence=None if licence is None else str(licence),
        family=config.get("model_type"),
        parameters=sum(counted.get(kind, 0) for kind in FLOATS) or None,
        gated=bool(found.gated),
    )


def _needed(model: HubId, there: Mapping[str, Any]) -> tuple[RemoteFile, ...]:
    """The files that the core reads, the small ones first: who is refused is refused before the weights."""
    small = [name for name in (*_CONFIGS, *_TOKENIZER) if name in there]
    if "tokenizer.json" in small:
        small = [name for name in small if name not in ("vocab.json", "merges.txt")]
    weights = [WEIGHTS] if WEIGHTS in there else sorted(filter(_SHARD.fullmatch, there))
    if "config.json" not in there:
        raise BadCheckpoint(f"{model}: it has no config.json; this is no model that the core can load")
    if not weights:
        raise BadCheckpoint(f"{model}: it has no safetensors; pickled weights are never read, choose another version")
    if weights != [WEIGHTS]:
        small.append(INDEX)
    return tuple(_remote(model, name, there.get(name)) for name in (*small, *weights))


def _remote(model: HubId, name: str, sibling: Any) -> RemoteFile:
    """
    :raises HubError: the hub does not say what is in a file, which is how the cache names it.
    """
    blob = None if sibling is None else sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    if blob is None or not _HASH.fullmatch(blob) or not isinstance(sibling.size, int):
        raise HubError(f"{model}: the hub does not say what {name} is and how large; try again later")
    return RemoteFile(name=name, size=sibling.size, blob=blob)


def fetched(offer: Offer) -> int:
    """How many bytes of it are here already, unfinished files included."""
    found = 0
    for file in offer.files:
        blob, part = _paths(offer, file)
        here = blob if blob.exists() else part
        found += min(file.size, here.stat().st_size) if here.exists() else 0
    return found


def check_disk(offer: Offer) -> None:
    """
    :raises HubError: the rest of it does not fit onto the disk.
    """
    needed = offer.bytes - fetched(offer)
    folder = _storage(offer)
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    if needed + _SPARE > free:
        raise HubError(
            f"{offer.id}: {needed / 1e9:.1f} GB are to come, and the disk of {folder.parent} has {free / 1e9:.1f} GB "
            f"free; make room there, or set HF_HOME to a folder on another disk"
        )


def check_memory(offer: Offer) -> None:
    """
    :raises HubError: no half precision (2 bytes a number) makes it fit into the memory of this machine.
    """
    import psutil

    there = psutil.virtual_memory().total
    if offer.parameters is not None and 2 * offer.parameters > there:
        raise HubError(
            f"{offer.id}: it needs {2 * offer.parameters / 1e9:.1f} GB of memory in half precision, and this machine "
            f"has {there / 1e9:.1f} GB; choose a smaller model"
        )


# --- the download -----------------------------------------------------------------------------------------------------


def download(offer: Offer, *, endpoint: str | None = None, on_bytes: Callable[[int], None]) -> Path:
    """Fetch what is not here yet, one file after the other; its folder.

    :param on_bytes: told the bytes that are here, again and again; what it raises ends the download.
    :raises HubError: the hub, the network or the disk failed; what came is kept, and the next call goes on there.
    """
    check_disk(offer)
    finished = 0
    for file in offer.files:
        before = finished
        _fetch(offer, file, endpoint, lambda here, before=before: on_bytes(before + here))  # type: ignore[misc]
        finished += file.size
        on_bytes(finished)
    folder = _storage(offer)
    if offer.revision != offer.commit:
        # Last of all: a branch of the cache never stands for half a model.
        ref = folder / "refs" / offer.revision
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(offer.commit, encoding="utf-8")
    return folder / "snapshots" / offer.commit


def _fetch(offer: Offer, file: RemoteFile, endpoint: str | None, on_bytes: Callable[[int], None]) -> None:
    blob, part = _paths(offer, file)
    with _in_words(offer.id):
        from huggingface_hub import hf_hub_download
        from huggingface_hub.utils import WeakFileLock

        lock = blob.parents[2] / ".locks" / blob.parents[1].name / f"{file.blob}.lock"
        for folder in (blob.parent, lock.parent):
            folder.mkdir(parents=True, exist_ok=True)
        with WeakFileLock(lock):
            if not blob.exists():
                _fetch_rest(offer, file, part, endpoint, on_bytes)
                _check_content(offer, file, part)
                part.rename(blob)
        # The content is there: this puts its name into the snapshot.
        hf_hub_download(offer.repo, file.name, revision=offer.commit, endpoint=endpoint)


def _fetch_rest(
    offer: Offer, file: RemoteFile, part: Path, endpoint: str | None, on_bytes: Callable[[int], None]
) -> None:
    """Go on where the last download of this file ended. What broke off is asked for again, as long as that helps."""
    from huggingface_hub import hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, HTTPError

    url = hf_hub_url(offer.repo, file.name, revision=offer.commit, endpoint=endpoint)
    with part.open("ab") as stream:
        if stream.tell() > file.size:
            stream.truncate(0)
        while (here := stream.seek(0, os.SEEK_END)) < file.size:
            try:
                _stream(url, stream, on_bytes)
            except HTTPError as error:
                if isinstance(error, HfHubHTTPError) or stream.tell() == here:
                    raise
            else:
                break


def _stream(url: str, stream: BinaryIO, on_bytes: Callable[[int], None]) -> None:
    """One answer of the server, written to the end of the file as it comes."""
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status, http_stream_backoff

    here = stream.tell()
    headers = build_hf_headers() | {"Accept-Encoding": "identity", "Range": f"bytes={here}-"}
    with http_stream_backoff(
        "GET",
        url,
        headers=headers,
        timeout=constants.HF_HUB_DOWNLOAD_TIMEOUT,
        max_retries=2,
        retry_on_exceptions=(),
        retry_on_status_codes=(408, 429),
    ) as response:
        hf_raise_for_status(response)
        if response.status_code != HTTPStatus.PARTIAL_CONTENT:
            # The server sends everything anew, whatever it was asked for.
            stream.truncate(here := 0)
        for piece in response.iter_bytes(_PIECE):
            stream.write(piece)
            here += len(piece)
            on_bytes(here)


def _check_content(offer: Offer, file: RemoteFile, part: Path) -> None:
    """
    :raises HubError: what came is not what the hub says it is; it is thrown away.
    """
    # Git names a small file by the SHA-1 of a line that says its size, and its content.
    digest = hashlib.sha256() if len(file.blob) == 64 else hashlib.sha1(b"blob %d\0" % part.stat().st_size)
    with part.open("rb") as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    if digest.hexdigest() != file.blob:
        part.unlink()
        raise HubError(f"{offer.id}: {file.name} came damaged and was thrown away; download it again")


def _storage(offer: Offer) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=offer.repo, repo_type="model")


def _paths(offer: Offer, file: RemoteFile) -> tuple[Path, Path]:
    """Where the content of a file lies when it is complete, and until then."""
    blobs = _storage(offer) / "blobs"
    return blobs / file.blob, blobs / f"{file.blob}.incomplete"


@contextmanager
def _in_words(model: HubId) -> Iterator[None]:
    """Every way in which the hub can fail as one line. No address is told: a signed one would be a secret."""
    # The HTTP library's own base class, whichever it is in this version of huggingface_hub.
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, OfflineModeIsEnabled

    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HubError(f"{model}: not downloaded, because HF_HUB_OFFLINE is set; unset it to go online") from error
    except HFValidationError as error:
        raise HubError(f"{model}: this is no name of a model on the hub ({error})") from error
    except HfHubHTTPError as error:
        raise HubError(f"{model}: {_refusal(error)}") from error
    except (HTTPError, OSError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        raise HubError(f"{model}: the hub was lost ({why}); what came is kept, try again to go on") from error


def _refusal(error: Any) -> str:
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return "the hub asks you to accept its terms first; do that on its page there, then log in with: hf auth login"
    if isinstance(error, RevisionNotFoundError):
        return "there is no such revision; leave @… out for the newest"
    if isinstance(error, RepositoryNotFoundError) or status in (401, 403, 404):
        return f"there is no such model, or it is private ({status}); check the name, or log in with: hf auth login"
    if status == 429:
        pause = error.response.headers.get("Retry-After", "")
        when = f"in {pause} seconds" if pause.isdigit() else "later"
        return f"the hub asks for a pause (429); try again {when}"
    return f"the hub answered with {status}; try again later"
