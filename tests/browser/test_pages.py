"""The pages in a real browser: usable by keyboard and on a phone, quiet, and at home."""

import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from registry.services.sample import load_sample
from tests.browser.conftest import PHONE
from tests.factories.registry import make_artifact, make_file, make_page, make_version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATHS = [
    "/",
    "/about",
    "/licenses",
    "/licenses/stability-ai-community",
    "/ask?what=chilloutmix",
    "/ask?what=sample:noobai-xl-1-0",
    "/models/sample/generic-chilloutmix",
    "/models/sample/midjourney",
]
WIDTH = "document.documentElement.scrollWidth"
HEADINGS = "h1, h2, h3, h4, h5, h6"
LEVELS = "all => all.map(one => Number(one.tagName[1]))"
NAMELESS = re.compile(r"^\s*- (?:link|button|textbox|searchbox|combobox)$", re.MULTILINE)
CONTRAST = """element => {
  const parse = text => text.match(/[0-9.]+/g).slice(0, 3).map(Number);
  const light = text => parse(text).map(v => v / 255)
    .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const style = getComputedStyle(element);
  const [a, b] = [light(style.color), light(style.backgroundColor)].sort((x, y) => y - x);
  return (a + 0.05) / (b + 0.05);
}"""
HOSTILE = """
<script>document.title = "taken"</script>
<img src="https://evil.example/pixel.png" onerror="document.title = 'taken'">
<p style="position:fixed;inset:0;background:red">over everything</p>
<a href="javascript:document.title='taken'">press me</a>
<iframe src="https://evil.example/"></iframe>
"""


@pytest.fixture(autouse=True)
def _sample(db: None) -> None:
    load_sample(by="tests")


class TestAsking:
    def test_answers_what_is_typed(self, page: Page) -> None:
        page.goto("/")

        page.keyboard.type("sample:instantid")  # the box has the focus
        page.keyboard.press("Enter")

        expect(page.get_by_role("heading", level=2, name="InstantID")).to_be_visible()
        row = page.get_by_role("row", name="Use it in a business")
        expect(row).to_contain_text("forbidden")

    def test_shows_every_reason_when_a_row_is_opened(self, page: Page) -> None:
        page.goto("/models/sample/flux-dev-style-lora")
        row = page.get_by_role("row", name="Use it in a business")

        row.locator("summary").click()

        expect(row.locator(".grounds")).to_contain_text("FLUX.1 [dev] Non-Commercial License")

    def test_leads_from_a_name_to_a_page(self, page: Page) -> None:
        page.goto("/ask?what=chilloutmix")

        page.get_by_role("link", name="ChilloutMix", exact=True).click()

        expect(page.get_by_role("heading", level=2, name="ChilloutMix")).to_be_visible()

    def test_narrows_to_one_use(self, page: Page) -> None:
        page.goto("/ask?what=sample:flux-1-dev")

        page.get_by_label("I want to").select_option("host_paid")
        page.get_by_role("button", name="May I?").click()

        expect(page.locator("table.rights tbody tr")).to_have_count(1)


class TestHtmx:
    def test_filters_licenses_while_typing(self, page: Page) -> None:
        page.goto("/licenses")
        rows = page.locator("#rows tbody tr")
        before = rows.count()

        page.get_by_label("Find a licence").press_sequentially("openrail")

        expect(page.locator("#rows")).to_contain_text("CreativeML OpenRAIL-M")
        expect(page.locator("#rows")).not_to_contain_text("MIT License")
        assert rows.count() < before
        assert page.url.endswith("/licenses")

    def test_loads_more_results_in_place(self, page: Page) -> None:
        for number in range(30):
            make_page(name=f"many of these {number}")
        page.goto("/search?q=many+of+these")
        rows = page.locator(".results > li > a > bdi")
        before = rows.count()

        page.get_by_role("link", name="More results").click()

        expect(page.locator(".results")).to_contain_text("many of these 29")
        assert rows.count() > before


class TestEverybody:
    def test_can_skip_to_the_content(self, page: Page) -> None:
        page.goto("/about")

        page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        expect(page.locator("main")).to_be_focused()

    def test_can_read_it_on_a_phone(self, page: Page) -> None:
        page.set_viewport_size(PHONE)

        widths = {path: _at(page, path).evaluate(WIDTH) for path in PATHS}

        assert {path for path, width in widths.items() if width > PHONE["width"]} == set()

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_can_tell_the_words_apart_from_their_ground(self, page: Page, scheme: str) -> None:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]

        page.goto("/about")

        ratios = [word.evaluate(CONTRAST) for word in page.locator(".word").all()]
        assert min(ratios) >= 4.5  # WCAG 2.2, success criterion 1.4.3

    def test_finds_a_name_on_every_control(self, page: Page) -> None:
        trees = {path: _at(page, path).locator("body").aria_snapshot() for path in PATHS}

        assert {path for path, tree in trees.items() if NAMELESS.search(tree)} == set()

    def test_meets_headings_in_order(self, page: Page) -> None:
        levels = {path: _at(page, path).locator(HEADINGS).evaluate_all(LEVELS) for path in PATHS}

        assert {path for path, found in levels.items() if not _is_in_order(found)} == set()


def _at(page: Page, path: str) -> Page:
    page.goto(path)
    return page


def _is_in_order(levels: Sequence[int]) -> bool:
    return levels[0] == 1 and all(after <= before + 1 for before, after in pairwise(levels))


class TestHostilePages:
    @pytest.mark.parametrize("text_format", ["html", "markdown"])
    def test_do_nothing(self, page: Page, text_format: str) -> None:
        listed = make_page(
            hub_model_id="666",
            name="<b>bold</b> \u202e",
            description=HOSTILE,
            description_format=text_format,
        )
        version = make_version(page=listed, description=HOSTILE)
        make_file(version=version, artifact=make_artifact(), filename="x" * 300)
        page.set_viewport_size(PHONE)

        page.goto("/models/civitai/666")

        assert "taken" not in page.title()
        assert page.locator("main iframe, main script, main img").count() == 0
        assert page.evaluate(WIDTH) <= PHONE["width"]
        expect(page.get_by_text("press me").first).to_be_attached()
