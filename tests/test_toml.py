"""Hints of a mistake in a name."""

from auditor.toml import nearest


def test_the_nearest_word_is_the_hint() -> None:
    assert nearest("contosso", ["fabrikam", "contoso"]) == "Did you mean 'contoso'?"


def test_a_hint_lists_names_before_the_ids_beside_them() -> None:
    tenant_id = "11111111-1111-4111-8111-111111111111"
    assert nearest("zzz", [tenant_id, "contoso"]) == "Valid are: contoso."
    assert nearest("zzz", [tenant_id]) == f"Valid are: {tenant_id}."


def test_a_hint_of_a_fleet_stays_short() -> None:
    names = [f"tenant-{number:04}" for number in range(2020)]
    hint = nearest("zzz", names)
    assert hint == f"Valid are: {', '.join(names[:20])} and 2,000 more."
