"""Show stored words, references and times as a reader sees them."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from registry.licensing.catalog import catalog
from registry.licensing.terms import Permission
from registry.selectors.answer_shape import (
    Answer,
    EdgeJson,
    GroundJson,
    ListingJson,
    UseRestrictionJson,
)
from registry.selectors.node_ids import WITHHELD
from registry.web import terms_words, words
from registry.web.cards import render_card
from registry.web.nodes import (
    Nodes,
    all_nodes_of,
    by_ancestors,
    each_parent_once,
    nodes_of,
)
from registry.web.tree import Branch, grow

register = template.Library()
_SOURCE = re.compile(r"(https?://\S+?)(?:: (.+))?$", re.DOTALL)
_OPERATOR = re.compile(r"( AND | OR | WITH |[()])")
_PERMISSION_ID = re.compile(rf"^(?:{'|'.join([*Permission, 'relicense'])}): ")


@register.inclusion_tag("_components/word.html")
def word(value: str) -> dict[str, Any]:
    """Show one of our words with its sign."""
    return {"value": value, "word": words.GRANTS.get(value) or words.WORDS[value]}


@register.inclusion_tag("_components/coverage.html")
def coverage(value: str) -> dict[str, Any]:
    """Show how much of a lineage is known."""
    return {"value": value, "coverage": words.COVERAGE[value]}


@register.inclusion_tag("_components/sign_list.html")
def word_list() -> dict[str, Any]:
    """List our words with their meanings."""
    return {"signs": words.WORDS}


@register.inclusion_tag("_components/sign_list.html")
def coverage_list() -> dict[str, Any]:
    """List the kinds of lineage coverage with their meanings."""
    return {"signs": words.COVERAGE}


@register.inclusion_tag("_components/grade_list.html")
def grade_list() -> dict[str, Any]:
    """List the evidence grades with their meanings."""
    return {"grades": words.GRADES}


@register.inclusion_tag("_components/contact.html")
def contact() -> dict[str, Any]:
    """Show whom to write to, or how an operator sets it."""
    address: str = settings.KEIFU_CONTACT
    if "@" in address and "/" not in address:
        return {"contact": address, "href": f"mailto:{address}"}
    is_web = urlsplit(address).scheme in {"http", "https"}
    return {"contact": address, "href": address if is_web else ""}


@register.inclusion_tag("_components/source.html")
def source(value: str) -> dict[str, Any]:
    """Show where something was read: ``URL``, ``URL: what``, or words."""
    found = _SOURCE.match(value)
    if found is None:
        return {"note": value}
    url, note = found.groups()
    return {"url": url, "note": note, "shown": Truncator(url.partition("://")[2]).chars(60)}


@register.inclusion_tag("_components/node.html")
def node(nodes: Nodes, reference: str) -> dict[str, Any]:
    """Show one node of a lineage by its name, with a link where we have a page for it."""
    is_withheld = reference.startswith(f"{WITHHELD}:")
    return {"reference": reference, "node": nodes.get(reference), "is_withheld": is_withheld}


@register.filter
def license_name(license_id: str) -> words.Text:
    """Return a licence's name; an id without a record as it stands."""
    terms = catalog().licenses.get(license_id)
    name = words.UNNAMED_LICENSES.get(license_id)
    return name or (terms.name if terms else license_id or "—")


@register.simple_tag
def license_link(license_id: str) -> SafeString:
    """Return a licence, or each of an expression, by name with a link to its page."""
    parts = ((_one_license(part),) for part in _OPERATOR.split(license_id or "—"))
    return format_html_join("", "{}", parts)


def _one_license(license_id: str) -> SafeString | str:
    if license_id not in catalog().licenses:
        return license_id
    address = reverse("license", kwargs={"license_id": license_id})
    return format_html('<a href="{}">{}</a>', address, license_name(license_id))


@register.simple_tag
def model_url(hub: str, model_id: str) -> str:
    """Return the address of our page for a model."""
    return reverse("model", kwargs={"hub": hub, "model_id": model_id})


@register.filter
def branches(listing: ListingJson) -> tuple[Branch, ...]:
    """Return a listing's lineage as a tree, each statement once."""
    return grow(listing["lineage"])


