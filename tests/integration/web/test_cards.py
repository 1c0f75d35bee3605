"""A stranger's text cannot do anything on our pages."""

import pytest

from registry.web.cards import render_card

_ACTS = [
    *("<script", "<img", "<iframe", "<style", "<form", "<input", "<svg"),
    *("onclick=", "style=", "id=", "class=", 'href="data', 'href="javascript'),
]


class TestRenderCard:
    @pytest.mark.parametrize("text_format", ["html", "markdown"])
    @pytest.mark.parametrize(
        "hostile",
        [
            "<script>alert(1)</script>",
            '<a href="javascript:alert(1)">x</a>',
            '<p onclick="alert(1)">x</p>',
            "<iframe src=https://evil.example></iframe>",
            "<style>body{display:none}</style>",
            '<img src="https://evil.example/pixel.png" onerror="alert(1)">',
            '<form action="https://evil.example"><input name=q></form>',
            "<svg><script>alert(1)</script></svg>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            '<a href="data:text/html,<script>alert(1)</script>">x</a>',
            '<p id="content" class="brand" style="position:fixed">x</p>',
        ],
    )
    def test_keeps_nothing_that_acts_or_loads(self, hostile: str, text_format: str) -> None:
        html = render_card(hostile, text_format)

        lowered = html.lower()
        assert [word for word in _ACTS if word in lowered] == []

    def test_drops_images_of_markdown(self) -> None:
        assert "<img" not in render_card("![face](https://evil.example/a.png)", "markdown")

    def test_marks_links_as_nobody_s_recommendation(self) -> None:
        html = render_card("[a](https://example.org/b)", "markdown")

        assert 'href="https://example.org/b"' in html
        assert 'rel="nofollow noopener noreferrer ugc"' in html

    @pytest.mark.parametrize(
        "address", ["/models/1", "//evil.example", "LICENSE.md", "#top", "?a=b"]
    )
    def test_drops_addresses_relative_to_the_hub(self, address: str) -> None:
        assert "href" not in render_card(f'<a href="{address}">x</a>', "html")

    def test_sets_headings_below_ours(self) -> None:
        assert render_card("# One\n\n#### Four", "markdown") == "<h3>One</h3>\n<h6>Four</h6>\n"

    def test_renders_tables_of_markdown(self) -> None:
        assert "<td>1</td>" in render_card("| a |\n|---|\n| 1 |", "markdown")

    def test_survives_deep_nesting(self) -> None:
        render_card(">" * 5000 + " x", "markdown")
        render_card("<div>" * 20000, "html")
