"""The card of a model that is about to be published: front matter, what it was made from, terms.

Pure Python: importing this module must never import Django. Source: facts/huggingface.md section 2.
"""

import re
from collections.abc import Iterator, Sequence

from registry.licensing.checklist import Item
from registry.licensing.front_matter import front_matter
from registry.licensing.planned import PlannedParent
from registry.licensing.terms import LicenseTerms
from registry.licensing.vocabulary import DutyName
from registry.lineage.relations import Relation

_MARKUP = re.compile(r"[`|<>\[\]]")
_HOW = {
    Relation.MERGE: "merged from",
    Relation.FINETUNE: "fine-tuned from",
    Relation.ADAPTER: "an adapter of",
    Relation.QUANTIZED: "quantized from",
    Relation.BUNDLE: "contains",
    Relation.RUNTIME: "is run with",
    Relation.DISTILL: "trained on outputs of",
    Relation.DATASET: "trained on",
}


def model_card(
    name: str,
    *,
    licenses: Sequence[LicenseTerms],
    parents: Sequence[PlannedParent],
    items: Sequence[Item],
) -> str:
    """Return the card's text, ready to be saved as ``README.md`` and extended.

    :param licenses: the text the model goes out under, or several that all apply
    """
    body = [f"# {titled(name, items)}", "", *_shown(items), *_made_from(parents), *_terms(licenses)]
    return front_matter(licenses, parents) + "\n" + "\n".join(body) + "\n"


def titled(name: str, items: Sequence[Item]) -> str:
    """Return the model's name with the prefix that some parent asks for, if one does."""
    prefixes = [i.duty.value for i in items if i.duty.duty == DutyName.NAME_PREFIX.value]
    if len(prefixes) != 1 or name.casefold().startswith(prefixes[0].casefold()):
        return _plain(name)
    return _plain(f"{prefixes[0]}-{name}")


def _shown(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        if item.duty.duty == DutyName.DISPLAY_TEXT.value and item.duty.value:
            yield f"{item.duty.value}"
            yield ""


def _made_from(parents: Sequence[PlannedParent]) -> Iterator[str]:
    if not parents:
        return
    yield "## Made from"
    yield ""
    for parent in parents:
        weight = "" if parent.weight is None else f", weight {parent.weight:g}"
        terms = " and ".join(text.name for text in parent.texts) or "licence not known"
        yield f"- {_HOW[parent.relation]} {_named(parent)}{weight} ({terms})"
    yield ""


def _named(parent: PlannedParent) -> str:
    name = parent.repository or _plain(parent.label)
    return f"[{name}]({parent.address})" if parent.address else name


def _terms(licenses: Sequence[LicenseTerms]) -> Iterator[str]:
    yield "## Licence"
    yield ""
    names = " and ".join(terms.name for terms in licenses)
    yield f"{names}. Notices and where the parents' texts stand: see `NOTICE`."
    for terms in licenses:
        for address in terms.text_url[:1]:
            yield ""
            yield f"Text of {terms.name}: <{address}>"


def _plain(text: str) -> str:
    return _MARKUP.sub("", text)
