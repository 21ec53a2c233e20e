from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, text

from api import cluster as clusters
from layers import db, migrations
from tests.conftest import fresh_database


@pytest.fixture
def own(cluster: clusters.Cluster) -> Iterator[tuple[str, Engine]]:
    url = fresh_database(cluster, "test_migrations")
    engine = db.connect(url)
    yield url, engine
    engine.dispose()


def test_tables_and_migrations_agree(url: str):
    migrations.check(url)


def test_the_schema_goes_down_to_base_and_up_again(own: tuple[str, Engine]):
    url, engine = own

    migrations.upgrade(url)
    before = set(inspect(engine).get_table_names())
    migrations.downgrade(url)
    bare = set(inspect(engine).get_table_names())
    migrations.upgrade(url)

    assert bare == {"alembic_version", "spatial_ref_sys"}
    assert set(inspect(engine).get_table_names()) == before
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM incidents")).scalar_one() == 0
