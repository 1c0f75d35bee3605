"""Whatever a hub puts in place of any value, a reader answers or says why not."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub_sync.payloads.civitai import CivitaiModel, decode_model, model_in, read_model
from hub_sync.payloads.contents import PayloadError, read_json
from hub_sync.payloads.huggingface import Texts, read_page, read_repository
from registry.snapshots import ModelSnapshot
from tests.fakes.hubs import RECORDED, FakeHuggingFace

NOW = datetime(2026, 3, 4, tzinfo=UTC)
MODELS = json.loads((RECORDED / "civitai" / "models.json").read_text())
INFOS = [
    json.loads(FakeHuggingFace().route(f"/api/models/{repo['id']}", {}).body)
    for repo in json.loads((RECORDED / "huggingface" / "repositories.json").read_text())
]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FAST = settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every container of a JSON value with each of its keys."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield value, key
            yield from places(value[key])


def spoil(value: Any, data: st.DataObject) -> Any:
    """Return a copy of a JSON value with one value in it replaced, as a hub would send it."""
    spoilt = copy.deepcopy(value)
    container, key = data.draw(st.sampled_from(list(places(spoilt))))
    container[key] = data.draw(ANYTHING)
    return read_json(json.dumps(spoilt).encode())


def answer(decode: Callable[[], CivitaiModel]) -> ModelSnapshot | type[PayloadError]:
    """Return a model's snapshot, or in which way it is refused."""
    try:
        return read_model(decode(), observed_at=NOW)
    except PayloadError as error:
        return type(error)


class TestReaders:
    @FAST
    @given(st.sampled_from(MODELS), st.data())
    def test_read_any_civitai_model_or_refuse_it(self, model: Any, data: st.DataObject) -> None:
        try:
            snapshot = read_model(model_in(spoil(model, data)), observed_at=NOW)
        except PayloadError:
            return
        assert isinstance(snapshot, ModelSnapshot)

    @FAST
    @given(st.sampled_from(MODELS), st.data(), st.booleans())
    def test_read_bytes_as_they_read_the_decoded_value(
        self, model: Any, data: st.DataObject, is_ascii: bool
    ) -> None:
        value = spoil(model, data)
        raw = json.dumps(value, ensure_ascii=is_ascii).encode()

        assert answer(lambda: decode_model(raw)) == answer(lambda: model_in(value))

    @FAST
    @given(st.sampled_from(INFOS), st.data(), st.text(max_size=200))
    def test_read_any_repository_or_refuse_it(
        self, info: Any, data: st.DataObject, card: str
    ) -> None:
        try:
            repository = read_repository(spoil(info, data))
            texts = Texts(card=f"---\n{card}\n---\n{card}", has_card=True, mergekit=card)
            snapshot = read_page(repository, info=repository, texts=texts, observed_at=NOW)
        except PayloadError:
            return
        assert "\x00" not in snapshot.description
