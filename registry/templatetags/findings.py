"""Show limits, other terms, files that are used together, and what an asker said of himself."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from registry.selectors.answer_shape import ListingJson, RightJson, StackAnswer
from registry.selectors.finding_shape import CapJson
from registry.web import words
from registry.web.nodes import Nodes, nodes_of_stack

register = template.Library()


@register.filter
def stack_nodes(stack: StackAnswer) -> Nodes:
    """Return the nodes of all files that are used together by reference."""
    return nodes_of_stack(stack)


@register.filter
def answered(listing: ListingJson) -> dict[str, RightJson]:
    """Return every word of a listing; other terms only where all was asked about."""
    rights = listing["rights"]
    return {**rights, "relicense": listing["relicense"]} if len(rights) > 1 else rights


@register.filter
def asker_field(value: str) -> words.Text:
    """Return what the asker said, by its field."""
    return words.ASKER.get(value, words.plain(value))


@register.simple_tag
def cap_words(cap: CapJson) -> SafeString:
    """Show one limit: what is counted, from where on, what then."""
    sign = words.CAP_SIGNS[cap["comparison"]]
    number = format_html(" {} {}", sign, f"{cap['value']:,}") if sign else ""
    state = words.CAP_STATES[cap["exceeded"]]
    said = format_html(" ({})", state) if state else ""
    metric, effect = words.plain(cap["metric"]), words.plain(cap["effect"])
    return format_html("{}{}: {}{}", metric, number, effect, said)
