"""Running the migrations. Alembic is imported here alone, since it is needed only when the schema moves."""

from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def scripts() -> ScriptDirectory:
    """The migrations that ship with the package."""
    config = Config()
    config.set_main_option("script_location", "auditor.store:migrations")
    return ScriptDirectory.from_config(config)


def upgrade(connection: Connection, target: str) -> None:
    """Run every migration up to ``target`` in the transaction that ``connection`` is in: all of them, or none."""
    directory = scripts()

    def steps(revision: Any, _: Any) -> Any:
        return directory._upgrade_revs(target, revision)

    with EnvironmentContext(Config(), directory, fn=steps, destination_rev=target) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
