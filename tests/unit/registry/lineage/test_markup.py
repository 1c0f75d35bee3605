from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.markup import Line, Link, read_lines


def _texts(markup: str) -> list[str]:
    return [line.text for line in read_lines(markup)]


class TestReadLines:
    def test_breaks_where_a_reader_sees_a_break(self) -> None:
        markup = "<p>a<br/>b</p><ul><li><p>c</p></li><li>d</li></ul><H2>e</H2>f\ng<hr>h"

        assert _texts(markup) == ["a", "b", "c", "d", "e", "f", "g", "h"]

    def test_keeps_inline_markup_in_the_line(self) -> None:
        assert _texts("<p>a <strong>b</strong> <em>c</em> &amp; d&nbsp;e</p>") == ["a b c & d\xa0e"]

    def test_marks_items_and_headings(self) -> None:
        lines = read_lines("<h3>a</h3>b<ul><li><p>c</p></li></ul>d")

        assert [(line.is_item, line.is_heading) for line in lines] == [
            (False, True),
            (False, False),
            (True, False),
            (False, False),
        ]

    def test_knows_where_a_link_stands(self) -> None:
        (line,) = read_lines("see <a rel='x' href='https://a.example/?b=1&amp;c=2'>this</a>.")

        assert line == Line("see this.", (Link("https://a.example/?b=1&c=2", 4, 8),))

    @pytest.mark.parametrize(
        "tag", ['<a href="u:x">', "<a href='u:x'>", "<A HREF=u:x>", '<a b="c"\nhref = "u:x" d>']
    )
    def test_reads_every_spelling_of_a_link(self, tag: str) -> None:
        (line,) = read_lines(f"{tag}t</a>")

        assert [link.url for link in line.links] == ["u:x"]

    def test_ends_a_link_where_the_next_begins(self) -> None:
        (line,) = read_lines('<a href="u:1">one<a href="u:2">two</a>')

        assert line.links == (Link("u:1", 0, 3), Link("u:2", 3, 6))

    def test_goes_on_with_a_link_after_a_break(self) -> None:
        lines = read_lines('<a href="u:1">one<br>two</a>')

        assert [line.links for line in lines] == [(Link("u:1", 0, 3),), (Link("u:1", 0, 3),)]

    def test_finds_bare_addresses_outside_links(self) -> None:
        (line,) = read_lines('<a href="u:1">https://in.example</a> (https://out.example/x).')

        assert [link.url for link in line.links] == ["u:1", "https://out.example/x"]

    @pytest.mark.parametrize(
        "markup",
        [
            "<!-- hidden -->x", "<!-- a <b>hidden</b> -->x", "<script>hidden</script>x",
            "<STYLE>p{}</STYLE>x", "<!DOCTYPE html>x", "<?xml hidden?>x",
        ],
    )  # fmt: skip
    def test_says_nothing_that_nobody_sees(self, markup: str) -> None:
        assert _texts(markup) == ["x"]

    @pytest.mark.parametrize(
        "attack",
        ["<", "<a ", "<!--", "<a href='", "<div>", "<p><a href='http://a'>", "</a", "&",
         "<![CDATA[", "http://", "<li>x", "<a href=u:x>y", " href="],
    )  # fmt: skip
    def test_takes_time_linear_in_the_text(self, attack: str) -> None:
        start = perf_counter()

        read_lines(attack * (300_000 // len(attack)))

        assert perf_counter() - start < 3

    @given(st.text() | st.lists(st.sampled_from(
        ["<a href='https://civitai.com/models/1'>", "</a>", "<br>", "<li>", "x", "<!--", "-->",
         "<script>", "</script>", "https://hf.co/a/b ", "&lt;", "<", ">"]
    )).map("".join))  # fmt: skip
    def test_puts_every_link_inside_its_line_in_order(self, markup: str) -> None:
        for line in read_lines(markup):
            ends = [0, *(link.end for link in line.links)]
            starts = [*(link.start for link in line.links), len(line.text)]
            assert all(end <= start for end, start in zip(ends, starts, strict=True))
