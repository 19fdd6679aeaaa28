"""Which models does the Hugging Face hub have, what would it take to bring one here, and which are here already?

Only when somebody says so: `ask` tells what a download would be, `core.gpt.loading.fetching` does it, and who loads a
model looks into the cache alone, the one that all of Hugging Face's libraries share. Only what the core reads is
fetched: safetensors, config and tokenizer.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from json import JSONDecodeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.gpt.loading.config_files import check_kind
from core.gpt.loading.weight_files import FLOATS, INDEX, WEIGHTS, BadCheckpoint, weight_files
from core.language import Text, Told

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
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS}
_ANSWER = 10.0  # seconds that the hub has to say what a model is


class HubError(Told):
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
    with in_words(model):
        from huggingface_hub import HfApi

        api = HfApi(endpoint=endpoint)
        try:
            found = api.model_info(model.repo, revision=model.revision, files_metadata=True, timeout=_ANSWER)
            return _offer(model, found)
        except (KeyError, TypeError, AttributeError, JSONDecodeError) as error:
            raise HubError(
                f"{model}: what answered is no hub; check TRENDLAB_HF_URL and the network",
                f"{model}: 답한 것이 허브가 아닙니다. TRENDLAB_HF_URL과 네트워크를 확인하세요",
            ) from error


def _offer(model: HubId, found: ModelInfo) -> Offer:
    files = _needed(model, {sibling.rfilename: sibling for sibling in found.siblings or []})
    config = found.config or {}
    if "model_type" in config:
        check_kind(str(model), config)
    counted: dict[str, int] = dict(found.safetensors.parameters) if found.safetensors else {}
    if found.sha is None or not _HASH.fullmatch(found.sha):
        raise HubError(
            f"{model}: the hub does not say which version it has; try again later",
            f"{model}: 허브가 어느 버전인지 말하지 않습니다. 나중에 다시 해 보세요",
        )
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
        raise BadCheckpoint(
            f"{model}: it has no config.json; this is no model that the core can load",
            f"{model}: config.json이 없습니다. 코어가 읽을 수 있는 모델이 아닙니다",
        )
    if not weights:
        raise BadCheckpoint(
            f"{model}: it has no safetensors; pickled weights are never read, choose another version",
            f"{model}: safetensors가 없습니다. pickle 가중치는 읽지 않으니 다른 버전을 고르세요",
        )
    if weights != [WEIGHTS]:
        small.append(INDEX)
    return tuple(_remote(model, name, there.get(name)) for name in (*small, *weights))


def _remote(model: HubId, name: str, sibling: Any) -> RemoteFile:
    """
    :raises HubError: the hub does not say what is in a file, which is how the cache names it.
    """
    blob = None if sibling is None else sibling.lfs.sha256 if sibling.lfs else sibling.blob_id
    if blob is None or not _HASH.fullmatch(blob) or not isinstance(sibling.size, int):
        raise HubError(
            f"{model}: the hub does not say what {name} is and how large; try again later",
            f"{model}: 허브가 {name}의 내용과 크기를 말하지 않습니다. 나중에 다시 해 보세요",
        )
    return RemoteFile(name=name, size=sibling.size, blob=blob)


@contextmanager
def in_words(model: HubId) -> Iterator[None]:
    """Every way in which the hub can fail as one line. No address is told: a signed one would be a secret."""
    # The HTTP library's own base class, whichever it is in this version of huggingface_hub.
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, OfflineModeIsEnabled

    try:
        yield
    except OfflineModeIsEnabled as error:
        raise HubError(
            f"{model}: not downloaded, because HF_HUB_OFFLINE is set; unset it to go online",
            f"{model}: HF_HUB_OFFLINE이 켜져 있어 내려받지 않았습니다. 끄면 온라인이 됩니다",
        ) from error
    except HFValidationError as error:
        raise HubError(
            f"{model}: this is no name of a model on the hub ({error})",
            f"{model}: 허브의 모델 이름이 아닙니다({error})",
        ) from error
    except HfHubHTTPError as error:
        refusal = _refusal(error)
        raise HubError(f"{model}: {refusal.en}", f"{model}: {refusal.ko}") from error
    except (HTTPError, OSError) as error:
        why = " ".join(str(error).split()) or type(error).__name__
        if getattr(error, "errno", None) in _OF_THE_DISK:
            raise HubError(
                f"{model}: the disk refused it ({why}); make room, or set HF_HOME",
                f"{model}: 디스크가 받지 않았습니다({why}). 자리를 만들거나 HF_HOME을 바꾸세요",
            ) from error
        raise HubError(
            f"{model}: the hub was lost ({why}); what came is kept, try again to go on",
            f"{model}: 허브와 끊겼습니다({why}). 받은 것은 남아 있으니 다시 하면 이어집니다",
        ) from error


def _refusal(error: Any) -> Text:
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError

    status = error.response.status_code
    if isinstance(error, GatedRepoError):
        return Text(
            "the hub asks you to accept its terms first; do that on its page there, then log in with: hf auth login",
            "허브가 먼저 약관 동의를 요구합니다. 허브의 모델 페이지에서 동의한 뒤 hf auth login으로 로그인하세요",
        )
    if isinstance(error, RevisionNotFoundError):
        return Text(
            "there is no such revision; leave @… out for the newest", "그런 리비전이 없습니다. @…를 빼면 최신입니다"
        )
    if isinstance(error, RepositoryNotFoundError) or status in (401, 403, 404):
        return Text(
            f"there is no such model, or it is private ({status}); check the name, or log in with: hf auth login",
            f"그런 모델이 없거나 비공개입니다({status}). 이름을 확인하거나 hf auth login으로 로그인하세요",
        )
    if status == 429:
        pause = error.response.headers.get("Retry-After", "")
        when = Text(f"in {pause} seconds", f"{pause}초 뒤에") if pause.isdigit() else Text("later", "나중에")
        return Text(
            f"the hub asks for a pause (429); try again {when.en}",
            f"허브가 쉬어 달라고 합니다(429). {when.ko} 다시 해 보세요",
        )
    return Text(
        f"the hub answered with {status}; try again later",
        f"허브가 {status}(으)로 답했습니다. 나중에 다시 해 보세요",
    )
