"""Delta queries on applications and service principals: everything once, then what changed since a token.

By id only, relationships are not tracked, and an unknown token means "begin again" (410). Source: Microsoft Graph,
"Use delta query to track changes".
"""

from typing import Any

from auditor.emulator import lists, paging
from auditor.emulator.context import Context, Reply, split_key
from auditor.emulator.directory import Collection
from auditor.emulator.errors import bad_request, unsupported_query
from auditor.emulator.odata.options import read_options
from auditor.emulator.views import show

Row = dict[str, Any]


def answer(context: Context, collection: Collection, set_name: str, permission: str) -> Reply:
    """A page of a delta query. Raises 400 for another function or a filter that is not by id, 410 for a stale token."""
    function = split_key(context.segments[1])[0].removeprefix("microsoft.graph.")
    if function != "delta" or len(context.segments) > 2 or collection.type not in ("servicePrincipal", "application"):
        raise bad_request(f"Resource not found for the segment '{context.segments[1]}'.", "BadRequest")
    context.authorize(permission)
    options = read_options(collection.type, context.request.query)
    if options.filter is not None and options.filter.properties != {"id"}:
        raise unsupported_query("Delta queries are filtered by id alone.")
    bound = f"{context.tenant.id}{context.request.path}?{options.carried}"
    position, offset = len(collection.changes), 0
    since: int | None = None
    text = options.skip_token or options.delta_token
    token: paging.Token | None
    if text == "latest":
        since = position
    elif text is not None:
        token = paging.decode_token(text, bound)
        if token is None or token.position > position:
            raise lists.gone(context, options.carried)
        if options.delta_token is not None:
            since = token.position
        else:
            position, offset = token.position, token.offset
            since = token.since - 1 if token.since else None
    rows = _rows(collection, since)
    if options.filter is not None:
        rows = [row for row in rows if options.filter.matches(row)]
    chunk = rows[offset : offset + options.top]
    body: Row = {"@odata.context": context.metadata(set_name)}
    left = offset + options.top < len(rows)
    token = paging.Token(
        offset=offset + options.top if left else 0,
        position=position,
        issued=int(context.wall()),
        since=since + 1 if left and since is not None else 0,
    )
    made = paging.encode_token(token, bound)
    kind = "skiptoken" if left else "deltatoken"
    body["@odata.nextLink" if left else "@odata.deltaLink"] = lists.link(context, options.carried, kind, made)
    body["value"] = [
        row if "@removed" in row else show(collection.type, row, _with_id(options.select), context.held)
        for row in chunk
    ]
    return Reply(body)


def _rows(collection: Collection, since: int | None) -> list[Row]:
    if since is None:
        return list(collection.all())
    changed = dict.fromkeys(collection.changes[since:])
    return [collection.get(one) or {"id": one, "@removed": {"reason": "deleted"}} for one in changed]


def _with_id(select: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return ("id", *(name for name in select if name != "id")) if select is not None else None
