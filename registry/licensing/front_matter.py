"""The metadata of a Hugging Face card for a model that is about to be published.

The Hub knows 83 licence ids; any other text is ``other`` with a name and a link. One relation
holds for all parents, and parents are repositories of the Hub. Pure Python: importing this module
must never import Django. Source: facts/huggingface.md section 2.
"""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from registry.licensing.planned import PlannedParent
from registry.licensing.terms import LicenseTerms
from registry.lineage.coverage import DERIVATIVE
from registry.lineage.relations import Relation

_OTHER = "other"
_OWN_FILE = "LICENSE"  # the copy of the text that goes into the repository
_WEB = re.compile(r"https?://\S+")


def front_matter(licenses: Sequence[LicenseTerms], parents: Sequence[PlannedParent]) -> str:
    """Return the YAML between the two lines of three dashes, these included.

    :param licenses: the text the model goes out under, or several that all apply; of those that
        the Hub has no id for, the first is named
    """
    metadata = {**_license(licenses), **_lineage(parents)}
    written = yaml.safe_dump(metadata, sort_keys=False, allow_unicode=True, width=1000)
    return f"---\n{written}---\n"


def license_name(terms: LicenseTerms) -> str:
    """Return the ``license_name`` of a text without an id on the Hub."""
    return next(iter(terms.identifiers.hf_license_names), terms.id)


def _license(licenses: Sequence[LicenseTerms]) -> dict[str, Any]:
    ids = [terms.identifiers.hf_id for terms in licenses if terms.identifiers.hf_id]
    unlisted = [terms for terms in licenses if not terms.identifiers.hf_id]
    declared = [*ids, _OTHER] if unlisted else ids
    found: dict[str, Any] = {"license": declared[0] if len(declared) == 1 else declared}
    if unlisted:
        found["license_name"] = _name_of(unlisted)
        found["license_link"] = _link_of(unlisted)
    return found


def _name_of(texts: Sequence[LicenseTerms]) -> str:
    if len(texts) == 1:
        return license_name(texts[0])
    return " AND ".join(terms.id for terms in texts)


def _link_of(texts: Sequence[LicenseTerms]) -> str:
    """Return where one text stands; of several, the file that holds them all."""
    addresses = texts[0].text_url if len(texts) == 1 else ()
    return next((address for address in addresses if _WEB.fullmatch(address)), _OWN_FILE)


def _lineage(parents: Sequence[PlannedParent]) -> dict[str, Any]:
    derived = [parent for parent in parents if parent.relation in DERIVATIVE]
    bases = list(dict.fromkeys(parent.repository for parent in derived if parent.repository))
    data = [p.repository for p in parents if p.relation is Relation.DATASET and p.repository]
    found: dict[str, Any] = {}
    if bases:
        found["base_model"] = bases[0] if len(bases) == 1 else bases
        found["base_model_relation"] = relation_of(derived).value
    if data:
        found["datasets"] = list(dict.fromkeys(data))
    if any(parent.relation is Relation.MERGE for parent in derived):
        found["tags"] = ["merge"]
    return found


def relation_of(parents: Sequence[PlannedParent]) -> Relation:
    """Return the one relation a card can state for all its parents: theirs, or a merge."""
    relations = {parent.relation for parent in parents}
    return relations.pop() if len(relations) == 1 else Relation.MERGE
