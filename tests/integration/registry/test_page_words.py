"""Words about many pages at once are those of the answers about each."""

import pytest

from registry.models import HubModel
from registry.selectors import family
from registry.selectors.answers import answer
from registry.selectors.page_words import words_of
from registry.services.sample import load_sample
from tests.factories.registry import make_claim, make_edge, make_page, make_version

pytestmark = pytest.mark.django_db


def words(page: str) -> dict[str, str]:
    return {use: right["word"] for use, right in answer(what=page)["combined"].items()}


def test_are_those_of_the_answers() -> None:
    load_sample(by="tests")
    pages = [str(page) for page in HubModel.objects.order_by("pk")]

    assert words_of(pages=pages) == [words(page) for page in pages]


def test_are_the_same_where_too_many_ancestors_are_read_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages = []
    for _ in range(4):
        child = make_version(page=make_page(hub="huggingface"))
        for _ in range(3):
            parent = make_version(page=make_page(hub="huggingface"))
            make_claim(page=parent.hub_model, declared=["cc-by-nc-4.0"])
            make_edge(child=child, parent=parent.hub_model)
        pages.append(str(child.hub_model))
    monkeypatch.setattr(family, "MAX_NODES", 5)

    assert words_of(pages=pages) == [words(page) for page in pages]
