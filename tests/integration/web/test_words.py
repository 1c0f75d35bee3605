"""Every stored word has a text, and references read as names."""

from collections.abc import Collection, Iterable

import pytest
from django.template import Context, Template

from registry.licensing.catalog import catalog
from registry.licensing.terms import Basis, Grant, Permission, Word
from registry.licensing.vocabulary import DutyName, Trigger
from registry.lineage.relations import Coverage, Evidence, Grade, Relation
from registry.models import Hub
from registry.selectors.answer_shape import EdgeJson
from registry.snapshots import ClaimSource, PageState
from registry.web import terms_words, words
from registry.web.nodes import by_ancestors, each_parent_once

USE_TAGS = {tag for use_set in catalog().use_sets.values() for tag in use_set.tags}


def _render(text: str, **context: object) -> str:
    return Template("{% load words %}" + text).render(Context(context)).strip()


class TestTexts:
    @pytest.mark.parametrize(
        ("texts", "values"),
        [
            (words.WORDS, Word),
            (words.GRANTS, Grant),
            (words.PERMISSIONS, Permission),
            (words.STATES, [*PageState, "withheld"]),
            (words.COVERAGE, Coverage),
            (words.RELATIONS, Relation),
            (words.EVIDENCE, Evidence),
            (words.GRADES, Grade),
            (words.BASES, Basis),
            (words.CLAIM_KINDS, ClaimSource),
            (words.HUBS, Hub.values),
            (terms_words.DUTIES, DutyName),
            (terms_words.TRIGGERS, Trigger),
            (terms_words.USES, USE_TAGS),
        ],
    )
    def test_exist_for_every_value(self, texts: Collection[str], values: Iterable[str]) -> None:
        assert {str(value) for value in values} - set(texts) == set()

    def test_fall_back_on_the_word_itself(self) -> None:
        assert _render("{{ value|ruled_out }}", value="something_new") == "something new"


class TestSource:
    def test_links_an_address(self) -> None:
        html = _render("{% source value %}", value="https://example.org/a")

        assert 'href="https://example.org/a"' in html
        assert ">example.org/a<" in html

    def test_keeps_what_was_read_there_out_of_the_address(self) -> None:
        html = _render("{% source value %}", value="https://example.org/a?b=1: description")

        assert 'href="https://example.org/a?b=1"' in html
        assert ">description<" in html

    @pytest.mark.parametrize("value", ["README.md: base_model", "javascript:alert(1)", ""])
    def test_links_nothing_else(self, value: str) -> None:
        assert "href" not in _render("{% source value %}", value=value)


class TestLicenseLink:
    def test_links_each_part_of_an_expression(self) -> None:
        html = _render("{% license_link value %}", value="mit AND (apache-2.0 OR nobody)")

        assert '<a href="/licenses/mit">MIT License</a> AND (' in html
        assert ">Apache License 2.0</a> OR nobody)" in html

    def test_escapes_what_is_no_license(self) -> None:
        assert _render("{% license_link value %}", value="<b>") == "&lt;b&gt;"


class TestClause:
    def test_leaves_out_the_permission(self) -> None:
        assert (
            _render("{{ value|clause }}", value="host_paid: forbidden, x: y") == "forbidden, x: y"
        )
        assert _render("{{ value|clause }}", value="relicense: keep notices") == "keep notices"


class TestNode:
    def test_calls_a_withheld_page_nothing_else(self) -> None:
        assert "withheld page" in _render("{% node nodes 'withheld:1' %}", nodes={})

    def test_shows_a_reference_nobody_can_name(self) -> None:
        html = _render("{% node nodes reference %}", nodes={}, reference="name:<b>")

        assert "name:&lt;b&gt;" in html


class TestByAncestors:
    def test_puts_uses_of_the_same_texts_together(self) -> None:
        groups = by_ancestors(
            [
                {"tag": "minors", "ancestors": ["a", "b"]},
                {"tag": "weapons", "ancestors": ["a"]},
                {"tag": "malware", "ancestors": ["a", "b"]},
            ]
        )

        assert groups == [(("a", "b"), ["minors", "malware"]), (("a",), ["weapons"])]


class TestEachParentOnce:
    def test_keeps_the_first_statement_of_each(self) -> None:
        pairs = (("a", "x"), ("a", "y"), ("b", "x"))
        edges: list[EdgeJson] = [
            {
                "child": child,
                "parent": parent,
                "relation": "merge",
                "evidence": "declared",
                "grade": "E5",
                "source": "",
            }
            for child, parent in pairs
        ]

        kept = each_parent_once(edges)

        assert [(edge["child"], edge["parent"]) for edge in kept] == [("a", "x"), ("a", "y")]
