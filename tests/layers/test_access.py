"""How far a power reaches: no further than the area of the role that gives it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.access import Actor, Verb, actor_of, holds, may, nobody
from layers.errors import Forbidden
from layers.roles import BUREAU, VERBS, Area, AreaKind, Grant, Role
from tests.cast import EAST, WEST

TODAY = date(2026, 11, 16)
TOWNSHIPS = ("A", "B", "C", "D")


def held(role: Role, *townships: str) -> list[Grant]:
    """A role in each of these townships; in the whole bureau without any."""
    areas = [Area(AreaKind.TOWNSHIP, code) for code in townships] or [BUREAU]
    return [Grant(role, area, TODAY) for area in areas]


def test_a_verb_reaches_the_areas_of_its_own_role_while_all_areas_are_seen():
    actor = actor_of("p", held(Role.PLANNER, WEST) + held(Role.LEADER, EAST), TODAY)

    assert actor.townships == {WEST, EAST}
    assert actor.reach(Verb.PLAN) == {WEST}
    assert actor.reach(Verb.APPROVE) == {EAST}
    assert actor.reach(Verb.IMPORT) == frozenset()


def test_who_sees_the_whole_bureau_plans_only_where_the_planner_was_put():
    actor = actor_of("p", held(Role.PLANNER, WEST) + held(Role.AUDITOR), TODAY)

    assert actor.townships is None
    assert (actor.reach(Verb.AUDIT), actor.reach(Verb.PLAN)) == (None, {WEST})
    may(actor, Verb.AUDIT)
    with pytest.raises(Forbidden, match="may_not_there"):
        may(actor, Verb.PLAN)


def test_of_one_role_held_twice_the_wider_area_counts():
    actor = actor_of("p", held(Role.PLANNER, WEST) + held(Role.PLANNER), TODAY)

    assert actor == Actor("p", VERBS[Role.PLANNER])


@pytest.mark.parametrize(
    ("townships", "refusal"),
    [
        ([WEST], None),
        ([WEST, WEST], None),
        ([EAST], "may_not_there"),
        ([WEST, EAST], "may_not_there"),
        ([None], "may_not_there"),
        ([WEST, None], "may_not_there"),
        (None, "may_not_there"),
    ],
)
def test_a_power_over_a_township_is_none_over_others_the_pool_or_the_bureau(townships, refusal):
    actor = actor_of("p", held(Role.PLANNER, WEST), TODAY)

    assert holds(actor, Verb.PLAN, townships) is (refusal is None)
    if refusal is not None:
        with pytest.raises(Forbidden) as refused:
            may(actor, Verb.PLAN, townships)
        assert (refused.value.code, refused.value.values) == (refusal, {"verb": Verb.PLAN})


@pytest.mark.parametrize("townships", [None, [], [WEST], [None]])
def test_a_verb_that_is_not_held_is_refused_as_such_everywhere(townships):
    for actor in (nobody("p"), Actor("p", frozenset()), actor_of("p", held(Role.LEADER), TODAY)):
        with pytest.raises(Forbidden) as refused:
            may(actor, Verb.PLAN, townships)
        assert refused.value.code == "may_not"


def test_a_power_over_the_bureau_is_one_over_each_part_of_it():
    actor = actor_of("p", held(Role.PLANNER), TODAY)

    assert all(holds(actor, Verb.PLAN, some) for some in (None, [], [WEST], [EAST, None]))


def test_a_token_with_fewer_verbs_reaches_no_further_than_its_person():
    person = actor_of("p", held(Role.PLANNER, WEST) + held(Role.AUDITOR), TODAY)
    token = replace(person, verbs=person.verbs & {Verb.PLAN})

    assert token.reach(Verb.PLAN) == {WEST}
    assert token.reach(Verb.AUDIT) == frozenset()


def test_an_actor_can_be_a_key():
    grants = held(Role.PLANNER, WEST) + held(Role.AUDITOR)

    assert {actor_of("p", grants, TODAY): 1}[actor_of("p", grants, TODAY)] == 1


some = st.lists(
    st.tuples(
        st.sampled_from([*Role]),
        st.one_of(
            st.just(BUREAU),
            st.builds(Area, st.sampled_from([*AreaKind][1:]), st.sampled_from(TOWNSHIPS)),
        ),
    ),
    max_size=6,
)


@given(some, st.sampled_from([*Verb]), st.sets(st.sampled_from(TOWNSHIPS)))
def test_a_verb_may_be_used_exactly_where_each_township_has_a_grant_of_it(powers, verb, wanted):
    actor = actor_of("p", [Grant(role, area, TODAY) for role, area in powers], TODAY)

    areas = [area for role, area in powers if verb in VERBS[role]]
    there = {area.code for area in areas if area.kind is AreaKind.TOWNSHIP}
    assert holds(actor, verb) is (BUREAU in areas)
    assert holds(actor, verb, wanted) is (bool(areas) and (BUREAU in areas or wanted <= there))
