"""Taking people on, giving and taking powers, signing in and out."""

from layers.people.actions.importing import PEOPLE_FIELDS, import_people
from layers.people.actions.keeping import (
    add_person,
    disable,
    enable,
    grant,
    issue_codes,
    revoke,
    set_password,
)
from layers.people.actions.signing import (
    Attempt,
    admit,
    end_all_sessions,
    end_token,
    issue_token,
    sign_in,
    sign_out,
    tidy,
    touch,
)

__all__ = [
    "PEOPLE_FIELDS",
    "Attempt",
    "add_person",
    "admit",
    "disable",
    "enable",
    "end_all_sessions",
    "end_token",
    "grant",
    "import_people",
    "issue_codes",
    "issue_token",
    "revoke",
    "set_password",
    "sign_in",
    "sign_out",
    "tidy",
    "touch",
]
