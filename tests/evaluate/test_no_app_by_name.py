"""What is special about an app stands in its pack: no code of these rooms names one."""

from pathlib import Path

from tests.rules.examples import pack

ROOMS = [Path(__file__).parents[2] / "auditor" / room for room in ("evaluate", "rulepack", "model", "drift", "graph")]


def test_no_room_names_an_app() -> None:
    app = pack().app
    hosts = [value["host"] for value in app.known_values]
    words = {app.display_name, *app.products, "logmeininc", *hosts}
    for room in ROOMS:
        for path in room.rglob("*.py"):
            text = path.read_text(encoding="utf-8").casefold()
            assert not [word for word in words if word.casefold() in text], path
