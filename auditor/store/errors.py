"""What can go wrong with the store, as types that say what to do next.

UserError
└── StoreError            anything that stands in the way of using the store
    ├── StoreMissing      there is no store where one was expected
    ├── StoreBusy         another process holds it, longer than we wait
    ├── StoreTooNew       a newer version wrote it
    ├── StoreDamaged      it is no store, or what it holds does not match its hash
    └── NoSuchScan        a scan that is not in it
"""

from auditor.errors import UserError


class StoreError(UserError):
    """Base of all."""


class StoreMissing(StoreError):
    """There is no store where one was expected."""


class StoreBusy(StoreError):
    """Another process holds the store, longer than we wait."""


class StoreTooNew(StoreError):
    """A newer version of the program wrote the store."""


class StoreDamaged(StoreError):
    """The store is none, or what it holds does not match its hash."""


class NoSuchScan(StoreError):
    """The scan that was asked for is not in the store."""
