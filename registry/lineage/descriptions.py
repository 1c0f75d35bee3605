"""Descriptions of models in prose: which links and names in them are parents.

A link is a parent in a merge context only: beside words such as "merge of" in its own sentence, or
in the list that a line such as "Merge of the following models:" heads. Other work of the author,
advice, tools and thanks are not. What prose says is never firm: a link is grade E5, a name E6.
Pure Python: importing this module must never import Django.

Source: facts/civitai.md section 4 (parents stand only in the text) and facts/license_terms.md
section 5 (grades).
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from registry.lineage.addresses import civitai_ids, link_reference
from registry.lineage.formulas import (
    Named,
    formula_names,
    item_name,
    masked,
    share_of,
    stated_names,
    without_links,
)
from registry.lineage.markup import LONGEST_TEXT, Line, Link, read_lines, rough_text
from registry.lineage.merge_words import (
    ADDED,
    BAKED_IN,
    BASED_ON,
    IN_A_NAME,
    IN_A_TAG,
    LORA,
    MERGED,
    NOT_A_PARENT,
    PERMISSION,
    SAID_OF_ITSELF,
    TAKEN_OUT,
    TOOL,
    VAE,
    lower,
    may_speak_of_merging,
)
from registry.lineage.parents import ParentClaim
from registry.lineage.recipes.recipe import distinct
from registry.lineage.references import UnreadableReference, name_reference
from registry.lineage.relations import Evidence, Grade, Relation
from registry.lineage.sections import listed_lines

MOST_PARENTS = 200
WORDS_BESIDE = 60  # characters after a link that speak of it
_BETWEEN = "<>"  # texts: it ends whatever markup one of them left open
_SENTENCE_END = re.compile(r"[.!?](?=\s)|[;\u3002\uff01\uff1f\uff1b]")


class _Mention(NamedTuple):
    """A link with the words of its sentence around it, in lower case."""

    link: Link
    words: str  # the link's own
    before: str  # since the link before it, or the sentence's beginning
    after: str  # up to the next link, or the sentence's end


def read_description(
    html: str, *, source: str, own: Collection[str] = ()
) -> tuple[ParentClaim, ...]:
    """Return the parents that a description names. Never raises.

    ``own``: references of the page itself, which are no parents. A link to a version has its
    model in ``detail``.
    """
    claims = _parents(html, source) if _is_worth_reading(html) else ()
    return tuple(claim for claim in claims if claim.parent_ref not in own)[:MOST_PARENTS]


@lru_cache(maxsize=8)  # a page's text speaks for each of its versions
def _parents(html: str, source: str) -> tuple[ParentClaim, ...]:
    lines = read_lines(html)
    listed = list(listed_lines(lines))
    claims: list[ParentClaim] = []
    for line, relation in listed:
        if line.links:
            claims += _linked_parents(line, relation, source)
    claims += _named_parents(listed, source)
    return tuple(distinct(claims))


def may_name_parents(texts: Sequence[str]) -> bool:
    """Return whether any of a page's texts may speak of merging.

    Asks all of them in one look: most pages say nothing of the kind and need no other.
    """
    together = _BETWEEN.join(texts)
    return len(together) > LONGEST_TEXT or may_speak_of_merging(rough_text(together).lower())


@lru_cache(maxsize=8)
def _is_worth_reading(html: str) -> bool:
    return may_speak_of_merging(rough_text(html).lower())


def looks_merged(
    *, model_type: str, name: str, tags: Collection[str], texts: Iterable[str]
) -> bool:
    """Return whether a page says or suggests that its model was merged from others.

    Looks at the type, the name, the tags and the texts (HTML or plain). A text counts where it
    speaks of this model: "merge of A and B" does, "you may merge it" does not.
    """
    return _is_called_merged(model_type, name, tags) or any(_says_merged(text) for text in texts)


def _is_called_merged(model_type: str, name: str, tags: Collection[str]) -> bool:
    if not may_speak_of_merging("\n".join((model_type, name, *tags)).lower()):
        return False
    return (
        "merge" in model_type.lower()
        or IN_A_NAME.search(name.lower()) is not None
        or any(IN_A_TAG.search(tag.lower()) for tag in tags)
    )


def _says_merged(text: str) -> bool:
    return _is_worth_reading(text) and any(
        not PERMISSION.search(line, max(0, match.start() - 40), match.start())
        for line in (lower(line.text) for line in read_lines(text))
        for match in SAID_OF_ITSELF.finditer(line)
    )


def _linked_parents(line: Line, listed: Relation | None, source: str) -> Iterator[ParentClaim]:
    for sentence in _sentences(line):
        relation = listed or _said_of_all(sentence)
        for mention in sentence:
            relation = _carried(mention, relation)
            found = relation and _relation_of_part(mention, relation)
            claim = _claim(mention, found, source) if found else None
            if claim is not None:
                yield claim


def _sentences(line: Line) -> Iterator[list[_Mention]]:
    """Yield the links of a line, sentence by sentence; a full stop within a link ends none."""
    text = lower(line.text)
    spans = [(link.start, link.end) for link in line.links]
    ends = [match.start() for match in _SENTENCE_END.finditer(masked(text, spans))]
    for number, links in groupby(line.links, key=lambda link: bisect_left(ends, link.start)):
        start = ends[number - 1] if number else 0
        end = ends[number] if number < len(ends) else len(text)
        yield list(_mentions(text, list(links), start=start, end=end))


def _mentions(text: str, links: Sequence[Link], *, start: int, end: int) -> Iterator[_Mention]:
    for number, link in enumerate(links):
        stop = links[number + 1].start if number + 1 < len(links) else end
        yield _Mention(
            link,
            text[link.start : link.end],
            text[start : link.start],
            text[link.end : min(stop, link.end + WORDS_BESIDE)],
        )
        start = link.end


def _said_of_all(sentence: Sequence[_Mention]) -> Relation | None:
    """Return a merge where the words come after the last link: "A + B merge".

    "A: a merge of ..." speaks of A, so nothing after a colon counts.
    """
    afterwards = sentence[-1].after
    if afterwards.lstrip().startswith((":", "\uff1a")) or NOT_A_PARENT.search(afterwards):
        return None
    return Relation.MERGE if MERGED.search(afterwards) else None


def _carried(mention: _Mention, relation: Relation | None) -> Relation | None:
    """Return what the words before a link say; without such words, what held for the last one."""
    if NOT_A_PARENT.search(mention.before) or TAKEN_OUT.search(mention.before):
        return None
    if MERGED.search(mention.before) or ADDED.search(mention.before):
        return relation or Relation.MERGE
    if BASED_ON.search(mention.before):
        return relation or Relation.FINETUNE
    return relation


def _relation_of_part(mention: _Mention, relation: Relation) -> Relation | None:
    """Return the relation of a LoRA or VAE in a merge; nothing for tools and advice."""
    beside = f"{mention.before[-30:]} {mention.words} {mention.after[:30]}"
    if TOOL.search(beside):
        return None
    if VAE.search(beside):
        return Relation.BUNDLE if BAKED_IN.search(mention.before) else None
    return Relation.ADAPTER if LORA.search(beside) else relation


def _claim(mention: _Mention, relation: Relation, source: str) -> ParentClaim | None:
    reference = link_reference(mention.link.url)
    if reference is None:
        return None
    ids = civitai_ids(mention.link.url)
    return ParentClaim(
        parent_ref=str(reference),
        relation=relation,
        evidence=Evidence.DESCRIPTION_LINK,
        grade=Grade.PROSE,
        source=source,
        weight=share_of(mention.before, mention.after),
        detail=f"civitai:{ids.model_id}" if ids and ids.model_id and ids.version_id else "",
    )


def _named_parents(
    listed: Sequence[tuple[Line, Relation | None]], source: str
) -> Iterator[ParentClaim]:
    lines = [line for line, _ in listed]
    texts = [
        without_links(line.text, [(link.start, link.end) for link in line.links]) for line in lines
    ]
    linked = {lower(line.text[k.start : k.end]).strip() for line in lines for k in line.links}
    names: list[Named] = list(formula_names(texts))
    for (line, relation), text in zip(listed, texts, strict=True):
        names += stated_names(text)
        item = item_name(text) if relation is not None and not line.links else None
        names += [item] if item else []
    yield from _name_claims((n for n in names if lower(n.name) not in linked), source)


def _name_claims(names: Iterable[Named], source: str) -> Iterator[ParentClaim]:
    for named in names:
        try:
            reference = name_reference(named.name)
        except UnreadableReference:
            continue
        yield ParentClaim(
            parent_ref=str(reference),
            relation=Relation.ADAPTER if LORA.search(lower(named.name)) else Relation.MERGE,
            evidence=Evidence.DESCRIPTION_NAME,
            grade=Grade.INFERRED,
            source=source,
            weight=named.weight,
        )
