"""How does a model come here from the hub, and what becomes of a download that breaks off?

What came of a file is kept, and the next download goes on there (huggingface_hub by itself throws it away and begins
again); its content is checked before it counts.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from core.gpt.loading.hub import HubError, Offer, RemoteFile, in_words

_SPARE = 100_000_000  # bytes of the disk that a download leaves free
_PIECE = 1 << 20  # bytes that are written, and checked, at once


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
            f"free; make room there, or set HF_HOME to a folder on another disk",
            f"{offer.id}: {needed / 1e9:.1f} GB를 더 받아야 하는데 {folder.parent}의 디스크에는 {free / 1e9:.1f} GB만 "
            f"남아 있습니다. 자리를 만들거나 HF_HOME을 다른 디스크의 폴더로 바꾸세요",
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
            f"has {there / 1e9:.1f} GB; choose a smaller model",
            f"{offer.id}: 반정밀도로 메모리 {2 * offer.parameters / 1e9:.1f} GB가 필요한데 이 기기에는 "
            f"{there / 1e9:.1f} GB가 있습니다. 더 작은 모델을 고르세요",
        )


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
    with in_words(offer.id):
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
        raise HubError(
            f"{offer.id}: {file.name} came damaged and was thrown away; download it again",
            f"{offer.id}: {file.name}이(가) 손상된 채로 와서 지웠습니다. 다시 내려받으세요",
        )


def _storage(offer: Offer) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=offer.repo, repo_type="model")


def _paths(offer: Offer, file: RemoteFile) -> tuple[Path, Path]:
    """Where the content of a file lies when it is complete, and until then."""
    blobs = _storage(offer) / "blobs"
    return blobs / file.blob, blobs / f"{file.blob}.incomplete"
