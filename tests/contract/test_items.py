"""A row's attributes go to DynamoDB as boto3 itself would write them, and come back as they were."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from tenantry.adapters.aws.items import attributes_of, item_of

EXACT = 2**53
"""Up to here a whole float and an int are the same number."""
NUMBERS = st.integers(-(10**37), 10**37) | st.floats(-EXACT, EXACT).filter(lambda one: one == 0 or abs(one) > 1e-100)
PLAIN: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.text() | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), PLAIN, max_size=4))
def test_attributes_come_back_as_they_were(stored: dict[str, Any]) -> None:
    assert attributes_of(item_of(stored)) == stored


@given(PLAIN)
def test_boto3_reads_what_is_written(value: Any) -> None:
    read = TypeDeserializer().deserialize(item_of({"a": value})["a"])
    assert read == exact(value)


@given(PLAIN)
def test_what_boto3_writes_is_read(value: Any) -> None:
    assert attributes_of({"a": TypeSerializer().serialize(exact(value))}) == {"a": value}


def exact(value: Any) -> Any:
    """The same with boto3's numbers."""
    match value:
        case bool():
            return value
        case int() | float():
            return Decimal(repr(value))
        case list():
            return [exact(one) for one in value]
        case dict():
            return {name: exact(one) for name, one in value.items()}
    return value


@pytest.mark.parametrize(("digits", "number"), [("1E+2", 100), ("7.0", 7), ("0.5", 0.5)])
def test_a_whole_number_is_an_int_however_it_is_spelled(digits: str, number: float) -> None:
    read = attributes_of({"n": {"N": digits}})["n"]
    assert (read, type(read)) == (number, type(number))


def test_a_type_that_no_row_has_is_an_error() -> None:
    with pytest.raises(TypeError, match="bytes cannot be stored"):
        item_of({"a": b"x"})
    with pytest.raises(TypeError, match="attribute of type SS"):
        attributes_of({"a": {"SS": ["x"]}})
