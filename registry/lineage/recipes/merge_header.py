"""``sd_merge_recipe`` and ``sd_merge_models``: how a file was merged, and its parents before it.

The keys are AUTOMATIC1111's; each tool that writes them is a ``Dialect`` in a file of its own.
Pure Python: importing this module must never import Django.

Source: facts/huggingface.md section 5 (pull request #9312 and its variants).

Grades: a parent by SHA-256 is E4 (a tool wrote the header, the file's author can change it), by
AutoV1 or by name E6. What a header carries about the making of *other* files (AUTOMATIC1111
flattens it into ``sd_merge_models``, Forge Neo nests it there) is a third party's word on those
files: E5 between their digests, E6 without a SHA-256. Neo keeps one nested recipe for up to three
parents; where it is not plain whose it is, the models in it are ancestors of this file by an
unknown way: E6. So are models that are listed and named in no recipe.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from registry.lineage.parents import AncestorClaim, ParentClaim
from registry.lineage.recipes.a1111 import A1111
from registry.lineage.recipes.chattiori import CHATTIORI, CHATTIORI_LORAS
from registry.lineage.recipes.kohya import trained_on
from registry.lineage.recipes.loose_values import mapping, text
from registry.lineage.recipes.merge_dialect import Dialect, StatedParent, StatedRecipe
from registry.lineage.recipes.mergestudio import CHECKPOINT_DOCTOR, MERGESTUDIO
from registry.lineage.recipes.neo import NEO
from registry.lineage.recipes.recipe import (
    LONGEST_DETAIL,
    MOST_PARENTS,
    Recipe,
    distinct,
    distinct_ancestry,
)
from registry.lineage.recipes.sdnext import SDNEXT
from registry.lineage.recipes.supermerger import SUPERMERGER
from registry.lineage.references import (
    Reference,
    ReferenceKind,
    UnreadableReference,
    digest_reference,
    path_reference,
)
from registry.lineage.relations import Grade, Relation

RECIPE, MODELS = "sd_merge_recipe", "sd_merge_models"
MOST_STEPS = 64  # headers nested in one header
CUT = "There are more ancestors than are read."
UNPLACED = "an ancestor: whose recipe it stands in is not said"
DIALECTS = {
    word: dialect
    for dialect in (
        A1111, SDNEXT, NEO, SUPERMERGER, CHATTIORI, CHATTIORI_LORAS, MERGESTUDIO, CHECKPOINT_DOCTOR,
    )
    for word in dialect.types
}  # fmt: skip


def read_merge_header(metadata: Mapping[str, Any], *, source: str) -> Recipe:
    """Return the parents in a file's ``__metadata__``, and theirs.

    Complete if the recipe gives every parent that its method needs, each by SHA-256.
    """
    models = mapping(metadata.get(MODELS)) or {}
    recipe = mapping(metadata.get(RECIPE))
    key = RECIPE
    if recipe is None and dialect_of(models) is CHATTIORI_LORAS:
        recipe, models, key = models, _of_baked_loras(models, metadata), MODELS
    stated = StatedRecipe((), is_whole=False) if recipe is None else dialect_of(recipe).read(recipe)
    names = _names(models)
    claims = _claims(stated, dialect_of(recipe or {}), f"{source}: {key}", names)
    walk = _Walk(f"{source}: {MODELS}", stated)
    walk.through(models, [c.parent_ref for c in claims if c.relation is Relation.MERGE])
    known = bool(claims) and stated.is_whole and len(claims) == len(stated.parents)
    return Recipe(
        edges=distinct([*claims, *walk.loose()]),
        ancestry=distinct_ancestry(walk.ancestry),
        complete=known and all(claim.grade.is_firm for claim in claims),
        problems=(*_problems(metadata), *([CUT] if walk.is_cut else ())),
    )


def dialect_of(recipe: Mapping[str, Any]) -> Dialect:
    """Return the dialect that a recipe signs with; AUTOMATIC1111's keys are read for any other."""
    return DIALECTS.get(text(recipe.get("type")), A1111)


def _problems(metadata: Mapping[str, Any]) -> Iterator[str]:
    for key in (RECIPE, MODELS):
        value = metadata.get(key)
        if value is not None and mapping(value) is None:
            yield f"{key} is not a JSON object of a size that is read."


