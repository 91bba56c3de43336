"""Tenants from a list: the same tenants as ``[[tenants]]`` tables give, and every mistake with file, row and column."""

from pathlib import Path

import pytest

from auditor.config import Config, load
from auditor.errors import ConfigError
from tests.test_config import TENANT

ONE = "11111111-1111-1111-1111-111111111111"
TWO = "33333333-3333-3333-3333-333333333333"
CLIENT = "22222222-2222-2222-2222-222222222222"
FLEET = f"""
[fleet]
tenants_file = "tenants.csv"
client_id    = "{CLIENT}"
credential   = {{ kind = "certificate", path = "auditor.pem" }}
product      = "GoToMeeting"
"""


def config_of(folder: Path, rows: str | bytes, toml: str = FLEET) -> Config:
    (folder / "auditor.toml").write_text(toml, encoding="utf-8")
    (folder / "tenants.csv").write_bytes(rows if isinstance(rows, bytes) else rows.encode())
    return load(folder / "auditor.toml")


def test_one_application_over_many_tenants(tmp_path: Path) -> None:
    config = config_of(tmp_path, f"name,id\ncontoso,{ONE}\nfabrikam,{TWO}\n")
    assert [(one.name, one.id) for one in config.tenants] == [("contoso", ONE), ("fabrikam", TWO)]
    assert {one.client_id for one in config.tenants} == {CLIENT}
    assert {one.credential.path for one in config.tenants} == {str(tmp_path / "auditor.pem")}
    assert {one.product for one in config.tenants} == {"GoToMeeting"}


def test_a_row_says_what_a_table_would(tmp_path: Path) -> None:
    table = f"""
[[tenants]]
name = "contoso"
id = "{ONE}"
cloud = "usgov"
client_id = "{TWO}"
product = "GoToWebinar"
skip = ["SAML-OWN-001", "GTM-SES-001"]
audit_retention_days = 7
credential = {{ kind = "client-secret", env = "CONTOSO_SECRET" }}
bind = {{ subdomain = "contoso", zoom = {{ vanity = "fabrikam" }} }}
"""
    (tmp_path / "auditor.toml").write_text(table, encoding="utf-8")
    expected = load(tmp_path / "auditor.toml").tenants
    columns = "name,id,cloud,client_id,product,skip,audit_retention_days,credential.kind,credential.env"
    row = f"contoso,{ONE},usgov,{TWO},GoToWebinar,SAML-OWN-001 GTM-SES-001,7,client-secret,CONTOSO_SECRET"
    rows = f"{columns},bind.subdomain,bind.zoom.vanity\n{row},contoso,fabrikam\n"
    assert config_of(tmp_path, rows).tenants == expected


def test_what_spreadsheets_write(tmp_path: Path) -> None:
    rows = f'\ufeffname;id;product\r\n"contoso; west";{ONE};\r\n;;\r\n\r\nfabrikam;{TWO};GoToWebinar\r\n'
    config = config_of(tmp_path, rows)
    assert [(one.name, one.product) for one in config.tenants] == [
        ("contoso; west", "GoToMeeting"),
        ("fabrikam", "GoToWebinar"),
    ]


def test_tables_and_the_list_together(tmp_path: Path) -> None:
    config = config_of(tmp_path, f"name,id\nfabrikam,{TWO}\n", FLEET + TENANT)
    assert [one.name for one in config.tenants] == ["contoso", "fabrikam"]
    assert [one.credential.kind for one in config.tenants] == ["client-secret", "certificate"]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("", ["tenants.csv", "names no tenants"]),
        ("name,id\n", ["tenants.csv", "names no tenants"]),
        (f"name,tenant\ncontoso,{ONE}\n", ["column 2", "unknown name 'tenant'"]),
        (f"name,id,clent_id\ncontoso,{ONE},x\n", ["column 3", "clent_id", "'client_id'"]),
        (f"name,id,id\ncontoso,{ONE},{ONE}\n", ["two columns", "'id'"]),
        ("name\ncontoso\n", ["no column 'id'"]),
        ("name,id\ncontoso,\n", ["row 2 (contoso)", "id is missing"]),
        ("name,id\n,x\n", ["row 2", "name is missing"]),
        ("name,id\ncontoso,1234\n", ["row 2 (contoso)", "id '1234' is no tenant id"]),
        (f"name,id\ncontoso,{ONE}\nfabrikam,{TWO},global\n", ["row 3", "3 cells", "2 columns"]),
        (f"name,id,cloud\ncontoso,{ONE},usgov-dot\n", ["row 2 (contoso)", "usgov-dot", "'usgov-dod'"]),
        (f"name,id\ncontoso,{ONE}\nfabrikam,{ONE}\n", ["row 3 (fabrikam)", "two tenants have the id", "row 2"]),
        (f"name,id\ncontoso,{ONE}\nContoso,{TWO}\n", ["row 3 (Contoso)", "two tenants have the name"]),
        (f"name,id,credential.kind\ncontoso,{ONE},cert\n", ["row 2", "credential.kind 'cert'"]),
        (f"name,id,credential.env\ncontoso,{ONE},X\n", ["row 2", "credential.kind is missing"]),
        (f"name,id,audit_retention_days\ncontoso,{ONE},many\n", ["row 2", "audit_retention_days 'many'"]),
        (f"name,id,bind.a,bind.a.b\ncontoso,{ONE},x,y\n", ["row 2", "bind.a.b"]),
        (b"name,id\ncont\xffoso,x\n", ["tenants.csv", "UTF-8"]),
        ('name,id\n"contoso,x\n', ["tenants.csv", "is not CSV"]),
    ],
)
def test_every_mistake_names_its_place(tmp_path: Path, rows: str | bytes, told: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, rows)
    assert "\n" not in str(caught.value)
    for part in told:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        (FLEET.replace("tenants.csv", "customers.csv"), ["customers.csv", "cannot be read"]),
        (FLEET.replace("tenants_file", "tenant_file"), ["[fleet]", "'tenant_file'", "'tenants_file'"]),
        (FLEET.replace("certificate", "certifcate"), ["[fleet]", "certifcate", "'certificate'"]),
        (FLEET.replace(f'client_id    = "{CLIENT}"\n', ""), ["row 2 (contoso)", "client_id is missing"]),
    ],
)
def test_mistakes_of_the_fleet_s_table(tmp_path: Path, toml: str, told: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, f"name,id\ncontoso,{ONE}\n", toml)
    for part in told:
        assert part in str(caught.value)
