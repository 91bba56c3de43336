"""Which reply URL is the default: the one thing in a list of URLs that its order says.

An only URL is the default by being alone, which tells nothing that its own coming and going does not; so the default is
told where there are several. Several URLs without an index have no told default: a default that is no longer told is
not known to have changed.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from auditor.drift.view import Difference, Gap, Uncompared, View, uncompared
from auditor.model.drift import Change, ChangeKind
from auditor.model.evidence import Known

_URLS = ("application", "web", "redirect_uris")
_DEFAULT = ("default_reply_url",)


class DefaultReplyUrl(Struct, frozen=True):
    """``application.defaultReplyUrl``."""

    path: str = "application.defaultReplyUrl"
    section: str | None = "application"

    def diff(self, before: View, after: View) -> Iterator[Difference | Uncompared]:
        """At most one ``changed``."""
        old, new, urls = before.get(_DEFAULT), after.get(_DEFAULT), after.get(_URLS)
        if isinstance(old, Gap) or isinstance(new, Gap):
            yield from uncompared(self.path, old, new)
        elif isinstance(urls, tuple) and len(set(urls)) > 1 and new is not None and new != old:
            yield Difference(self.path, ChangeKind.CHANGED, old, new)

    def patch(self, view: View, changes: Sequence[Change]) -> View:
        """Sets the default."""
        return view.put(_DEFAULT, changes[-1].after)


def settle(view: View) -> View:
    """``view`` with the default that its URLs leave no choice about, as after URLs came or went."""
    urls = view.get(_URLS)
    if isinstance(urls, Gap) or isinstance(view.get(_DEFAULT), Gap):
        return view
    only = set(urls or ())
    return view if len(only) > 1 else view.replace(_DEFAULT[0], Known(next(iter(only), None)))
