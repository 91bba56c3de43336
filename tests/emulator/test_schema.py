"""The emulator's schema against Microsoft's published metadata, both ways."""

import gzip
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import IO

import pytest

from auditor.emulator import schema
from auditor.emulator.odata.capabilities import FILTERS, ORDERS
from auditor.emulator.relations import RELATIONS

GRAPH = Path(__file__).parents[2].parent / "shared" / "data" / "graph"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"

pytestmark = pytest.mark.skipif(not GRAPH.is_dir(), reason="Microsoft's metadata is not beside the repository")

Declared = dict[str, tuple[str | None, dict[str, str]]]


def declared(stream: IO[bytes]) -> tuple[Declared, dict[str, tuple[str, ...]], dict[str, set[str]]]:
    types: Declared = {}
    enums: dict[str, tuple[str, ...]] = {}
    navigation: dict[str, set[str]] = {}
    for space in ElementTree.parse(stream).getroot().iter(f"{EDM}Schema"):  # noqa: S314 - a file of known origin
        if space.get("Namespace") != "microsoft.graph":
            continue
        for element in space:
            name = element.get("Name", "")
            if element.tag in (f"{EDM}EntityType", f"{EDM}ComplexType"):
                base = (element.get("BaseType") or "").removeprefix("graph.").removeprefix("microsoft.graph.") or None
                types[name] = (base, {p.get("Name", ""): spelled(p) for p in element.findall(f"{EDM}Property")})
                navigation[name] = {p.get("Name", "") for p in element.findall(f"{EDM}NavigationProperty")}
            elif element.tag == f"{EDM}EnumType":
                enums[name] = tuple(m.get("Name", "") for m in element.findall(f"{EDM}Member"))
    return types, enums, navigation


def spelled(prop: ElementTree.Element) -> str:
    kind = prop.get("Type", "")
    collection = kind.startswith("Collection(")
    kind = kind.removeprefix("Collection(").removesuffix(")")
    for prefix in ("Edm.", "microsoft.graph.", "graph."):
        kind = kind.removeprefix(prefix)
    return kind + ("[]" if collection else "") + ("!" if prop.get("Nullable") == "false" else "")


def ours(prop: schema.Property) -> str:
    return prop.type + ("[]" if prop.collection else "") + ("" if prop.nullable else "!")


@pytest.fixture(scope="module")
def subset() -> tuple[Declared, dict[str, tuple[str, ...]], dict[str, set[str]]]:
    with (GRAPH / "v1.0-subset.csdl").open("rb") as stream:
        return declared(stream)


@pytest.fixture(scope="module")
def whole() -> Declared:
    with gzip.open(GRAPH / "v1.0-Prod.csdl.gz") as stream:
        return declared(stream)[0]  # type: ignore[arg-type]  # a gzip file reads as any other


def inherited(types: Declared, name: str) -> dict[str, str]:
    base, own = types[name]
    return (inherited(types, base) if base else {}) | own


def test_every_property_known_is_in_the_metadata_with_its_type(
    subset: tuple[Declared, dict[str, tuple[str, ...]], dict[str, set[str]]], whole: Declared
) -> None:
    types = subset[0]
    cut_out = {"user", "group"}  # the subset leaves properties of these out; the whole metadata has them
    for name, known in schema.TYPES.items():
        published = inherited(types, name) | (inherited(whole, name) if name in cut_out else {})
        assert {p.name: ours(p) for p in known.properties.values()}.items() <= published.items(), name


def test_every_property_of_a_served_type_is_known(
    subset: tuple[Declared, dict[str, tuple[str, ...]], dict[str, set[str]]],
) -> None:
    types = subset[0]
    for name, known in schema.TYPES.items():
        assert set(inherited(types, name)) <= set(known.properties), name


def test_bases_and_enumerations_agree(
    subset: tuple[Declared, dict[str, tuple[str, ...]], dict[str, set[str]]],
) -> None:
    types, enums, _ = subset
    for name, known in schema.TYPES.items():
        assert known.base == types[name][0]
    for name, members in schema.ENUMS.items():
        assert members == enums[name]


def test_relationships_are_navigation_properties(
    subset: tuple[Declared, dict[str, tuple[str, ...]], dict[str, set[str]]],
) -> None:
    for name, relations in RELATIONS.items():
        if name.endswith("Policy"):
            continue  # appliesTo of policies is cut out of the subset, and stands in its OpenAPI form
        assert set(relations) <= subset[2][name]


def test_what_is_filtered_or_ordered_by_exists() -> None:
    for name, paths in [*FILTERS.items(), *ORDERS.items()]:
        for path in paths:
            current = name
            for step in path.split("/"):
                if step == "any":
                    continue
                kinds = schema.DIRECTORY_OBJECTS if current == "directoryObject" else (current,)
                found = next((p for kind in kinds if (p := schema.property_of(kind, step))), None)
                assert found is not None, (name, path)
                current = found.type


def test_every_type_that_a_property_names_is_known() -> None:
    for known in schema.TYPES.values():
        for prop in known.properties.values():
            assert prop.type in schema.PRIMITIVES | schema.TYPES.keys() | schema.ENUMS.keys(), (known.name, prop)
