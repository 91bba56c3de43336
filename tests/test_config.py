"""The configuration file: every mistake is one line that names what and where."""

from pathlib import Path

import pytest

from auditor.config import load
from auditor.errors import ConfigError

TENANT = """
[[tenants]]
name = "contoso"
id = "11111111-1111-1111-1111-111111111111"
client_id = "22222222-2222-2222-2222-222222222222"
credential = { kind = "client-secret", env = "CONTOSO_SECRET" }
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "auditor.toml"
    path.write_text(text, encoding="utf-8")
    return path


def error(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(write(folder, text))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_smallest_file_and_its_defaults(tmp_path: Path) -> None:
    config = load(write(tmp_path, TENANT))
    assert config.packs == ("gotomeeting",)
    assert config.store == f"sqlite:///{tmp_path / 'auditor.db'}"
    assert config.out == tmp_path / "reports"
    assert (config.max_concurrency, config.budget_s, config.fail_on) == (64, 300.0, "low")
    assert config.tenants[0].cloud.graph == "https://graph.microsoft.com"


def test_every_key_of_the_reference(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("x")
    config = load(
        write(
            tmp_path,
            """
[defaults]
packs = ["gotomeeting", "own/pack.yaml"]
rules = "rules"
store = "postgresql+psycopg://auditor@localhost/history"
out = "out"
max_concurrency = 8
budget_s = 12.5
fail_on = "high"
format = ["json", "html"]
skip = ["GTM-SES-001"]
waivers = "waivers.yaml"
audit_retention_days = 14

[clouds.lab]
graph = "http://127.0.0.1:8080/"
authority = "https://127.0.0.1:8443"
ca_file = "ca.pem"
audience = "https://graph.example"

[[tenants]]
name = "contoso"
id = "11111111-1111-1111-1111-111111111111"
cloud = "lab"
client_id = "22222222-2222-2222-2222-222222222222"
credential = { kind = "certificate", path = "auditor.pem", password_env = "PEM_PASSWORD" }
product = "GoToMeeting"
skip = ["SAML-OWN-001"]
audit_retention_days = 7
""",
        )
    )
    (tenant,) = config.tenants
    assert config.packs == ("gotomeeting", str(tmp_path / "own/pack.yaml"))
    assert config.waivers == tmp_path / "waivers.yaml"
    assert config.formats == ("json", "html")
    assert tenant.cloud.graph == "http://127.0.0.1:8080"
    assert tenant.cloud.scope == "https://graph.example/.default"
    assert tenant.cloud.ca_file == str(tmp_path / "ca.pem")
    assert tenant.credential.path == str(tmp_path / "auditor.pem")
    assert (tenant.product, tenant.skip, tenant.audit_retention_days) == ("GoToMeeting", ("SAML-OWN-001",), 7)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.toml: there is no such file"):
        load(tmp_path / "missing.toml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    assert "line 2" in error(tmp_path, "[defaults]\nstore = \n" + TENANT)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "auditor.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[default]\n" + TENANT, ["the file", "'default'", "Did you mean 'defaults'?"]),
        ('[defaults]\nstor = "x"\n' + TENANT, ["[defaults]", "'stor'", "Did you mean 'store'?"]),
        ("[defaults]\nmax_concurrency = 0\n" + TENANT, ["[defaults]", "max_concurrency", "at least 1"]),
        ("[defaults]\nmax_concurrency = true\n" + TENANT, ["[defaults]", "max_concurrency", "number"]),
        ("[defaults]\nbudget_s = nan\n" + TENANT, ["[defaults]", "budget_s"]),
        ('[defaults]\nfail_on = "hihg"\n' + TENANT, ["[defaults]", "Did you mean 'high'?"]),
        ('[defaults]\nformat = ["pfd"]\n' + TENANT, ["[defaults]", "'pfd'", "Did you mean 'pdf'?"]),
        ('[defaults]\nstore = "mysql://x"\n' + TENANT, ["[defaults]", "store"]),
        ('[clouds.global]\ngraph = "https://x"\n' + TENANT, ["[clouds.global]", "built in"]),
        ('[clouds.lab]\ngraph = "http://10.0.0.1"\n' + TENANT, ["[clouds.lab]", "graph", "loopback"]),
        ('[clouds.lab]\ngraph = "https://x/v1.0"\n' + TENANT, ["[clouds.lab]", "graph", "no path"]),
        ('[clouds.lab]\ngraph = "https://x"\nauthority = "http://127.0.0.1"\n' + TENANT, ["authority", "https"]),
        ('[clouds.lab]\ngraph = "https://x"\nca_file = "no.pem"\n' + TENANT, ["[clouds.lab]", "no.pem"]),
        ('[clouds.lab]\ngrap = "https://x"\n' + TENANT, ["[clouds.lab]", "'grap'", "Did you mean 'graph'?"]),
        ('[clouds.lab]\nauthority = "https://x"\n' + TENANT, ["[clouds.lab]", "graph is missing"]),
        ("", ["no tenants"]),
        ("tenants = 5\n", ["tenants"]),
        (TENANT.replace("11111111-1111-1111-1111-111111111111", "contoso"), ["number 1 (contoso)", "GUID"]),
        (TENANT + 'prodcut = "GoToMeeting"\n', ["number 1 (contoso)", "'prodcut'", "Did you mean 'product'?"]),
        (TENANT + 'cloud = "golbal"\n', ["(contoso)", "Did you mean 'global'?"]),
        (TENANT.replace("client-secret", "secret"), ["credential.kind 'secret'", "client-secret"]),
        (TENANT.replace("env =", "evn ="), ["credential", "'evn'", "Did you mean 'env'?"]),
        (TENANT.replace(', env = "CONTOSO_SECRET"', ""), ["credential.env is missing"]),
        (TENANT.replace('client_id = "22222222-2222-2222-2222-222222222222"\n', ""), ["client_id is missing"]),
        (TENANT + TENANT, ["two tenants", "name"]),
        (TENANT + TENANT.replace('"contoso"', '"fabrikam"'), ["two tenants", "id"]),
    ],
)
def test_each_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: list[str]) -> None:
    message = error(tmp_path, text)
    for part in told:
        assert part in message


def test_a_secret_in_the_file_is_no_valid_key_and_is_not_repeated(tmp_path: Path) -> None:
    message = error(tmp_path, TENANT.replace('env = "CONTOSO_SECRET"', 'secret = "hunter2-canary"'))
    assert "'secret'" in message
    assert "canary" not in message


def test_only_access_tokens_do_without_a_place_to_sign_in(tmp_path: Path) -> None:
    lab = '[clouds.lab]\ngraph = "http://127.0.0.1:1"\n'
    tenant = TENANT + 'cloud = "lab"\n'
    assert "no authority" in error(tmp_path, lab + tenant)
    token = tenant.replace("client-secret", "access-token").replace(
        'client_id = "22222222-2222-2222-2222-222222222222"\n', ""
    )
    assert load(write(tmp_path, lab + token)).tenants[0].cloud.authority is None
