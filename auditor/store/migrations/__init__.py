"""Migrations of the history store, one file each, never changed once released."""
