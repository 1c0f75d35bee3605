"""Which families a word stands for that a header or a page uses for them.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache

from registry.fingerprints.architecture_rules import Family, families
from registry.licensing.names import normal_name

NO_FAMILIES: frozenset[str] = frozenset()


def families_of_modelspec(architecture: str) -> frozenset[str]:
    """Return the families ``modelspec.architecture`` may mean; empty for a word nobody knows."""
    word = normal_name(architecture.partition("/")[0])
    return _table("modelspec").get(word, NO_FAMILIES)


def families_of_kohya(version: str) -> frozenset[str]:
    """Return the families ``ss_base_model_version`` may mean."""
    return _table("kohya").get(normal_name(version), NO_FAMILIES)


def families_of_gguf(architecture: str) -> frozenset[str]:
    """Return the families GGUF's ``general.architecture`` may mean."""
    return _table("gguf").get(normal_name(architecture), NO_FAMILIES)


def families_of_label(label: str) -> frozenset[str]:
    """Return the families Civitai's base-model label may mean."""
    return _table("civitai").get(normal_name(label), NO_FAMILIES)


def names_of(ids: Iterable[str]) -> str:
    """Return families by name, as people read them."""
    return " or ".join(sorted(families()[family].name for family in ids))


_WORDS: Mapping[str, Callable[[Family], tuple[str, ...]]] = {
    "modelspec": lambda family: family.modelspec,
    "kohya": lambda family: family.kohya,
    "gguf": lambda family: family.gguf,
    "civitai": lambda family: family.civitai,
}


@cache
def _table(of: str) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for family in families().values():
        for word in _WORDS[of](family):
            found.setdefault(normal_name(word), set()).add(family.id)
    return {word: frozenset(ids) for word, ids in found.items()}
