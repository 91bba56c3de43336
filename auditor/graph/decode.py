"""From bodies to our structs: fast where the answer is as v1.0 says, property by property where it is not.

One property of an unexpected type costs that property (it becomes ``UNSET``, unknown), never the object; one member
that is no object at all costs the whole list, because what it stood for cannot be told. New properties and new
enumeration values are data.
"""

from functools import lru_cache
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec import UNSET, Raw, Struct

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """One page of a collection. A page without ``value`` is no page: decoding raises."""

    value: list[T]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    count: int | None = msgspec.field(name="@odata.count", default=None)


class GraphError(Struct, frozen=True):
    """Graph's error resource type, as far as it helps."""

    code: str | None = None
    message: str | None = None


class _ErrorBody(Struct, frozen=True):
    error: GraphError


class NotAsDocumented(ValueError):
    """The body is not what v1.0 says; the message says where, and carries none of the body."""


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decode_error(body: bytes) -> GraphError:
    """Graph's error in ``body``; empty where the body is something else (a proxy's HTML, say)."""
    try:
        body_with_error: _ErrorBody = _decoder(_ErrorBody).decode(body)
    except msgspec.MsgspecError:
        return GraphError()
    return body_with_error.error


def is_cut_short(body: bytes) -> bool:
    """Whether ``body`` begins as a JSON object and is none; a proxy's HTML and an empty body are not cut short."""
    if not body.lstrip().startswith(b"{"):
        return False
    try:
        msgspec.json.decode(body)
    except msgspec.DecodeError:
        return True
    return False


def decode_object(body: bytes, kind: type[T]) -> T:
    """The object of type ``kind``; raises :class:`NotAsDocumented` where there is none."""
    try:
        decoded: T = _decoder(cast("Any", kind)).decode(body)
    except msgspec.ValidationError:
        return _leniently(_plain(body), kind)
    except msgspec.DecodeError as error:
        raise NotAsDocumented("the answer is no JSON") from error
    return decoded


def decode_page(body: bytes, kind: type[T]) -> Page[T]:
    """A page of ``kind``; raises :class:`NotAsDocumented` where the body is no page or a member no object."""
    try:
        return _decoder(Page[kind]).decode(body)  # type: ignore[valid-type,no-any-return]
    except msgspec.ValidationError:
        pass
    except msgspec.DecodeError as error:
        raise NotAsDocumented("the answer is no JSON") from error
    try:
        raw = _decoder(Page[Raw]).decode(body)
    except msgspec.ValidationError as error:
        raise NotAsDocumented(f"the answer is no page of a collection ({error})") from error
    members = [_leniently(_plain(bytes(member)), kind) for member in raw.value]
    return Page(value=members, next_link=raw.next_link, count=raw.count)


def _plain(body: bytes) -> Any:
    try:
        return _decoder(Any).decode(body)
    except msgspec.DecodeError as error:
        raise NotAsDocumented("the answer is no JSON") from error


def _leniently(value: Any, kind: type[T]) -> T:
    """``value`` as ``kind``, with each property that does not fit left out (UNSET), at every depth."""
    if not isinstance(value, dict):
        raise NotAsDocumented("the answer holds something other than an object")
    fitting: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):  # type: ignore[arg-type]
        if field.encode_name not in value:
            continue
        given = value[field.encode_name]
        try:
            fitting[field.name] = msgspec.convert(given, field.type)
        except msgspec.ValidationError as error:
            inner = _struct_in(field.type)
            if inner is not None and isinstance(given, dict):
                fitting[field.name] = _leniently(given, inner)
            elif field.required or field.default is not UNSET:
                raise NotAsDocumented(f"the answer's {field.encode_name} is not of the documented type") from error
    try:
        return kind(**fitting)
    except TypeError as error:
        raise NotAsDocumented("the answer lacks the object's id") from error


def _struct_in(annotation: Any) -> type | None:
    """The one Struct among the alternatives of an annotation such as ``WebApplication | UnsetType | None``."""
    for alternative in getattr(annotation, "__args__", ()):
        if isinstance(alternative, type) and issubclass(alternative, Struct):
            return alternative
    return None
