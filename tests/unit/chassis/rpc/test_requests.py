"""Checks of requests: names, batches, pages, field masks; and answers put together from bytes."""

from __future__ import annotations

import grpc
import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto
from google.protobuf.field_mask_pb2 import FieldMask
from hypothesis import given
from hypothesis import strategies as st

from chassis.rpc.errors import RpcError
from chassis.rpc.requests import (
    check_batch,
    check_mask,
    concat_repeated,
    masked,
    page_size,
    parse_name,
    parse_names,
)

# Any message will do: protobuf's own description of messages has nested and repeated fields.
RESOURCE = DescriptorProto.DESCRIPTOR


def test_a_name_yields_its_ids() -> None:
    assert parse_name("shelves/{shelf}/books/{book}", "shelves/7/books/x y.z") == ("7", "x y.z")


@pytest.mark.parametrize("name", ["", "shelves/", "shelves/7/", "shelves/7/books", "Shelves/7", "xshelves/7", "7"])
def test_a_name_of_another_form_is_refused_with_the_field_and_the_form(name: str) -> None:
    with pytest.raises(RpcError) as refused:
        parse_name("shelves/{shelf}", name, "parent")
    assert refused.value.code is grpc.StatusCode.INVALID_ARGUMENT
    assert refused.value.metadata == {"field": "parent"}
    assert refused.value.message == "parent: expected the form shelves/{shelf}"


def test_dots_in_a_pattern_are_plain() -> None:
    with pytest.raises(RpcError):
        parse_name("a.b/{x}", "axb/1")


def test_of_many_names_the_first_bad_one_is_told_by_its_position() -> None:
    assert parse_names("shelves/{shelf}", ["shelves/a", "shelves/b"]) == ["a", "b"]
    with pytest.raises(RpcError) as refused:
        parse_names("shelves/{shelf}", ["shelves/a", "b", ""])
    assert refused.value.metadata == {"field": "names[1]"}


def test_a_batch_beyond_the_limit_is_refused_with_the_limit() -> None:
    check_batch(["a", "b"], 2)
    with pytest.raises(RpcError) as refused:
        check_batch(["a", "b", "c"], 2)
    assert (refused.value.reason, refused.value.metadata["limit"]) == ("BATCH_TOO_LARGE", "2")


def test_a_page_has_the_default_size_unless_asked_and_never_more_than_the_most() -> None:
    assert [page_size(asked, default=10, most=50) for asked in (0, 7, 50, 51)] == [10, 7, 50, 50]
    with pytest.raises(RpcError, match="page_size"):
        page_size(-1)


@pytest.mark.parametrize("path", ["name", "field", "options.deprecated", "options", "*"])
def test_a_mask_of_fields_that_exist_passes(path: str) -> None:
    check_mask(FieldMask(paths=[path]), RESOURCE)


@pytest.mark.parametrize("path", ["", "nam", "name.x", "options.", ".name", "options.deprecatedd", "field.name"])
def test_a_mask_with_another_path_is_refused_with_the_path(path: str) -> None:
    with pytest.raises(RpcError) as refused:
        check_mask(FieldMask(paths=["name", path]), RESOURCE)
    assert (refused.value.reason, refused.value.metadata) == ("UNKNOWN_FIELD_IN_MASK", {"field": path})


def test_a_masked_message_has_the_masks_fields_only() -> None:
    message = DescriptorProto(name="x", field=[FieldDescriptorProto(name="a")])
    message.options.deprecated = True
    message.options.map_entry = True
    kept = masked(message, FieldMask(paths=["name", "options.deprecated"]))
    assert kept.name == "x"
    assert kept.options.deprecated
    assert not kept.options.HasField("map_entry")
    assert not kept.field


@pytest.mark.parametrize("paths", [[], ["*"], ["name", "*"]])
def test_an_empty_mask_and_a_star_mean_everything(paths: list[str]) -> None:
    message = DescriptorProto(name="x", field=[FieldDescriptorProto(name="a")])
    assert masked(message, FieldMask(paths=paths)) == message


@given(st.lists(st.text(max_size=300)))
def test_stored_messages_put_together_are_what_protobuf_would_serialize(names: list[str]) -> None:
    fields = [FieldDescriptorProto(name=name) for name in names]
    whole = DescriptorProto(field=fields)
    together = concat_repeated(2, [field.SerializeToString() for field in fields])
    assert together == whole.SerializeToString()
    rest = DescriptorProto(name="x").SerializeToString()
    assert DescriptorProto.FromString(together + rest) == DescriptorProto(name="x", field=fields)


def test_lengths_of_several_bytes_are_encoded_as_protobuf_does() -> None:
    for size in (127, 128, 16_383, 16_384, 3_000_000):
        field = FieldDescriptorProto(name="x" * size)
        assert concat_repeated(2, [field.SerializeToString()]) == DescriptorProto(field=[field]).SerializeToString()
