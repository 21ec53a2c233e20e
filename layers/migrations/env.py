"""Alembic's way in: every table of the bureau, and GeoAlchemy2's care for spatial columns."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, pool

from layers.bureau import tables as _bureau  # noqa: F401  (brings the tables below it)
from layers.db import Table
from layers.holidays import tables as _holidays  # noqa: F401
from layers.hotspots import tables as _hotspots  # noqa: F401
from layers.incidents import tables as _incidents  # noqa: F401
from layers.journal import tables as _journal  # noqa: F401
from layers.keys import tables as _keys  # noqa: F401
from layers.people import tables as _people  # noqa: F401
from layers.places import tables as _places  # noqa: F401
from layers.plans import tables as _plans  # noqa: F401
from layers.queue import tables as _queue  # noqa: F401
from layers.reporters import tables as _reporters  # noqa: F401
from layers.retention import tables as _retention  # noqa: F401
from layers.rivers import tables as _rivers  # noqa: F401
from layers.roads import tables as _roads  # noqa: F401
from layers.squads import tables as _squads  # noqa: F401
from layers.units import tables as _units  # noqa: F401


def run() -> None:
    url = context.config.attributes["url"].replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            include_object=alembic_helpers.include_object,
            process_revision_directives=alembic_helpers.writer,
            render_item=alembic_helpers.render_item,
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
