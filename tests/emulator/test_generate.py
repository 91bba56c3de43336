"""Made-up tenants: deterministic, healthy unless asked otherwise, and light."""

from auditor.emulator import Emulator
from auditor.emulator.generate import tenant, tenants
from tests.emulator.conftest import NOW, Caller


def test_number_and_seed_give_the_tenant() -> None:
    first, second = tenants(3), tenants(3)
    assert [one.id for one in first] == [one.id for one in second]
    assert first[1].service_principals.all() == second[1].service_principals.all()
    assert tenant(1, seed=1).id != tenant(1).id
    assert len({one.id for one in tenants(200)}) == 200


def test_certificates_are_shared() -> None:
    made = tenants(9)
    keys = [
        one.service_principals.by("displayName", "GoToMeeting")[0]["keyCredentials"][0]["customKeyIdentifier"]
        for one in made
    ]
    assert len(set(keys)) == 3


def test_a_share_drifts() -> None:
    made = tenants(200, drifted=0.25)
    astray = [one for one in made if len(one.applications.all()[0]["web"]["redirectUris"]) > 1]
    assert 20 < len(astray) < 80
    assert not [one for one in tenants(50) if len(one.applications.all()[0]["web"]["redirectUris"]) > 1]


def test_many_assignments_and_many_others_are_served() -> None:
    made = tenant(0, assignments=2500, service_principals=300)
    with Emulator([made], now=lambda: NOW) as emulator, Caller(emulator, made.name) as caller:
        (principal,) = caller.value("/servicePrincipals?$filter=displayName eq 'GoToMeeting'&$select=id")
        path = f"/servicePrincipals/{principal['id']}/appRoleAssignedTo?$top=999"
        rows = [one for page in caller.pages(path) for one in page["value"]]
        assert len({one["id"] for one in rows}) == 2500
        assert caller(f"/users/{rows[-1]['principalId']}").json()["displayName"] == rows[-1]["principalDisplayName"]
        assert caller.eventual("/servicePrincipals/$count").text == "303"
