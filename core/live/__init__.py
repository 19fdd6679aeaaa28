"""What answers while one types? The contract, and the models that its answers read.

A file in core/live/ carries `LIVE`: one question that a small model answers in a moment. It stands on the card of an
experiment, is asked anew after every few key strokes, and yields the events that a run would yield. It decides nothing:
claims are for experiments, with replicates and controls.

`app.session` keeps one warm process that answers. A file here must be light to import, as an experiment's: torch and
what needs it belong inside its functions.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from core.events import Event
from core.language import Text
from core.params import BadParam

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from core.gpt.model import GPT

LIBRARIES = ("torch", "core.gpt.generate", "core.gpt.loading.checkpoints", "core.text.tokenizer")
_LETTERS_A_TOKEN = 16  # more text than so many a token is not looked at: its end is what is read


class Live(Protocol):
    """The contract. A file in core/live/ carries `LIVE`, an object with these.

    :param id: the file's name with `-`.
    :param experiment: id of the experiment on whose card it stands.
    :param title: what one sees there.
    :param help: what to type and what to look at, in a sentence or two.
    :param typed: the name of the parameter that is typed in: a `str` with `kind="text"`.
    :param params: a dataclass of `core.params.param` fields with defaults: the form is made from it. A field for the
        model is `core.params.model_param()`.

    An optional `libraries` names the modules that its answers import (`LIBRARIES` where it is not there): they are
    imported before the first question.
    """

    id: str
    experiment: str
    title: Text
    help: Text
    typed: str
    params: type

    def answer(self, params: Any, models: Models) -> Iterator[Event]:
        """Yield `Figure`, `Table`, `Sample` and `Strip` events; those of one name (or title) replace each other.

        Answers to any text, none and a hostile one included: tokens in a figure are escaped (`core.heatmaps.tick`);
        strips, tables and samples are escaped where they are drawn. The same params give the same answer.

        :param params: a `params` object whose values are in their ranges.
        :raises BadParam: values that do not fit together, or a model that cannot answer; one line for the form.
        :raises core.gpt.loading.weight_files.BadCheckpoint: there is no such model here.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A text as a model reads it: the token that begins a document, then the text's own.

    :param ids, tokens: one each; a token that holds only part of a character is "".
    :param cut: whether the text was too long, and only its end is read.
    """

    ids: list[int]
    tokens: list[str]
    cut: bool


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model in evaluation mode, with its tokenizer."""

    model: GPT
    tokenizer: PreTrainedTokenizerFast

    def read(self, text: str, *, most: int) -> Reading:
        """The end of `text` in at most `most` tokens (or the model's context), the beginning one included.

        :raises BadParam: there is nothing to read: no text, and no token that begins a document.
        """
        from core.text.tokenizer import pieces, start_token

        most = min(most, self.model.config.max_position_embeddings)
        start = start_token(self.tokenizer)
        first = [] if start is None else [(start, str(self.tokenizer.convert_ids_to_tokens(start)))]
        # Half of a surrogate pair is no text; a browser can send one.
        end = text[-most * _LETTERS_A_TOKEN :].encode(errors="replace").decode()
        found = [(piece.id, piece.text) for piece in pieces(self.tokenizer, end)]
        room = most - len(first)
        read = [*first, *(found[-room:] if room else ())]
        if not read:
            raise BadParam("the text is empty, and this model has no token that begins a document; write something")
        cut = len(found) > room or len(end) < len(text)
        return Reading(ids=[number for number, _ in read], tokens=[token for _, token in read], cut=cut)


class Models:
    """Loads models by name, and keeps the last few that were asked for.

    :param keep: how many stay in memory.
    """

    def __init__(self, *, keep: int = 2) -> None:
        if keep < 1:
            raise ValueError(f"keep {keep} keeps no model; choose 1 or more")
        self._keep = keep
        self._loaded: OrderedDict[str, tuple[tuple[object, ...], Loaded]] = OrderedDict()

    def get(self, name: str) -> Loaded:
        """The model of that name, with its tokenizer; read anew where its files have changed.

        :param name: a house model, a hub id, or a folder, as `core.gpt.load` takes it.
        :raises core.gpt.loading.weight_files.BadCheckpoint: there is no such model here, or it does not fit.
        """
        import core.gpt
        from core.gpt.loading.checkpoints import find

        folder = find(name)
        stamp = tuple(sorted((each.name, each.stat().st_mtime_ns) for each in folder.iterdir()))
        before, loaded = self._loaded.pop(name, (None, None))
        if loaded is None or before != stamp:
            loaded = None  # its room is needed before the new one comes
            while len(self._loaded) >= self._keep:
                self._loaded.popitem(last=False)
            loaded = Loaded(model=core.gpt.load(name), tokenizer=core.gpt.load_tokenizer(name))
        self._loaded[name] = stamp, loaded
        return loaded
