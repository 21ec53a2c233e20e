"""Reports of those who bring them from elsewhere: whether their place can be meant, and who
reported, which the sender may not read."""

from dataclasses import replace
from uuid import UUID

import numpy as np
from sqlalchemy import Connection

from api import keys
from api.circumstances import Circumstances
from layers.access import Verb, acting
from layers.errors import Invalid
from layers.files.places import far_from
from layers.grids.queries import extent
from layers.places import queries as places
from layers.reporters import actions
from layers.reporters.rules import Contact, Wishes
from layers.roads import queries as roads

BESIDE_M = 100.0
"""So far from the point of a named place is still at it."""


def check_near(connection: Connection, place: tuple[float, float], around: Circumstances) -> None:
    """Raise where nobody in this bureau could go; all that is known of its area counts, however
    little of it the sender sees.

    For programs, whose people are told at once. A phone is never refused for its place.
    """
    sender = around.actor
    seeing = replace(sender, townships=None)
    acting(connection, seeing)
    area = extent(connection, seeing)
    acting(connection, sender)
    if area is not None and far_from(np.array([place]), np.array(area)).any():
        raise Invalid("place_far_away", lon=place[0], lat=place[1])


def point_of_words(connection: Connection, address: str) -> tuple[float, float, float]:
    """Where an address lies that came without a position, by the place or else the road that it
    names, and how far that may be off."""
    if (place := places.point_named(connection, address)) is not None:
        return (*place, BESIDE_M)
    if (road := roads.point_named(connection, address)) is not None:
        return road
    raise Invalid("address_unknown")


def keep_reporter(
    connection: Connection, incident_id: UUID, contact: Contact, around: Circumstances
) -> None:
    """Seal who reported a case, in the name of whoever brought it; nothing where nobody is named.

    For this one writing the sender holds the power over contacts, wherever the case may lie.
    """
    if not contact.given():
        return
    sender, at = around.actor, around.at
    keeper = replace(sender, verbs=sender.verbs | {Verb.CONTACT}, townships=None, narrower={})
    acting(connection, keeper)
    ring = keys.ring(connection, around.settings, actor=keeper, at=at)
    actions.keep(connection, incident_id, contact, Wishes(), ring=ring, actor=keeper, at=at)
    acting(connection, sender)
