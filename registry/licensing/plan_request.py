"""What an author asks to have planned, read from a plan, a scenario, mergekit or a file's metadata.

Pure Python: importing this module must never import Django.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from registry.licensing.identify import Part
from registry.licensing.lineage_view import CivitaiFlags
from registry.licensing.outbound_candidates import Wish
from registry.licensing.plan_file import (
    LONGEST_NAME,
    MOST_PARENTS,
    ParentFile,
    PlanFile,
    UnreadablePlan,
    WishFile,
    converted,
)
from registry.licensing.plan_formats import Format, format_of, read_value, recipe_of
from registry.licensing.plan_words import (
    flags_in,
    license_parts,
    licenses_in,
    what_in,
)
from registry.licensing.profile import NOBODY, Profile
from registry.licensing.profile_fields import read_profile
from registry.licensing.scenarios import Scenario, read_scenario
from registry.licensing.terms import Permission
from registry.lineage.recipes.recipe import Recipe
from registry.lineage.references import clean_words
from registry.lineage.relations import Grade, Relation

UNNAMED = "this-model"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedParent:
    """One parent as the author names it.

    ``path``: its key in what was read, for messages. ``licenses``: the terms the author states
    himself; without them ``what`` (a digest, a page, a repository) is to be looked up.
    """

    path: str
    relation: Relation
    grade: Grade = Grade.TAG
    weight: float | None = None
    licenses: tuple[Part, ...] = ()
    what: str = ""
    is_digest: bool = False  # ``what`` is a digest and nothing else
    is_multimodal: bool | None = None
    obtained_on: date | None = None  # the day of the author's copy
    is_recorded: bool = False  # read from a recipe: nobody is there to ask what it means


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRequest:
    """A model to be planned, and who asks."""

    name: str
    parents: tuple[RequestedParent, ...]
    wish: Wish = field(default_factory=Wish)
    profile: Profile = NOBODY
    declared: tuple[Part, ...] = ()
    flags: CivitaiFlags | None = None
    notes: tuple[str, ...] = ()


def read_request(text: str) -> PlanRequest | Scenario:
    """Return what ``text`` asks: JSON or YAML, of any of the four forms.

    :raises BadScenario: naming the key of a scenario that is wrong
    :raises BadProfile: naming the field of a profile that makes no sense
    :raises UnreadablePlan: naming the key that is wrong and what to write there
    :raises UnreadableYaml: if it is neither JSON nor YAML that we are willing to read
    """
    value = read_value(text)
    match format_of(value):
        case Format.SCENARIO:
            return read_scenario(value)
        case Format.METADATA:
            return _of_recipe(recipe_of(metadata=value), PlanFile())
        case Format.MERGEKIT:
            return _of_recipe(recipe_of(mergekit=text), PlanFile())
    return _of_plan(converted(value, PlanFile))


def _of_plan(plan: PlanFile) -> PlanRequest:
    given = [key for key in ("parents", "mergekit", "metadata") if getattr(plan, key)]
    if len(given) != 1:
        raise UnreadablePlan(
            "parents: give the parents once, as `parents` (a list), `mergekit` (its YAML as text) "
            f"or `metadata` (a file's); {', '.join(given) or 'none of them'} is given."
        )
    if plan.parents:
        return _request(plan, tuple(_parents(plan.parents)), ())
    return _of_recipe(recipe_of(mergekit=plan.mergekit, metadata=plan.metadata), plan)


def _request(
    plan: PlanFile, parents: Sequence[RequestedParent], notes: Sequence[str]
) -> PlanRequest:
    _check_count(parents)
    profile = read_profile(plan.profile)
    return PlanRequest(
        name=_name(plan.name),
        parents=tuple(_dated(parent, profile.obtained_on) for parent in parents),
        wish=_wish(plan.wish),
        profile=profile,
        declared=licenses_in(plan.declared, key="declared"),
        flags=None if plan.flags is None else flags_in(plan.flags),
        notes=tuple(notes),
    )


def _dated(parent: RequestedParent, day: date | None) -> RequestedParent:
    """Return a parent whose copy is of the day the author says of all, if not of its own."""
    return replace(parent, obtained_on=parent.obtained_on or day)


def _parents(given: Sequence[str | ParentFile]) -> Iterator[RequestedParent]:
    for number, parent in enumerate(given):
        path = f"parents[{number}]"
        row = what_in(parent, path) if isinstance(parent, str) else parent
        if row.model and row.digest:
            raise UnreadablePlan(f"{path}: give `model` or `digest`, not both.")
        if not (row.license or row.model or row.digest):
            raise UnreadablePlan(f"{path}: give one of `license`, `model` and `digest`.")
        yield RequestedParent(
            path=path,
            relation=row.relation,
            grade=Grade.TAG if row.certain else Grade.INFERRED,
            weight=row.weight,
            licenses=license_parts(row.license, key=f"{path}.license") if row.license else (),
            what=row.model or row.digest,
            is_digest=bool(row.digest),
            is_multimodal=row.multimodal,
            obtained_on=row.date,
        )


def _of_recipe(recipe: Recipe, plan: PlanFile) -> PlanRequest:
    parents = [
        RequestedParent(
            path=f"parents[{number}]",
            relation=claim.relation,
            grade=claim.grade,
            weight=claim.weight,
            what=claim.parent_ref,
            is_recorded=True,
        )
        for number, claim in enumerate(recipe.edges)
    ]
    notes = list(recipe.problems)
    if not recipe.complete:
        notes.append(
            "The recipe does not let every parent be looked up (a local path, a short hash or no "
            "recipe at all): write such parents as `parents` with their licence."
        )
    return _request(plan, parents, notes)


def _check_count(parents: Sequence[RequestedParent]) -> None:
    if len(parents) > MOST_PARENTS:
        raise UnreadablePlan(f"parents: {len(parents)}; {MOST_PARENTS} at most are planned.")


def _wish(wish: WishFile) -> Wish:
    forbid = frozenset(wish.forbid)
    allow = frozenset(Permission) - forbid if wish.allow is None else frozenset(wish.allow)
    return Wish(allow=allow, forbid=forbid)


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise UnreadablePlan(f"name: a name has {LONGEST_NAME} characters at most.")
    return clean_words(text) or UNNAMED
