"""Answers that are lists or single objects: the steps that every one of them goes through."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from auditor.emulator import paging, permissions
from auditor.emulator.context import Context, Reply
from auditor.emulator.directory import Collection
from auditor.emulator.errors import GraphError, bad_request, denied
from auditor.emulator.odata.capabilities import ADVANCED_TYPES
from auditor.emulator.odata.options import Expand, Options, read_options
from auditor.emulator.relations import RELATIONS, related
from auditor.emulator.views import show, show_member

MAX_EXPANDED = 20
"""``$expand`` gives so many related objects, with no link to the rest."""

Row = dict[str, Any]


def listing(
    context: Context,
    type_name: str,
    rows: Collection | Sequence[Row],
    fragment: str,
    *,
    view: Callable[[Row, Options], Row] | None = None,
) -> Reply:
    """A page of a collection. ``view`` shows a row, where it is not simply one of the type."""
    request = context.request
    options = read_options(type_name, request.query, frozenset(RELATIONS.get(type_name, {})))
    options.require(eventual=context.eventual)
    _may_filter(context, options)
    found = paging.order(paging.find(rows, options.filter), options)
    bound = f"{context.tenant.id}{request.path}?{options.carried}"
    offset = 0
    if options.skip_token is not None:
        lifetime = context.service.skip_token_lifetime_s
        offset = paging.read_skip_token(options.skip_token, bound, now=context.wall(), lifetime_s=lifetime).offset
    chunk = found[offset : offset + options.top]
    selected = f"({','.join(options.select)})" if options.select else ""
    body: Row = {"@odata.context": context.metadata(fragment + selected)}
    if options.counted and offset == 0 and (context.eventual or type_name not in ADVANCED_TYPES):
        body["@odata.count"] = len(found)
    if offset + options.top < len(found):
        token = paging.encode_token(paging.Token(offset + options.top, 0, int(context.wall())), bound)
        body["@odata.nextLink"] = link(context, options.carried, "skiptoken", token)
    if view is not None:
        body["value"] = [view(one, options) for one in chunk]
    else:
        select, held = options.select, context.held
        if options.expand:
            body["value"] = [
                {**show(type_name, one, select, held), **expanded(context, type_name, one, options)} for one in chunk
            ]
        else:
            body["value"] = [show(type_name, one, select, held) for one in chunk]
    return Reply(body)


def members(context: Context, rows: Sequence[Row], cast: str | None = None) -> Reply:
    """A page of directory objects of mixed kinds, each with its kind under ``@kind``.

    With ``cast`` the rows are of one kind, and the answer tells no ``@odata.type``.
    """
    held = context.held
    if cast is None:
        return listing(
            context,
            "directoryObject",
            rows,
            "directoryObjects",
            view=lambda row, options: show_member(row["@kind"], _plain(row), options.select, held),
        )
    return listing(
        context,
        cast,
        rows,
        f"{cast}s",
        view=lambda row, options: _untyped(show_member(cast, _plain(row), options.select, held)),
    )


def with_kind(rows: Iterable[tuple[str, Row]], cast: str | None = None) -> list[Row]:
    """Directory objects with their kind beside them; with ``cast`` those of one kind alone."""
    return [{**row, "@kind": kind} for kind, row in rows if cast in (None, kind)]


class LazyMembers(Sequence[Row]):
    """Members of a group that are made only when a page shows them."""

    def __init__(self, length: int, make: Callable[[int], Row]) -> None:
        self._length = length
        self._make = make

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, at: Any) -> Any:
        """One member, or a list of those in a slice."""
        if isinstance(at, slice):
            return [self._make(one) for one in range(*at.indices(self._length))]
        if not 0 <= at < self._length:
            raise IndexError(at)
        return self._make(at)


def single(context: Context, type_name: str, value: Row, fragment: str) -> Reply:
    """One object by its key."""
    options = read_options(type_name, context.request.query, frozenset(RELATIONS.get(type_name, {})))
    if options.filter is not None:
        raise bad_request(
            "Query options $filter, $orderby, $count, $skip, and $top can be applied only on collections.", "BadRequest"
        )
    selected = f"({','.join(options.select)})" if options.select else ""
    body = {"@odata.context": context.metadata(f"{fragment}{selected}/$entity")}
    body.update(show(type_name, value, options.select, context.held, single=True))
    if options.expand:
        body.update(expanded(context, type_name, value, options))
    return Reply(body)


def count(context: Context, type_name: str, rows: Collection | Sequence[Row]) -> Reply:
    """``/$count``: a number as plain text. On directory objects it asks for ``ConsistencyLevel: eventual``."""
    if type_name in ADVANCED_TYPES and not context.eventual:
        raise bad_request("$count is not currently supported.")
    options = read_options(type_name, context.request.query)
    options._replace(counted=True).require(eventual=context.eventual)
    _may_filter(context, options)
    return Reply(text=str(len(paging.find(rows, options.filter)) if options.filter else len(rows)))


def expanded(context: Context, type_name: str, value: Row, options: Options) -> Row:
    """The relationships that ``$expand`` names, each cut off at ``MAX_EXPANDED``."""
    return {one.name: _expand(context, type_name, value, one) for one in options.expand}


def _expand(context: Context, type_name: str, value: Row, expand: Expand) -> list[Row]:
    relation = RELATIONS[type_name][expand.name]
    context.authorize(relation.permission)
    rows = related(context.tenant, type_name, value, expand.name)[:MAX_EXPANDED]
    if relation.type == "directoryObject":
        return [show_member(kind, row, expand.select, context.held) for kind, row in rows]
    return [show(kind, row, expand.select, context.held) for kind, row in rows]


def link(context: Context, carried: str, kind: str, token: str) -> str:
    """An absolute address of the same request with a token, on the host that the caller used."""
    joined = f"{carried}&" if carried else ""
    return f"{context.request.base}{context.request.path}?{joined}${kind}={token}"


def _may_filter(context: Context, options: Options) -> None:
    """A token that may not see a property of users may not filter by it either."""
    if options.type != "user" or options.filter is None or not context.held.isdisjoint(permissions.USER_FULL):
        return
    if not options.filter.properties <= permissions.USER_BASIC_PROPERTIES:
        raise denied()


def _plain(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "@kind"}


def _untyped(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "@odata.type"}


def gone(context: Context, carried: str) -> GraphError:
    """410 of a delta query whose token is no longer known: begin again at ``Location``."""
    location = f"{context.request.base}{context.request.path}" + (f"?{carried}" if carried else "")
    return GraphError(
        410,
        "syncStateNotFound",
        "The sync state generation is not found; continue with a full sync.",
        {"Location": location},
    )
