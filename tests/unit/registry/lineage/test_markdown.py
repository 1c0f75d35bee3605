from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.lineage.markdown import prose_markup


def _markup(text: str) -> str:
    return prose_markup(text.splitlines())


class TestProseMarkup:
    def test_joins_the_lines_of_a_paragraph(self) -> None:
        assert _markup("a\nb\n\nc") == "<p>a b</p><p>c</p>"

    def test_knows_headings_and_items(self) -> None:
        assert _markup("## Title ##\n* a\n 1. b\ntext") == (
            "<h2>Title</h2><li>a</li><li>b</li><p>text</p>"
        )

    def test_turns_links_into_anchors_and_drops_images(self) -> None:
        text = '[a b](https://x.example/y "title") ![i](https://x.example/i.png)'

        assert _markup(text) == '<p><a href="https://x.example/y">a b</a> </p>'

    def test_leaves_html_and_other_brackets_alone(self) -> None:
        assert _markup("<b>[a]</b> (c) [d](javascript:x)") == (
            "<p><b>[a]</b> (c) [d](javascript:x)</p>"
        )

    @pytest.mark.parametrize(
        "attack", ["[", "[a](", "[a](https://x", "* ", "#", "![](http://a ", "("]
    )
    def test_takes_time_linear_in_the_text(self, attack: str) -> None:
        start = perf_counter()

        _markup(attack * (500_000 // len(attack)))

        assert perf_counter() - start < 3

    @given(st.text())
    def test_never_raises(self, text: str) -> None:
        assert isinstance(_markup(text), str)
