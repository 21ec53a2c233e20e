"""Alembic's way in: every table of the bureau, and GeoAlchemy2's care for spatial columns."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, pool

import layers
from layers.db import Table

for folder in iter_modules(layers.__path__):  # a slice that is forgotten would lose its tables
    if folder.ispkg and find_spec(f"layers.{folder.name}.tables"):
        import_module(f"layers.{folder.name}.tables")


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
