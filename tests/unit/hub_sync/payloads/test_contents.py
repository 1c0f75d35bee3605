import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_sync.payloads.contents import (
    PayloadError,
    content_sha256,
    cut_items,
    cut_members,
    read_json,
)

DEEP = b"[" * 3_000 + b"]" * 3_000
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class TestReadJson:
    def test_drops_nul_characters_and_lone_surrogates(self) -> None:
        raw = b'{"a\\u0000": ["x\\u0000y", "\\ud800z", "\\ud83d\\ude00"]}'

        assert read_json(raw) == {"a": ["xy", "z", "\U0001f600"]}

    def test_keeps_bidirectional_marks_as_the_hub_sent_them(self) -> None:
        assert read_json('"a\u202eb"'.encode()) == "a\u202eb"

    def test_reads_past_bytes_that_are_no_utf8(self) -> None:
        assert read_json(b'{"a": "\xff"}') == {"a": "\ufffd"}

    @pytest.mark.parametrize("raw", [DEEP, b'{"a":' * 5000 + b"1" + b"}" * 5000])
    def test_refuses_a_depth_bomb(self, raw: bytes) -> None:
        with pytest.raises(PayloadError, match="too deep"):
            read_json(raw)

    @pytest.mark.parametrize("raw", [b"", b"{", b"<html>", b'{"a": tru}', b"9" * 5000 + b"x"])
    def test_refuses_what_is_not_json(self, raw: bytes) -> None:
        with pytest.raises(PayloadError):
            read_json(raw)


class TestCutItems:
    @given(st.lists(JSON, max_size=5))
    def test_gives_every_item_as_it_is_written(self, items: list[object]) -> None:
        raw = json.dumps(items).encode()

        assert [json.loads(item) for item in cut_items(raw)] == items

    @given(st.lists(JSON, max_size=5))
    def test_loses_only_the_bad_item_of_a_page(self, items: list[object]) -> None:
        good = [json.dumps(item).encode() for item in items]
        raw = b"[" + b",".join([*good, DEEP, b'{"lone": "\\ud800", "x": "],"}']) + b"]"

        assert cut_items(raw) == [*good, DEEP, b'{"lone": "\\ud800", "x": "],"}']

    @pytest.mark.parametrize("raw", [b"{}", b"", b"[1,", b'["a', b"null"])
    def test_refuses_what_is_no_whole_array(self, raw: bytes) -> None:
        with pytest.raises(PayloadError):
            cut_items(raw)


class TestCutMembers:
    def test_gives_values_as_they_are_written_even_beside_a_bad_one(self) -> None:
        raw = b'{ "items" : [' + DEEP + b'], "metadata": {"nextCursor": "1|2"} }'

        members = cut_members(raw)

        assert members["items"] == b"[" + DEEP + b"]"
        assert read_json(members["metadata"]) == {"nextCursor": "1|2"}


class TestContentSha256:
    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
    def test_ignores_counters_at_any_depth(self, separators: tuple[str, str]) -> None:
        one = {"id": 1, "stats": {"n": 1}, "versions": [{"id": 2, "stats": {"n": 5}}], "a": 1}
        other = {"id": 1, "stats": {"n": 2}, "versions": [{"id": 2, "stats": {}}], "a": 1}

        assert digest(one, separators) == digest(other, separators)

    def test_ignores_the_counters_of_a_repository(self) -> None:
        one = b'{"downloads":1,"likes":2,"trendingScore":0.5,"downloadsAllTime":null,"id":"a"}'
        other = b'{"downloads":9,"likes":-1,"trendingScore":1e-7,"downloadsAllTime":4,"id":"a"}'

        assert content_sha256(one, hub="huggingface") == content_sha256(other, hub="huggingface")

    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
    def test_ignores_whether_there_are_counters(self, separators: tuple[str, str]) -> None:
        first = {"stats": {}, "id": 1, "versions": [{"stats": {"n": 1}}]}
        last = {"id": 1, "versions": [{}], "stats": {"n": 1}}

        assert digest(first, separators) == digest(last, separators)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({"a": 1}, {"a": 2}),
            ({"a": 1}, {"a": True}),
            ({"a": '"stats": {"n": 1}'}, {"a": '"stats": {"n": 2}'}),
            ({"stats": {"n": {"m": 1}}}, {"stats": {"n": {"m": 2}}}),
            ({"stats": "1"}, {"stats": "2"}),
            ({"a": ["stats", 1]}, {"a": ["stats", 2]}),
        ],
    )
    def test_sees_everything_else(self, one: object, other: object) -> None:
        assert digest(one) != digest(other)


def digest(value: object, separators: tuple[str, str] = (",", ":")) -> str:
    return content_sha256(json.dumps(value, separators=separators).encode(), hub="civitai")