def _of_baked_loras(models: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return what ``pluslora-chattiori`` keeps of its inputs' headers: digest -> header."""
    headers = mapping(metadata.get("lora")) or {}
    return {**headers, text(models.get("checkpoint_hash")): mapping(metadata.get("checkpoint"))}


def _names(models: Mapping[str, Any]) -> dict[str, str]:
    """Return the file names, without folders and double quotes, that a header gives by digest."""
    found = {}
    for digest, entry in list(models.items())[:MOST_PARENTS]:
        name = text(entry.get("name")) if isinstance(entry, dict) else ""
        try:
            found[digest.strip().lower()] = path_reference(name).value.replace('"', "'")
        except UnreadableReference:
            continue
    return found


def _claims(
    stated: StatedRecipe, dialect: Dialect, source: str, names: Mapping[str, str]
) -> list[ParentClaim]:
    found = []
    for parent in stated.parents[:MOST_PARENTS]:
        reference = _reference(parent)
        if reference is None:
            continue
        is_sure = reference.kind is ReferenceKind.SHA256
        named = names.get(reference.value, "")
        words = [word for word in (parent.detail, named and f'file name "{named}"') if word]
        found.append(
            ParentClaim(
                parent_ref=str(reference),
                relation=parent.relation,
                evidence=dialect.evidence,
                grade=Grade.PLATFORM_FLAG if is_sure else Grade.INFERRED,
                source=source,
                weight=parent.weight,
                detail="; ".join(words)[:LONGEST_DETAIL],
            )
        )
    return found


def _reference(parent: StatedParent) -> Reference | None:
    if not parent.is_name:
        return digest_reference(parent.given)
    try:
        return path_reference(parent.given)
    except UnreadableReference:
        return None


class _Walk:
    """A walk through what a header carries of its parents' making; bounded in steps and claims."""

    def __init__(self, source: str, stated: StatedRecipe) -> None:
        self.ancestry: list[AncestorClaim] = []
        self.is_cut = False
        self._source = source
        self._unplaced: list[ParentClaim] = []  # of recipes whose model cannot be told
        self._listed: dict[str, ParentClaim] = {}
        self._placed = {str(found) for p in stated.parents if (found := _reference(p)) is not None}
        self._placed |= {str(digest_reference(digest)) for digest in stated.unused}
        self._ahead: list[tuple[Mapping[str, Any], Sequence[str]]] = []

    def through(self, models: Mapping[str, Any], owners: Sequence[str]) -> None:
        """Take every recipe in ``models``; ``owners`` are those a nested one can belong to."""
        self._ahead = [(models, owners)]
        for _step in range(MOST_STEPS):
            if not self._ahead:
                return
            listed, owned_by = self._ahead.pop(0)
            self._take_listed(listed)
            self._take_nested(listed, owned_by)
        self.is_cut = True

    def loose(self) -> list[ParentClaim]:
        """Return the ancestors whose place between this file and the others is not said."""
        placed = self._placed | {claim.claim.parent_ref for claim in self.ancestry}
        placed |= {claim.parent_ref for claim in self._unplaced}
        return [
            *self._unplaced,
            *(claim for ref, claim in self._listed.items() if ref not in placed),
        ]

    def _take_listed(self, models: Mapping[str, Any]) -> None:
        names = _names(models)
        self.is_cut |= len(models) > MOST_PARENTS
        for key, entry in list(models.items())[:MOST_PARENTS]:
            reference = digest_reference(key)
            if reference is None or reference.kind is not ReferenceKind.SHA256:
                continue
            header, ref = mapping(entry) or {}, str(reference)
            claims = self._made(header, names)
            self._listed.setdefault(ref, self._listing(ref, header))
            self._take(ref, claims)
            if nested := mapping(header.get(MODELS)):
                self._ahead.append((nested, [ref]))

    def _take_nested(self, models: Mapping[str, Any], owners: Sequence[str]) -> None:
        """Take what Forge Neo writes beside the digests: the header of one of the owners."""
        nested = mapping(models.get(MODELS))
        claims = self._made(models, _names(nested or {}))
        if nested:
            self._ahead.append((nested, [claim.parent_ref for claim in claims]))
        if len(set(owners)) == 1:
            self._take(owners[0], claims)
            return
        self._unplaced += [_weakened(claim, Grade.INFERRED, UNPLACED) for claim in claims]

    def _made(self, header: Mapping[str, Any], names: Mapping[str, str]) -> list[ParentClaim]:
        """Return how the model with this header was made."""
        recipe = mapping(header.get(RECIPE)) or {}
        dialect = dialect_of(recipe)
        base = trained_on(header, source=self._source)
        return [
            *_claims(dialect.read(recipe), dialect, self._source, names),
            *([base] if base is not None else []),
        ]

    def _listing(self, ref: str, header: Mapping[str, Any]) -> ParentClaim:
        return ParentClaim(
            parent_ref=ref,
            relation=Relation.MERGE,
            evidence=dialect_of(mapping(header.get(RECIPE)) or {}).evidence,
            grade=Grade.INFERRED,
            source=self._source,
            detail="an ancestor: no recipe names it",
        )

    def _take(self, child_ref: str, claims: Sequence[ParentClaim]) -> None:
        self.is_cut |= len(claims) > MOST_PARENTS - len(self.ancestry)
        is_sure = child_ref.startswith(f"{ReferenceKind.SHA256}:")
        for claim in claims[: MOST_PARENTS - len(self.ancestry)]:
            if claim.parent_ref != child_ref:
                grade = Grade.PROSE if is_sure and claim.grade.is_firm else Grade.INFERRED
                self.ancestry.append(
                    AncestorClaim(child_ref=child_ref, claim=_weakened(claim, grade))
                )


def _weakened(claim: ParentClaim, grade: Grade, why: str = "") -> ParentClaim:
    detail = "; ".join(word for word in (claim.detail, why) if word)[:LONGEST_DETAIL]
    weight = None if why else claim.weight
    return msgspec.structs.replace(claim, grade=grade, detail=detail, weight=weight)
