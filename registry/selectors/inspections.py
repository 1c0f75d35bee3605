"""Tell what one file is, what it claims, what it was made from, and what is known of it.

Nothing here stores or logs anything of the file (house.md H12).
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digests import FileDigests, Progress, digest_file
from registry.fingerprints.model_file import FileFacts, FileFormat, UnreadableModelFile
from registry.fingerprints.packed_tensors import PackedComponent, pack_tensors
from registry.fingerprints.readers.folders import read_folder_facts
from registry.fingerprints.readers.front_door import read_file_facts
from registry.fingerprints.readers.sources import LocalFile
from registry.fingerprints.steady_file import same_file
from registry.inspection.disclosure import (
    public_claims,
    public_findings,
    public_method,
    whole_claims,
    whole_findings,
)
from registry.inspection.inspected import (
    RECIPE_SUFFIXES,
    Inspected,
    inspected,
    inspected_recipe,
)
from registry.inspection.report import tensors_json
from registry.lineage.parents import ParentClaim
from registry.selectors.inspection_shape import (
    DigestJson,
    FileParentJson,
    InspectionJson,
    KnownJson,
    KnownOfJson,
)
from registry.selectors.known_files import (
    UNKNOWN,
    known_bytes,
    known_components,
    known_parents,
    known_tensors,
)
from registry.selectors.listing_words import NO_WORDS, words_about
from registry.selectors.shared_tensors import tensors_of

BY_FILE = "file"  # who states a digest: the bytes themselves
MOST_PARENTS = 100
LONGEST_RECIPE = 4_000_000  # bytes

Digests = Mapping[Algorithm, str]


class NoModelFile(UnreadableModelFile):
    """A file is of no format that holds a model."""


@dataclass(frozen=True, slots=True)
class PathInspection:
    """What something on this machine says of itself; a folder has no digests."""

    inspection: InspectionJson
    digests: FileDigests | None


def inspect_path(path: Path, *, progress: Progress | None = None) -> PathInspection:
    """Return what a file, or a folder that holds one model, on this machine says of itself.

    Whoever has the file may see all of it: its claims are whole.

    :param progress: called while the file is hashed, which takes longest
    :raises UnreadableModelFile: if it is none
    :raises UnreadableFile: if it cannot be opened
    :raises FileChanged: if it changes, or another takes its place, while it is read
    """
    if path.is_dir():
        read = inspect_facts(read_folder_facts(path))
        return PathInspection(inspection_json(read, digests={}, is_own=True), None)
    with same_file(path):
        recipe = _recipe_at(path)
        facts = recipe.facts if recipe else local_facts(path)
        check_format(facts)
        digests = digest_file(path, progress=progress)
    read = recipe or inspect_facts(facts, sha256=digests.sha256)
    components = pack_tensors(digests.tensors) if digests.tensors else ()
    inspection = inspection_json(read, digests=digests.values, components=components, is_own=True)
    return PathInspection(inspection, digests)


def _recipe_at(path: Path) -> Inspected | None:
    """Return what a file without weights says, if it is a recipe by its ending and its words.

    :raises UnreadableModelFile: if it cannot be opened
    """
    if path.suffix.lower() not in RECIPE_SUFFIXES:
        return None
    with LocalFile(path) as file:
        if file.size_bytes > LONGEST_RECIPE:
            return None
        text = file.read(0, LONGEST_RECIPE).decode("utf-8-sig", errors="replace")
    return inspected_recipe(path.name, text)


def local_facts(path: str | os.PathLike[str]) -> FileFacts:
    """Return the facts of one file on this machine.

    :raises UnreadableModelFile: if it is no model file
    """
    with LocalFile(path) as source:
        return read_file_facts(source, filename=Path(path).name)


def inspect_facts(facts: FileFacts, *, sha256: str = "") -> Inspected:
    """Return what facts amount to, compared with the page that lists the bytes if one is known.

    :raises NoModelFile: if they are of no format that holds a model
    """
    check_format(facts)
    return inspected(facts, page=words_about(sha256) if sha256 else NO_WORDS)


def check_format(facts: FileFacts) -> None:
    """Refuse facts of no format that holds a model.

    :raises NoModelFile: if they are
    """
    if facts.format is FileFormat.UNKNOWN:
        seen = " ".join(
            finding.because for finding in facts.findings if finding.code == "looks_like"
        )
        raise NoModelFile(
            "unknown_format", f"It is no model file of a known format. {seen}".strip()
        )


def inspection_json(
    read: Inspected,
    *,
    digests: Digests,
    components: Sequence[PackedComponent] = (),
    stated_by: str = BY_FILE,
    is_own: bool = False,
) -> InspectionJson:
    """Return an inspection with what is mirrored of the file and of the parents it names.

    :param components: what was read of the file's tensors; else what is kept of its bytes counts
    :param stated_by: who says the digests: the file's bytes, or a hub
    :param is_own: the asker has the file and sees its header whole; else its public form
    """
    metadata = read.facts.metadata
    claims = whole_claims(metadata) if is_own else public_claims(metadata)
    findings = (
        whole_findings(read.findings)
        if is_own
        else public_findings(read.findings, metadata=metadata)
    )
    return {
        "digests": _digests_json(digests, stated_by),
        "format": read.facts.format.value,
        "kind": read.architecture.kind,
        "family": read.architecture.family,
        "role": read.architecture.role,
        "tensors": tensors_json(read),
        "claims": claims,
        "parents": _parents(read, is_own=is_own),
        "findings": [{"code": one.code, "because": one.because} for one in findings],
        "known": _known(digests, components, is_own=is_own),
    }


def _known(digests: Digests, components: Sequence[PackedComponent], *, is_own: bool) -> KnownOfJson:
    sha256 = digests.get(Algorithm.SHA256, "")
    return {
        "bytes": known_bytes(digests),
        "tensors": known_tensors(digests),
        "components": known_components(
            components or tensors_of(sha256), besides=sha256, is_own=is_own
        ),
    }


def _digests_json(digests: Digests, stated_by: str) -> dict[str, DigestJson]:
    return {
        algorithm.value: {"value": value, "stated_by": stated_by}
        for algorithm, value in digests.items()
    }


def _parents(read: Inspected, *, is_own: bool) -> list[FileParentJson]:
    told = [("", claim) for claim in read.recipe.edges]
    told += [(one.child_ref, one.claim) for one in read.recipe.ancestry]
    told = told[:MOST_PARENTS]
    known = known_parents({claim.parent_ref for _, claim in told})
    return [_parent(child, claim, known, is_own=is_own) for child, claim in told]


def _parent(
    child: str, claim: ParentClaim, known: Mapping[str, KnownJson], *, is_own: bool
) -> FileParentJson:
    return {
        "child": child,
        "parent": claim.parent_ref,
        "relation": claim.relation.value,
        "weight": claim.weight,
        "method": claim.detail if is_own else public_method(claim.detail),
        "evidence": claim.evidence.value,
        "grade": claim.grade.value,
        "source": claim.source,
        "known": known.get(claim.parent_ref, UNKNOWN),
    }