@register.filter
def nodes(listing: ListingJson) -> Nodes:
    """Return the nodes of a listing's lineage by reference."""
    return nodes_of(listing)


@register.filter
def all_nodes(answer: Answer) -> Nodes:
    """Return the nodes of all listings by reference."""
    return all_nodes_of(answer)


@register.filter
def parents(edges: Sequence[EdgeJson]) -> list[EdgeJson]:
    """Return the first statement about each parent."""
    return each_parent_once(edges)


@register.filter
def together(
    restrictions: Sequence[UseRestrictionJson],
) -> list[tuple[tuple[str, ...], list[str]]]:
    """Return ruled-out uses by the ancestors that rule them out."""
    return by_ancestors(restrictions)


@register.filter
def card(text: str, text_format: str) -> SafeString:
    """Return a page's own text, sanitised."""
    return render_card(text, text_format)


@register.filter
def permission(value: str) -> words.Text:
    """Return what a permission lets somebody do."""
    return words.PERMISSIONS.get(value, words.plain(value))


@register.filter
def relation(value: str) -> words.Text:
    """Return how a child came from its parent."""
    return words.RELATIONS.get(value, words.plain(value))


@register.filter
def evidence(value: str) -> words.Text:
    """Return where a statement was read."""
    return words.EVIDENCE.get(value, words.plain(value))


@register.filter
def grade(value: str) -> words.Text:
    """Return what an evidence grade means."""
    return words.GRADES.get(value, value)


@register.filter
def basis(value: str) -> words.Text:
    """Return what a ground rests on."""
    return words.BASES.get(value, words.plain(value))


@register.filter
def claim_kind(value: str) -> words.Text:
    """Return who made a licence statement."""
    return words.CLAIM_KINDS.get(value, words.plain(value))


@register.filter
def state(value: str) -> words.Text:
    """Return what a page's state means."""
    return words.STATES.get(value, words.plain(value))


@register.filter
def hub(value: str) -> words.Text:
    """Return a hub's name."""
    return words.HUBS.get(value, value)


@register.filter
def ruled_out(value: str) -> words.Text:
    """Return a use that a text rules out."""
    return terms_words.USES.get(value, words.plain(value))


@register.filter
def duty(value: str) -> words.Text:
    """Return something owed."""
    return terms_words.DUTIES.get(value, words.plain(value))


@register.filter
def trigger(value: str) -> words.Text:
    """Return when something is owed."""
    return terms_words.TRIGGERS.get(value, words.plain(value))


@register.filter
def license_class(value: str) -> words.Text:
    """Return the sort of a licence."""
    return terms_words.CLASSES.get(value, words.plain(value))


@register.filter
def clause(value: str) -> str:
    """Return what a ground says, without the permission's id before it."""
    return _PERMISSION_ID.sub("", value)


@register.filter
def reason(ground: GroundJson) -> words.Text:
    """Return a ground in short: its licence's name, or what it says where no licence is known."""
    if ground["license"] in words.UNNAMED_LICENSES and ground["clause"]:
        return clause(ground["clause"])
    return license_name(ground["license"])


@register.filter
def matched_by(value: str) -> words.Text:
    """Return how a question was matched."""
    return words.MATCHES.get(value) or words.DIGESTS.get(value, words.plain(value))


@register.filter
def digest_name(value: str) -> str:
    """Return a digest's algorithm as the field writes it."""
    return words.DIGESTS.get(value, value)


@register.filter
def thousands(value: int) -> str:
    """Return a number with its thousands set apart."""
    return f"{value:,}"


@register.filter
def plain(value: str) -> str:
    """Return a stored word with spaces for underscores."""
    return words.plain(value)


@register.filter
def day(value: str) -> SafeString:
    """Return an ISO 8601 time as a day, kept whole for machines."""
    moment = parse_datetime(value)
    if moment is None:
        return format_html("{}", value)
    return format_html('<time datetime="{}">{}</time>', value, moment.date().isoformat())


@register.filter
def is_web(value: str) -> bool:
    """Return whether a source is an address a reader can open."""
    return urlsplit(value).scheme in {"http", "https"}
