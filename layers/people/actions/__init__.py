"""Taking people on, giving and taking powers, signing in and out."""

from layers.people.actions.ending import CHANNEL
from layers.people.actions.forgetting import forget_names, forget_sessions, forget_sign_ins
from layers.people.actions.importing import PEOPLE_FIELDS, import_people
from layers.people.actions.keeping import (
    add_person,
    disable,
    enable,
    issue_codes,
    rename,
    set_password,
)
from layers.people.actions.powers import grant, revoke, transfer
from layers.people.actions.reading import (
    list_tokens,
    list_waiting,
    look_at,
    look_through,
    suggest,
)
from layers.people.actions.signing import (
    Attempt,
    admit,
    end_all_sessions,
    end_session,
    end_token,
    issue_token,
    sign_in,
    sign_out,
    touch,
)

__all__ = [
    "CHANNEL",
    "PEOPLE_FIELDS",
    "Attempt",
    "add_person",
    "admit",
    "disable",
    "enable",
    "end_all_sessions",
    "end_session",
    "end_token",
    "forget_names",
    "forget_sessions",
    "forget_sign_ins",
    "grant",
    "import_people",
    "issue_codes",
    "issue_token",
    "list_tokens",
    "list_waiting",
    "look_at",
    "look_through",
    "rename",
    "revoke",
    "set_password",
    "sign_in",
    "sign_out",
    "suggest",
    "touch",
    "transfer",
]
