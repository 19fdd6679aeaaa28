"""How do several processes train one model? Each takes its share of every batch, and their gradients are added up.

Data parallelism (arXiv:2006.15704) through `accelerate`: the processes are started by `accelerate launch`, by torchrun,
or with the environments of `core.training.launching`. All draw the same batches and start from the same weights, so
that the steps are those of one process but for the order in which numbers are added.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from core.training.launching import launched

if TYPE_CHECKING:
    from accelerate import Accelerator


@dataclass(frozen=True, kw_only=True)
class Processes:
    """This process among those that train together; without arguments, one that trains alone.

    :param rank: 0 for the first, which alone writes and tells.
    :param count: how many there are.
    :param accelerator: what connects them.
    """

    rank: int = 0
    count: int = 1
    accelerator: Accelerator | None = None

    @property
    def first(self) -> bool:
        """Whether this is the process that writes checkpoints and yields records."""
        return self.rank == 0

    @property
    def device(self) -> torch.device | None:
        """The GPU (or the CPU) that this process was given; None: it is free to choose."""
        return None if self.accelerator is None else self.accelerator.device

    def share(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """This process's rows of a batch of (batch, …) tensors; the first processes take what does not divide.

        :raises ValueError: there are fewer rows than processes.
        """
        for name, tensor in inputs.items():
            if len(tensor) < self.count:
                raise ValueError(
                    f"{name} has {len(tensor)} rows for {self.count} processes; give larger batches or fewer processes"
                )
        return {name: tensor.tensor_split(self.count)[self.rank] for name, tensor in inputs.items()}

    def connected(self, model: nn.Module) -> nn.Module:
        """The model as all processes share it: they start from the first one's weights and average their gradients."""
        return model if self.accelerator is None else self.accelerator.prepare_model(model)

    def keep_to_itself(self, model: nn.Module) -> AbstractContextManager[None]:
        """Context in which the gradients of a `connected` model stay here: they travel once a step, with its last."""
        return model.no_sync() if isinstance(model, DistributedDataParallel) else nullcontext()

    def total(self, value: Tensor) -> Tensor:
        """The sum of a tensor over all processes."""
        if self.accelerator is None:
            return value
        summed: Tensor = self.accelerator.reduce(value, reduction="sum")
        return summed

    def wait(self) -> None:
        """Go on when all have come here: until then a file that the first one writes may not be there."""
        if self.accelerator is not None:
            self.accelerator.wait_for_everyone()


def join(device: str = "auto") -> Processes:
    """Join the processes that this one was started with; one that was started alone stays so.

    :param device: "cuda": each has a GPU of its own (NCCL); "cpu": they share the cores (gloo); "auto": CUDA if any.
    :raises ValueError: there are fewer GPUs than processes.
    """
    if not launched():
        return Processes()
    from accelerate import Accelerator  # takes its time, and one process does not need it

    cuda = device != "cpu" and torch.cuda.is_available()
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if cuda and here > torch.cuda.device_count():
        raise ValueError(f"{here} processes for {torch.cuda.device_count()} GPUs; start one a GPU, or use the CPU")
    together = Accelerator(cpu=not cuda, mixed_precision="no")
    return Processes(rank=together.process_index, count=together.num_processes, accelerator=together)
