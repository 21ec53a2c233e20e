"""Making one row of each count again, of those that were added to."""

from sqlalchemy import Connection, text


def fold(connection: Connection) -> int:
    """Sum what was added to the counts since they were last folded; how many rows that makes. The
    worker's, says the wall.

    What two do at once is right too: each row goes into the one sum that took it away.
    """
    return int(connection.execute(FOLD).rowcount)


KEY = "level, x, y, cell, township, state"
FOLD = text(f"""
    WITH added AS (SELECT DISTINCT {KEY} FROM incident_counts WHERE NOT folded),
    gone AS (
        DELETE FROM incident_counts AS c USING added AS a
        WHERE (c.level, c.x, c.y, c.cell, c.township, c.state)
            = (a.level, a.x, a.y, a.cell, a.township, a.state) RETURNING c.*)
    INSERT INTO incident_counts ({KEY}, n, lon, lat, folded)
    SELECT {KEY}, sum(n), sum(lon), sum(lat), true FROM gone
    GROUP BY {KEY} HAVING (sum(n), sum(lon), sum(lat)) <> (0, 0, 0) ORDER BY {KEY}
""")
