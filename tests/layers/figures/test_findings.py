"""What is said of the figures in sentences."""

from layers.figures import rules


def group(key: str | None, due: int, in_time: int, minutes: tuple[float, float] | None = None):
    empty = {
        code: rules.Cell(figure, dict.fromkeys(figure.parts, 0))
        for code, figure in rules.CATALOGUE.items()
    }
    cells = empty | {
        "on_time": rules.Cell(rules.figure("on_time"), {"denominator": due, "numerator": in_time}),
        "arrive_order": rules.Cell(rules.figure("arrive_order"), {"denominator": due},
                                   *(minutes or (None, None))),
    }  # fmt: skip
    return rules.Group(key, key, key, cells)


def test_the_findings_tell_the_trend_where_least_is_in_time_and_how_soon_squads_arrive():
    townships = [group("a", 20, 18), group("b", 20, 10), group("few", 2, 0), group(None, 20, 0)]

    told = rules.findings(group(None, 42, 28, (12.4, 41)), group(None, 10, 5), townships)

    assert [(one.code, dict(one.values)) for one in told] == [
        ("on_time_up", {"share": 66.7, "due": 42, "points": 16.7}),
        ("last", {"least": 10, "last": "b", "first": "a", "low": 50.0, "high": 90.0}),
        ("arrive_beyond", {"median": 12, "p90": 41, "cases": 42}),
    ]


def test_of_a_few_arrivals_they_say_nothing():
    few, enough = (rules.findings(group(None, cases, cases, (9, 20)), group(None, 0, 0), [])
                   for cases in (rules.FEW - 1, rules.FEW))  # fmt: skip

    assert [one.code for one in few] == ["on_time"]
    assert [one.code for one in enough] == ["on_time", "arrive_within"]


def test_where_nothing_was_due_they_say_so():
    told = rules.findings(group(None, 0, 0), group(None, 3, 3), [group("a", 0, 0)])

    assert [one.code for one in told] == ["nothing_due"]
