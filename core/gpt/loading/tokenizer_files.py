"""Which tokenizer stands in a folder? Any fast one: `tokenizer.json`, or GPT-2's `vocab.json` and `merges.txt`.

Nothing that a model brings is ever run: one that is code beside the model counts as missing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import GPT2Tokenizer, PreTrainedTokenizerFast

from core.gpt.loading.weight_files import BadCheckpoint, is_there, read_json

FILES = ("tokenizer.json", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")
_IDS = {"eos_token": "eos_token_id", "bos_token": "bos_token_id", "pad_token": "pad_token_id"}
# Where a model says which ids are special when its tokenizer does not: the first that says it counts.
_SAYERS = ("generation_config.json", "config.json")


def read_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """The tokenizer of a folder, with the special tokens that its files or the model's name.

    :raises BadCheckpoint: there is none, or it is damaged.
    """
    said = {name: read_json(folder / name) for name in (*FILES, *_SAYERS) if _is_json(folder / name)}
    kind = _kind(folder, said)
    try:
        tokenizer = kind.from_pretrained(folder, local_files_only=True)
        for name, id_name in _IDS.items():
            if getattr(tokenizer, name) is None and (token := _token(tokenizer, said, id_name)) is not None:
                setattr(tokenizer, name, token)
        # Some damage shows only in use.
        tokenizer.decode(tokenizer("a")["input_ids"])
    except Exception as error:  # the tokenizers library raises Exception itself
        why = " ".join(str(error).split())
        raise BadCheckpoint(
            f"{folder}: the tokenizer is damaged ({why}); copy or download it again",
            f"{folder}: 토크나이저가 손상되었습니다({why}). 다시 복사하거나 내려받으세요",
        ) from error
    return tokenizer


def _is_json(path: Path) -> bool:
    return path.suffix == ".json" and is_there(path)


def _kind(folder: Path, said: dict[str, dict[str, Any]]) -> type[PreTrainedTokenizerFast]:
    if "tokenizer.json" in said:
        return PreTrainedTokenizerFast
    # Others cut text into other pieces before they merge, which only their own tokenizer.json says.
    of_gpt2 = said.get("config.json", {}).get("model_type", "gpt2") == "gpt2"
    if of_gpt2 and "vocab.json" in said and is_there(folder / "merges.txt"):
        return GPT2Tokenizer
    raise BadCheckpoint(
        f"{folder}: there is no tokenizer.json; save the tokenizer beside the model",
        f"{folder}: tokenizer.json이 없습니다. 토크나이저를 모델 옆에 저장하세요",
    )


def _token(tokenizer: PreTrainedTokenizerFast, said: dict[str, dict[str, Any]], id_name: str) -> str | None:
    """The token whose id the model names; the first where it names several."""
    named = next((said[name][id_name] for name in _SAYERS if said.get(name, {}).get(id_name) is not None), None)
    if isinstance(named, list) and named:
        named = named[0]
    if not isinstance(named, int):
        return None
    token = tokenizer.convert_ids_to_tokens(named)
    return token if isinstance(token, str) else None
