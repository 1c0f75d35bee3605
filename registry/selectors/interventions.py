"""What operators have done about pages and bytes."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from registry.models import Intervention, InterventionKind
from registry.selectors.aliases import stored_aliases
from registry.selectors.as_of import known, standing_until


def standing(
    subjects: Collection[str], *, as_of: datetime | None = None
) -> Mapping[str, frozenset[InterventionKind]]:
    """Return the interventions that stood on each of ``subjects``, which are references.

    A subject that nothing was done about is absent. One or two queries, however many subjects.
    """
    asked = _spellings(subjects)
    stood = known(as_of, "made_at") & standing_until(as_of, "lifted_at")
    rows = Intervention.objects.filter(stood, subject__in=asked).order_by("pk")
    found: dict[str, set[InterventionKind]] = defaultdict(set)
    for subject, kind in rows.values_list("subject", "kind"):
        for spelling in asked[subject]:
            found[spelling].add(InterventionKind(kind))
    return {subject: frozenset(kinds) for subject, kinds in found.items()}


def erased_subjects(*, subjects: Collection[str]) -> set[str]:
    """Return those of ``subjects`` that were erased: they must not be stored again."""
    if not subjects or not anything_erased():
        return set()
    return {
        subject for subject, kinds in standing(subjects).items() if InterventionKind.ERASE in kinds
    }


def anything_erased() -> bool:
    """Return whether anything was ever erased."""
    return Intervention.objects.filter(kind=InterventionKind.ERASE).exists()


def _spellings(subjects: Collection[str]) -> Mapping[str, set[str]]:
    """Map how an intervention may spell a subject (an erased one by alias) to the subjects."""
    aliases = stored_aliases()
    asked: dict[str, set[str]] = defaultdict(set)
    for subject in subjects:
        page = _page(subject)
        hidden = {aliases.of_reference(page), aliases.of_any_case(page)} if aliases else set()
        for spelling in {subject, page} | hidden:
            asked[spelling].add(subject)
    return asked


def _page(subject: str) -> str:
    """Return the page of a revision: what was done to a page was done to its revisions."""
    page = subject.partition("@")[0]
    return subject if page.endswith(":") else page  # an id that begins with @ is no revision
