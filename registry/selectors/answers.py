"""Answer "may I?" about anything that can be named: the one function every interface calls."""

from registry.licensing.terms import Permission
from registry.selectors.answer_shape import Answer


def answer(*, what: str, use: Permission | None = None) -> Answer:
    """Return what the registry knows about ``what``; with ``use``, about that permission only.

    ``what`` is a digest, a page or download URL, ``civitai:ID``, a Hugging Face repository id,
    ``sample:SLUG`` or a name. A path on disk is hashed by the command before it gets here.

    :raises UnreadableQuestion: if ``what`` has none of these forms
    :raises UnknownSubject: if nothing mirrored matches it
    """
    raise NotImplementedError
