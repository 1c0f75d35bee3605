"""What a recipe says: the parents, and whether they are all of them.

Pure Python: importing this module must never import Django.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from registry.lineage.parents import AncestorClaim, ParentClaim
from registry.lineage.references import clean_words

LONGEST_DETAIL = 200  # characters
LONGEST_METHOD = 80  # characters
MOST_PARENTS = 500  # of one recipe

_METHOD = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_ .,:+*()-]*")


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """The parents a recipe names.

    ``ancestry``: what it carries of how its parents were made. ``complete``: it was read whole and
    every parent can be looked up (a repository of a hub or a SHA-256); a recipe that names a file
    on somebody's disk is not complete. Ancestors whose place nobody says may stand beside (E6).
    """

    edges: tuple[ParentClaim, ...] = ()
    ancestry: tuple[AncestorClaim, ...] = ()
    complete: bool = False
    problems: tuple[str, ...] = ()


EMPTY = Recipe()


def joined(recipes: Sequence[Recipe]) -> Recipe:
    """Return what several recipes of one model say together.

    Complete only if each that says anything is: the words of one tool do not make up for what
    another leaves out.
    """
    speaking = [recipe for recipe in recipes if recipe.edges or recipe.problems]
    return Recipe(
        edges=distinct([edge for recipe in recipes for edge in recipe.edges]),
        ancestry=distinct_ancestry([claim for recipe in recipes for claim in recipe.ancestry]),
        complete=bool(speaking) and all(recipe.complete for recipe in speaking),
        problems=tuple(problem for recipe in recipes for problem in recipe.problems),
    )


def distinct(claims: Sequence[ParentClaim]) -> tuple[ParentClaim, ...]:
    """Return one claim per parent, relation and evidence, in the order first said.

    Two different weights for one parent leave it without one; the first detail is kept.
    """
    found: dict[tuple[str, str, str], ParentClaim] = {}
    weights: dict[tuple[str, str, str], set[float]] = {}
    for claim in claims:
        key = (claim.parent_ref, claim.relation, claim.evidence)
        found.setdefault(key, claim)
        weights.setdefault(key, set()).update(() if claim.weight is None else (claim.weight,))
    return tuple(
        msgspec.structs.replace(claim, weight=min(weights[key]) if len(weights[key]) == 1 else None)
        for key, claim in found.items()
    )[:MOST_PARENTS]


def distinct_ancestry(claims: Sequence[AncestorClaim]) -> tuple[AncestorClaim, ...]:
    """Return one claim per child, parent, relation and evidence, in the order first said."""
    by_child: dict[str, list[ParentClaim]] = {}
    for claim in claims:
        by_child.setdefault(claim.child_ref, []).append(claim.claim)
    return tuple(
        AncestorClaim(child_ref=child_ref, claim=claim)
        for child_ref, of_child in by_child.items()
        for claim in distinct(of_child)
    )[:MOST_PARENTS]


def method_words(value: Any) -> str:
    """Return the name of a merge method as given; empty if it could be anything else.

    Only what a name of a method is made of passes, so that no path, address or sentence out of a
    header ends in a detail.
    """
    if not isinstance(value, str):
        return ""
    words = clean_words(value[: 2 * LONGEST_DETAIL])
    return words if len(words) <= LONGEST_METHOD and _METHOD.fullmatch(words) else ""
