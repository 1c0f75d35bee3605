"""Whether a hub's own words say that a model takes or makes more than text.

Licence texts draw a line there (Llama 3.2 and 4 in the EU; README.md of registry/licensing, rule
L25). A pipeline tag or an architecture is a statement like any other tag; where it is missing, or
two contradict each other, nobody says. Pure Python: importing this module must never import Django.

Source: Hugging Face's task list (the groups "Multimodal" and "Natural Language Processing") and
the ``model_type`` words of transformers, which the Hub repeats among a repository's tags.
"""

from collections.abc import Iterable

_MULTIMODAL_TASKS = frozenset(
    {
        "any-to-any",
        "audio-text-to-text",
        "document-question-answering",
        "image-text-to-image",
        "image-text-to-text",
        "image-text-to-video",
        "video-text-to-text",
        "visual-document-retrieval",
        "visual-question-answering",
    }
)
_TEXT_TASKS = frozenset(
    {
        "conversational",
        "fill-mask",
        "question-answering",
        "summarization",
        "text-classification",
        "text-generation",
        "text2text-generation",
        "token-classification",
        "translation",
        "zero-shot-classification",
    }
)
_MULTIMODAL_ARCHITECTURES = frozenset(
    {
        "blip-2",
        "chameleon",
        "gemma3",
        "idefics",
        "idefics2",
        "idefics3",
        "internvl",
        "internvl_chat",
        "llama4",
        "llava",
        "llava_next",
        "minicpmv",
        "mllama",
        "molmo",
        "paligemma",
        "phi3_v",
        "pixtral",
        "qwen2_5_vl",
        "qwen2_vl",
        "qwen3_vl",
        "smolvlm",
    }
)
_HINTS = frozenset({"multimodal", "vision", "vision-language-model", "vlm"})  # an author's own tags


def is_multimodal(words: Iterable[str]) -> bool | None:
    """Return whether a model is multimodal; ``None``: nobody says, or words contradict each other.

    :param words: a repository's pipeline tag and its tags, in any order
    """
    said = {word.casefold() for word in words}
    is_text = bool(said & _TEXT_TASKS)
    is_more = bool(said & (_MULTIMODAL_TASKS | _MULTIMODAL_ARCHITECTURES))
    if is_text:
        return None if is_more or said & _HINTS else False
    return True if is_more else None


def agreed(said: Iterable[bool | None]) -> bool | None:
    """Return what all who say anything agree on; ``None`` if nobody does, or they do not agree."""
    answers = {one for one in said if one is not None}
    return answers.pop() if len(answers) == 1 else None
