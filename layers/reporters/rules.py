"""What is kept of who reported, and the one form of a phone number or e-mail address. Pure."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from layers.errors import Invalid

PHONE, EMAIL = "phone", "email"
OURS = "86"
"""The country of numbers that name none."""
SHORTEST, LONGEST = 9, 15  # digits with the country's; E.164 ends at 15
NATIONAL = re.compile(r"(?:86)?(1[3-9]\d{9}|0\d{9,11})")
"""A mobile number, or a fixed one with its area code."""
EXTENSION = re.compile(r"(转|分机|ext\.?|x|#).*$|(?<=\d{7})-\d{1,6}$", re.IGNORECASE)
APART = re.compile(r"[,;、/|\n]|或")


FIELDS = ("name", "phone", "email", "address")


@dataclass(frozen=True)
class Contact:
    """Who reported and how they are reached. Never part of a text: its repr shows nothing."""

    name: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)

    def given(self) -> dict[str, str]:
        """The fields in which something stands."""
        fields = ((name, getattr(self, name)) for name in FIELDS)
        return {name: text.strip() for name, text in fields if text and text.strip()}

    def marked(self) -> set[tuple[str, str]]:
        """(kind, one form) of all that this contact is found by."""
        phones = {(PHONE, number) for number in _several(self.phone, normal_phone)}
        return phones | {(EMAIL, address) for address in _several(self.email, normal_email)}


@dataclass(frozen=True)
class Wishes:
    """What goes with a contact. `kept_until`: not to be removed before, say for a lawsuit."""

    callback: bool | None = None
    kept_until: date | None = None


def wanted(phone: str | None, email: str | None) -> tuple[str, str]:
    """The one number or address that somebody is looked up by: its kind and one form."""
    if (phone is None) == (email is None):
        raise Invalid("phone_or_email")
    found = normal_phone(phone or "") if email is None else normal_email(email)
    if found is None:
        raise Invalid("no_phone_or_email")
    return (PHONE if email is None else EMAIL), found


def normal_phone(typed: str) -> str | None:
    """Digits with the country's first, however it was typed; None where it is no phone number.

    138 0000 1111, +86-138-0000-1111, 008613800001111 and full-width digits are the same number;
    so are (0579)8731 1234 and +86 579 87311234. An extension is left out.
    """
    text = EXTENSION.sub("", unicodedata.normalize("NFKC", typed).strip(" ("))
    digits = re.sub(r"\D", "", text, flags=re.ASCII)
    if text.startswith(("+", "00")):
        found = digits.removeprefix("00")
    else:
        national = NATIONAL.fullmatch(digits)
        found = OURS + (national[1] if national else digits)
    if found.startswith(OURS):
        found = OURS + found.removeprefix(OURS).removeprefix("0")
    return found if SHORTEST <= len(found) <= LONGEST else None


def normal_email(typed: str) -> str | None:
    """Lower case, half-width; None where it is no address."""
    text = unicodedata.normalize("NFKC", typed).strip().casefold()
    return text if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) else None


def _several(typed: str | None, normal: Callable[[str], str | None]) -> Iterator[str]:
    """Two numbers may stand in one field, with signs or only a space between them."""
    for part in APART.split(unicodedata.normalize("NFKC", typed or "")):
        whole = normal(part)
        forms = [whole] if whole is not None else map(normal, part.split())
        yield from (form for form in forms if form is not None)
