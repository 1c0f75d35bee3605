"""What an answer about rights never covers, and when that matters most."""

import re

from registry.models import HubModel
from registry.selectors.answer_shape import NotCoveredJson

_PEOPLE = "likeness_and_publicity"
_CHARACTERS = "characters_and_trademarks"
_TEXTS = {
    _PEOPLE: "Likeness and publicity rights of persons.",
    _CHARACTERS: "Characters, designs and trademarks.",
    "training_data": "The data the model and its ancestors were trained on.",
    "copyright_in_outputs": "Whether what the model makes is protected by copyright, and whose.",
    "local_law": "The law where you are; which law a licence chooses.",
    "legal_advice": "This is a reading of published terms, not legal advice.",
}
_MAY_DEPICT = {
    _PEOPLE: "Likeness and publicity rights of persons: this model may depict a person, who has "
    "rights of their own that no model licence grants.",
    _CHARACTERS: "Characters, designs and trademarks: this model may depict a character, which "
    "belongs to somebody whom no model licence speaks for.",
}
# Kinds made to reproduce one subject: most of those that depict somebody are among them.
_SUBJECT_KINDS = {
    "LORA", "LoCon", "DoRA", "TextualInversion", "Hypernetwork", "AestheticGradient", "Poses",
    "face-swap", "face-analysis",
}  # fmt: skip
_WORDS = re.compile(
    r"\b(actors?|actress(es)?|celebrit(y|ies)|characters?|cosplay(er)?s?|face ?swap|faces?|idols?|"
    r"influencers?|likeness|persons?|people|portraits?|singers?|v ?tubers?|youtubers?)\b",
    re.IGNORECASE,
)


def may_depict_somebody(page: HubModel) -> bool:
    """Return whether to say that a model may depict a person or a character.

    Said on the strength of its kind, its name and its tags, which are public, and of the hub's
    restricted flags: as it is said of every LoRA, it tells nothing about a flag (house.md H12).
    """
    if page.depicts_person or page.depicts_minor or page.model_type in _SUBJECT_KINDS:
        return True
    return any(_WORDS.search(text.replace("-", " ")) for text in (page.name, *page.tags))


def not_covered(*, may_depict: bool) -> list[NotCoveredJson]:
    """Return what an answer does not cover, what matters for this model first."""
    marked = _MAY_DEPICT if may_depict else {}
    return [
        {"topic": topic, "text": marked.get(topic, text), "prominent": topic in marked}
        for topic, text in _TEXTS.items()
    ]
