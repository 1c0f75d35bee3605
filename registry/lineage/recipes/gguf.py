"""GGUF's keys about what a file was made from: ``general.base_model.N.*`` and ``general.source.*``.

``general.source`` is the same model before conversion (quantized); ``general.base_model`` are its
parents: several are a merge, one is what it was fine-tuned from, or what an adapter
(``general.type``) adapts. A licence in ``general.license*`` is the file's own claim and is read
elsewhere. Authors, organizations and descriptions are not repeated. Pure Python: importing this
module must never import Django.

Source: ggml, docs/gguf.md, "General metadata" and "Source metadata".

Grades: a repository by its address is E4 (a converter wrote it, out of the author's card or on his
word, and the file's author can change it); a name without an address is E6, a search. A recipe is
complete if all have addresses and the base models are as many as ``general.base_model.count``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from registry.lineage.addresses import (
    LONGEST_ADDRESS,
    huggingface_reference,
    link_reference,
)
from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.loose_values import number, text
from registry.lineage.recipes.recipe import EMPTY, MOST_PARENTS, Recipe, distinct
from registry.lineage.references import Reference, UnreadableReference, path_reference
from registry.lineage.relations import Evidence, Grade, Relation

_BASE = re.compile(r"general\.base_model\.([0-9]{1,4})\.(name|url|repo_url)", re.ASCII)
_SOURCE_KEYS = (
    "general.source.repo_url",
    "general.source.url",
    "general.source.huggingface.repository",  # before the keys were standardised
)


class _Base(NamedTuple):
    """One base model: its keys behind the number, and what they name."""

    key: str
    reference: Reference
    grade: Grade


def read_gguf(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return what a GGUF file's keys say it was made from."""
    bases, count = _bases(metadata), number(metadata.get("general.base_model.count"))
    relation = _relation(metadata, max(len(bases), count or 0))
    claims = [_claim(base, relation, source) for base in bases]
    claims += [_claim(base, Relation.QUANTIZED, source) for base in _sources(metadata)]
    if not claims:
        return EMPTY
    return Recipe(
        edges=distinct(claims),
        complete=all(claim.grade.is_firm for claim in claims) and len(bases) == (count or 0),
    )


def _relation(metadata: Mapping[str, Any], bases: float) -> Relation:
    if text(metadata.get("general.type")) == "adapter" or "adapter.type" in metadata:
        return Relation.ADAPTER
    return Relation.MERGE if bases > 1 else Relation.FINETUNE


def _bases(metadata: Mapping[str, Any]) -> list[_Base]:
    by_number: dict[int, dict[str, str]] = {}
    for key, value in metadata.items():
        found = _BASE.fullmatch(key) if isinstance(key, str) else None
        if found and (len(by_number) < MOST_PARENTS or int(found.group(1)) in by_number):
            by_number.setdefault(int(found.group(1)), {})[found.group(2)] = text(value)
    named = [_base(f"general.base_model.{n}", words) for n, words in sorted(by_number.items())]
    return [base for base in named if base is not None]


def _base(key: str, words: Mapping[str, str]) -> _Base | None:
    for name in ("repo_url", "url"):
        reference = _address(words.get(name, ""))
        if reference is not None:
            return _Base(f"{key}.{name}", reference, Grade.PLATFORM_FLAG)
    try:
        return _Base(f"{key}.name", path_reference(words.get("name", "")), Grade.INFERRED)
    except UnreadableReference:
        return None


def _sources(metadata: Mapping[str, Any]) -> Iterator[_Base]:
    for key in _SOURCE_KEYS:
        written = text(metadata.get(key))
        reference = _address(written)
        if reference is None and key.endswith("repository"):
            reference = huggingface_reference(written, bare_names=False)
        if reference is not None:
            yield _Base(key, reference, Grade.PLATFORM_FLAG)
            return


def _address(written: str) -> Reference | None:
    written = written[:LONGEST_ADDRESS]
    return link_reference(written if "://" in written else f"https://{written}")


def _claim(base: _Base, relation: Relation, source: str) -> ParentClaim:
    return ParentClaim(
        parent_ref=str(base.reference),
        relation=relation,
        evidence=Evidence.HEADER_GGUF,
        grade=base.grade,
        source=f"{source}: {base.key}",
    )
