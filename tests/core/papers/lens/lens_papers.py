"""Papers that nobody would file otherwise: of each stage, and of none."""

from __future__ import annotations

from core.papers.paper import Paper

ABOUT = {
    "ask": (
        "Retrieval-augmented generation over {} with large language models",
        "We retrieve passages about {} and let a large language model answer; retrieval-augmented generation helps.",
    ),
    "build": (
        "Quantization of language models for {}",
        "We quantize the weights of large language models for {}; post-training quantization to 4 bits is enough.",
    ),
    "align": (
        "Reinforcement learning from human feedback for {}",
        "A reward model is trained on human preferences about {}, and the language model is aligned by RLHF.",
    ),
    "adapt": (
        "Parameter-efficient fine-tuning with LoRA for {}",
        "Low-rank adapters fine-tune a large language model on {} with few trainable parameters.",
    ),
    "none": ("Segmentation of {} in images", "A convolutional network segments {} in photographs."),
}
THINGS = ("rivers", "harbours", "zebras", "clouds", "bridges", "violins", "glaciers", "spoons", "maps", "bells")


def papers_about(stage: str, n: int, *, first: int = 1, keywords: tuple[str, ...] = ()) -> list[Paper]:
    """Papers of one stage, or `none`; their ids are told apart by the stage and their number."""
    month = 1 + list(ABOUT).index(stage)
    title, abstract = ABOUT[stage]
    return [
        Paper(
            id=f"26{month:02d}.{number:05d}",
            title=title.format(THINGS[number % len(THINGS)]),
            abstract=f"{abstract.format(THINGS[number * 7 % len(THINGS)])} Study {number}.",
            keywords=keywords,
        )
        for number in range(first, first + n)
    ]
