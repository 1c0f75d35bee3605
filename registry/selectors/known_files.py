"""What is mirrored of some bytes, of their tensors in other bytes, and of named parents."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from registry.fingerprints.algorithms import Algorithm
from registry.fingerprints.digest_query import DigestCandidate
from registry.fingerprints.packed_tensors import PackedComponent
from registry.models import Artifact, HubModel, ModelVersion
from registry.selectors.inspection_shape import (
    KnownComponentsJson,
    KnownJson,
    KnownListingJson,
    SharingFileJson,
)
from registry.selectors.listings import Bytes, Listed, Match, bytes_named_by, listings_of
from registry.selectors.node_ids import WITHHELD
from registry.selectors.shared_tensors import SharingFile, files_sharing
from registry.selectors.standing import standing_of

MOST_SHOWN = 20  # listings of one thing
_MOST_GUESSES = 5  # AutoV1 values looked up: each may stand for a thousand files
# The same tensors under another header, in another order, or with numbers cast.
_OF_TENSORS = (
    *(Algorithm.TENSORS, Algorithm.AUTOV3),
    *(Algorithm.CANONICAL_F16, Algorithm.CANONICAL_BF16),
)
_BYTES, _AUTOV1 = "sha256:", "autov1:"
UNKNOWN: KnownJson = {"matched_by": "", "exact": False, "listings": []}
_NOWHERE: KnownListingJson = {
    "hub": "",
    "model_id": "",
    "version_id": "",
    "name": "",
    "filename": "",
    "sha256": "",
    "url": "",
    "state": WITHHELD,
    "ask": "",
}


def known_bytes(digests: Mapping[Algorithm, str]) -> KnownJson:
    """Return where bytes with these digests are listed: by their SHA-256 only."""
    sha256 = digests.get(Algorithm.SHA256, "")
    candidate = DigestCandidate(algorithm=Algorithm.SHA256, value=sha256, is_exact=True)
    match = bytes_named_by([candidate]) if sha256 else None
    return _known(match, hide_flagged=False) if match else UNKNOWN


def known_tensors(digests: Mapping[Algorithm, str]) -> KnownJson:
    """Return where other bytes with the same tensors are listed, by the strictest digest."""
    own = digests.get(Algorithm.SHA256, "")
    for algorithm in _OF_TENSORS:
        if value := digests.get(algorithm, ""):
            match = bytes_named_by([DigestCandidate(algorithm=algorithm, value=value)])
            others = [row for row in match.artifacts if row.sha256 != own] if match else []
            if match and others:
                other = Match(match.matched_by, tuple(others), is_exact=False)
                known = _known(other, hide_flagged=True)
                if known["listings"]:
                    return known
    return UNKNOWN


def known_components(
    components: Sequence[PackedComponent], *, besides: str, is_own: bool
) -> KnownComponentsJson:
    """Return which files hold a whole component (a UNet, a VAE) of the one asked about.

    :param besides: the SHA-256 of the file itself
    :param is_own: the asker works on this machine; files that no page lists are told to nobody else
    """
    sharing = files_sharing(components, besides=besides)
    names = {one.bytes: f"{_BYTES}{one.bytes.sha256}" for one in sharing.files}
    known = _by_bytes(list(names))
    withheld = standing_of(subjects=set(names.values())).withheld
    files = [
        _sharing_json(
            one,
            known.get(names[one.bytes], UNKNOWN)["listings"],
            is_withheld=names[one.bytes] in withheld,
        )
        for one in sharing.files
    ]
    told = [one for one in files if one["listings"] or is_own]
    return {"files": told, "has_more": sharing.has_more}


def _sharing_json(
    file: SharingFile, listings: list[KnownListingJson], *, is_withheld: bool
) -> SharingFileJson:
    is_nowhere = bool(listings) and all(one == _NOWHERE for one in listings)
    is_hidden = is_withheld or is_nowhere
    return {
        "sha256": "" if is_hidden else file.bytes.sha256,
        "components": [
            {
                "name": one.component.value,
                "tensors": one.tensors,
                "same_bytes": one.same_bytes,
                "same_rounded": one.same_rounded,
                "whole_in": one.whole.form.value if one.whole else "",
                "whole_as": one.whole.component.value if one.whole else "",
                "theirs": one.theirs,
            }
            for one in file.components
        ],
        "listings": listings,
    }


def known_parents(references: Collection[str]) -> Mapping[str, KnownJson]:
    """Return what is mirrored of parents named by SHA-256, AutoV1 or page; names are searches."""
    known = _by_bytes(_bytes_of(references))
    guesses = sorted(one for one in references if one.startswith(_AUTOV1))
    for reference in guesses[:_MOST_GUESSES]:
        value = reference.removeprefix(_AUTOV1)
        match = bytes_named_by([DigestCandidate(algorithm=Algorithm.AUTOV1, value=value)])
        known[reference] = _known(match, hide_flagged=True) if match else UNKNOWN
    return known | _pages_of(references)


def _by_bytes(rows: Sequence[Bytes]) -> dict[str, KnownJson]:
    """Return where each of some bytes is listed, in a number of queries that does not grow."""
    listed = listings_of(rows)
    told: dict[str, list[KnownListingJson]] = {}
    for one, row in zip(listed, listings_json(listed, hide_flagged=True), strict=True):
        of_bytes = told.setdefault(f"{_BYTES}{one.sha256}", [])
        if len(of_bytes) < MOST_SHOWN:
            of_bytes.append(row)
    return {
        reference: {"matched_by": Algorithm.SHA256.value, "exact": True, "listings": rows}
        for reference, rows in told.items()
    }


def _bytes_of(references: Iterable[str]) -> list[Bytes]:
    digests = [one.removeprefix(_BYTES) for one in references if one.startswith(_BYTES)]
    rows = Artifact.objects.filter(sha256__in=digests).order_by("sha256")
    return [Bytes._make(row) for row in rows.values_list("pk", "sha256")]


def _pages_of(references: Iterable[str]) -> dict[str, KnownJson]:
    """Return the pages and versions that references name."""
    listed: dict[str, Listed] = {}
    named = {ref.partition("@")[0]: ref for ref in references}
    ids = [page.partition(":")[2] for page in named]
    for page in HubModel.objects.filter(hub_model_id__in=ids).order_by("pk"):
        if str(page) in named:
            listed[named[str(page)]] = Listed(page.pk, 0)
    versions = ModelVersion.objects.filter(hub_version_id__in=ids, hub_model__hub="civitai")
    for version in versions.order_by("pk"):
        reference = f"civitai-version:{version.hub_version_id}"
        if reference in named:
            listed.setdefault(reference, Listed(version.hub_model_id, version.pk))
    return {
        reference: {
            "matched_by": "page",
            "exact": True,
            "listings": listings_json([one], hide_flagged=True),
        }
        for reference, one in listed.items()
    }


def _known(match: Match, *, hide_flagged: bool) -> KnownJson:
    listed = listings_of(match.artifacts)[:MOST_SHOWN]
    if not listed:
        return UNKNOWN
    return {
        "matched_by": match.matched_by,
        "exact": match.is_exact,
        "listings": listings_json(listed, hide_flagged=hide_flagged),
    }


def listings_json(listed: Sequence[Listed], *, hide_flagged: bool) -> list[KnownListingJson]:
    """Return listings as far as they may be told; what is withheld has no name.

    :param hide_flagged: so are pages that lists may not show (house.md H12)
    """
    pages = HubModel.objects.in_bulk({one.page for one in listed})
    versions = ModelVersion.objects.in_bulk({one.version for one in listed if one.version})
    subjects = {str(page) for page in pages.values()}
    subjects |= {f"{_BYTES}{one.sha256}" for one in listed if one.sha256}
    withheld = standing_of(subjects=subjects).withheld
    return [
        _listing_json(one, pages[one.page], versions.get(one.version))
        if not _is_hidden(one, pages[one.page], withheld, hide_flagged=hide_flagged)
        else _NOWHERE
        for one in listed
    ]


def _is_hidden(
    one: Listed, page: HubModel, withheld: Collection[str], *, hide_flagged: bool
) -> bool:
    is_flagged = page.depicts_person or page.depicts_minor
    names = {str(page), f"{_BYTES}{one.sha256}"}
    return not names.isdisjoint(withheld) or (hide_flagged and is_flagged)


def _listing_json(one: Listed, page: HubModel, version: ModelVersion | None) -> KnownListingJson:
    return {
        "hub": page.hub,
        "model_id": page.hub_model_id,
        "version_id": version.hub_version_id if version else "",
        "name": page.name,
        "filename": one.filename,
        "sha256": one.sha256,
        "url": page.url,
        "state": page.state,
        "ask": one.sha256 or str(page),
    }
