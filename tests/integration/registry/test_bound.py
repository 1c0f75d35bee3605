"""Queries whose values are sent beside the statement."""

import pytest
from django.db import DataError, transaction

from registry.selectors.arrays import text_array
from registry.selectors.bound import rows_bound

pytestmark = pytest.mark.django_db


class TestRowsBound:
    def test_takes_values_for_what_they_are(self) -> None:
        names = ["plain", "it's", 'a "quote"', "back\\slash", "%s", ""]

        rows = rows_bound("SELECT unnest(%s::text[])", [text_array(names)])

        assert [name for (name,) in rows] == names

    def test_raises_what_django_raises(self) -> None:
        with pytest.raises(DataError), transaction.atomic():
            rows_bound("SELECT %s::bigint", ["no number"])
