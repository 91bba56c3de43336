"""``[[notify]]``, ``[metrics]`` and ``[healthcheck]``: read, and refused with file, table and key."""

from pathlib import Path

import pytest

from auditor.channels import Channel, Healthcheck
from auditor.config import Config, load
from auditor.errors import ConfigError
from auditor.model.notice import NoticeKind
from auditor.model.rule import Severity
from auditor.notify import Wanted

TENANT = """
[[tenants]]
name = "contoso"
id = "11111111-1111-1111-1111-111111111111"
credential = { kind = "managed-identity" }
"""


def read(folder: Path, text: str) -> Config:
    (folder / "auditor.toml").write_text(text + TENANT, "utf-8")
    return load(folder / "auditor.toml")


def test_nobody_is_told_unless_somebody_is_named(tmp_path: Path) -> None:
    config = read(tmp_path, "")
    assert (config.notify, config.metrics, config.healthcheck) == ((), None, None)


def test_what_is_left_out_and_what_is_said(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """
[[notify]]
url_env = "A"
[[notify]]
url_env = "B"
on = ["unreadable", "certificates"]
min_severity = "high"
[metrics]
textfile = "metrics/auditor.prom"
[healthcheck]
url_env = "C"
success = [0]
""",
    )
    assert config.notify == (
        Channel("A", Wanted(tuple(NoticeKind), Severity.LOW)),
        Channel("B", Wanted((NoticeKind.CERTIFICATE, NoticeKind.UNREADABLE), Severity.HIGH)),
    )
    assert config.metrics == tmp_path / "metrics" / "auditor.prom"
    assert config.healthcheck == Healthcheck("C", (0,))
    assert read(tmp_path, '[healthcheck]\nurl_env = "C"').healthcheck == Healthcheck("C", (0, 1, 3))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[notify]]", "[[notify]] number 1: url_env is missing"),
        ('[[notify]]\nurl = "x"', "Did you mean 'url_env'?"),
        ('[[notify]]\nurl_env = "A"\n[[notify]]\nurl_env = "A"', "number 2: url_env A is another channel's"),
        ('[[notify]]\nurl_env = "A"\non = ["failure"]', "Did you mean 'failures'?"),
        ('[[notify]]\nurl_env = "A"\non = []', "on is empty"),
        ('[[notify]]\nurl_env = "A"\nmin_severity = "hihg"', "Did you mean 'high'?"),
        ('[notify]\nurl_env = "A"', "write [[notify]]"),
        ("[metrics]", "textfile is missing"),
        ('[metrics]\ntextfile = "auditor.txt"', "must end in .prom"),
        ('[healthcheck]\nurl_env = "A"\nsuccess = []', "exit codes from 0 to 4"),
        ('[healthcheck]\nurl_env = "A"\nsuccess = [5]', "exit codes from 0 to 4"),
        ('[healthcheck]\nurl_env = "A"\nsuccess = [true]', "exit codes from 0 to 4"),
    ],
)
def test_what_cannot_be_meant(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert told in str(caught.value)
    assert "auditor.toml" in str(caught.value)


@pytest.mark.parametrize("table", ["[[notify]]", "[healthcheck]"])
def test_an_address_in_the_file_is_refused_and_not_told_again(tmp_path: Path, table: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, f'{table}\nurl_env = "slack://canary-token/x"')
    assert "not the address itself" in str(caught.value)
    assert "canary" not in str(caught.value)
