"""Which settings are there? Each with its name, default and help; read when asked for, never at import."""

from __future__ import annotations

import ipaddress
from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.papers.source import check_category

ROOT = Path(__file__).resolve().parent.parent
ARXIV_DELAY = 3.0


class BadSettings(ValueError):
    """A setting that cannot be used; the message names it and says what is allowed."""


class Settings(BaseSettings):
    """Environment variables with the prefix `TRENDLAB_`, or lines of `.env` in the checkout."""

    model_config = SettingsConfigDict(
        env_prefix="TRENDLAB_", env_file=ROOT / ".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    home: Path = Field(default=ROOT / "data", description="Folder for the catalog, runs and caches.")
    arxiv_url: str = Field(default="https://export.arxiv.org/api/query", description="arXiv's query API.")
    oai_url: str = Field(default="https://oaipmh.arxiv.org/oai", description="arXiv's OAI-PMH, for bulk harvests.")
    rss_url: str = Field(default="https://rss.arxiv.org", description="arXiv's announcement feeds.")
    html_url: str = Field(default="https://arxiv.org/html", description="arXiv's web pages of papers, for figures.")
    hf_url: str = Field(default="https://huggingface.co", description="Hugging Face, for its daily papers and models.")
    arxiv_delay: float = Field(
        default=ARXIV_DELAY, ge=0, description="Seconds between two requests to arXiv; less than 3 for loopback only."
    )
    http_timeout: float = Field(
        default=0.0,
        ge=0,
        le=3600,
        description="Seconds of silence after which a server counts as unreachable; 0 gives each what it needs.",
    )
    categories: str = Field(default="cs.CL,cs.LG,cs.AI", description="arXiv categories to pull, separated by commas.")
    device: Literal["auto", "cpu", "cuda"] = Field(default="auto", description="Where experiments run.")
    ray_address: str = Field(
        default="",
        description="Dashboard of a Ray cluster that runs can be sent to, as http://127.0.0.1:8265; empty has none.",
    )
    embedding_model: str = Field(
        default="",
        description="Folder of a sentence-embedding model that ranks similar papers; empty uses the built-in vectors.",
    )
    llm_url: str = Field(
        default="",
        description="An OpenAI-compatible server that writes summaries, as http://127.0.0.1:11434/v1; empty asks none.",
    )
    llm_model: str = Field(default="", description="The model of that server.")
    llm_key: SecretStr = Field(
        default=SecretStr(""), description="The key of that server; sent over https or within this machine only."
    )
    language: Literal["", "en", "ko"] = Field(default="", description="The app's language; empty follows the browser.")

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("arxiv_url", "oai_url", "rss_url", "html_url", "hf_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
            raise ValueError(f"{value!r} is not an http(s) address")
        return value.rstrip("/")

    @field_validator("llm_url")
    @classmethod
    def _bare_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.username or parts.password or parts.query or parts.fragment:
            # Not shown: it may hold a password.
            raise ValueError("the address holds more than a host and a path; a key goes into TRENDLAB_LLM_KEY")
        return cls._web_address(value)

    @field_validator("ray_address")
    @classmethod
    def _without_password(cls, value: str) -> str:
        if value and (urlsplit(value).username or urlsplit(value).password):
            # Not shown, and not passed on: it would stand in the list of processes.
            raise ValueError("the address holds a name or a password; give Ray its token in RAY_AUTH_TOKEN")
        return cls._web_address(value) if value else value

    @field_validator("llm_model")
    @classmethod
    def _bare_name(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError(f"{value!r} is no name of a model")
        return value.strip()

    @field_validator("llm_key")
    @classmethod
    def _guarded(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        key = value.get_secret_value().strip()
        if not (key.isascii() and key.isprintable()) or " " in key:
            raise ValueError("a key is made of ASCII letters, digits and signs, without blanks")
        url = info.data.get("llm_url", "")
        if key and urlsplit(url).scheme == "http" and not is_loopback(url):
            raise ValueError(f"it is not sent to {url} in the clear; make TRENDLAB_LLM_URL an https address")
        return SecretStr(key)

    @field_validator("categories")
    @classmethod
    def _arxiv_names(cls, value: str) -> str:
        for name in value.split(","):
            if name.strip():
                check_category(name.strip())
        return value

    @model_validator(mode="after")
    def _polite(self) -> Settings:
        if self.arxiv_delay < ARXIV_DELAY and not is_loopback(self.arxiv_url):
            raise ValueError(
                f"arxiv_delay {self.arxiv_delay} is under {ARXIV_DELAY:g} seconds, which arXiv's terms ask for; "
                "less is accepted only where arxiv_url is a loopback address"
            )
        return self

    @property
    def category_list(self) -> tuple[str, ...]:
        """The categories, in order, without repeats."""
        return tuple(dict.fromkeys(part.strip() for part in self.categories.split(",") if part.strip()))

    @property
    def catalog(self) -> Path:
        """The SQLite file."""
        return self.home / "catalog.db"

    @property
    def runs(self) -> Path:
        """The folder that holds one folder a run."""
        return self.home / "runs"

    @property
    def cache(self) -> Path:
        """Checkpoints and downloads that can be made again."""
        return self.home / "cache"


def is_loopback(url: str) -> bool:
    """Whether an address stays on this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    :raises BadSettings: one line that names the variable and says what is allowed.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "TRENDLAB_" + ("_".join(str(part) for part in first["loc"]).upper() or "ARXIV_DELAY")
        raise BadSettings(f"{name}: {first['msg'].removeprefix('Value error, ')}") from error
