"""Keeping who reported, for those who bring a report and may not read such things themselves."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import Connection

from api import keys
from api.circumstances import Circumstances
from layers.access import Verb, acting
from layers.reporters import actions
from layers.reporters.rules import Contact, Wishes


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
