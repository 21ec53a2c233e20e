"""The few ways to refuse. Each carries a code and values; the doors turn them into words."""


class Refused(Exception):
    """Something the caller can act upon.

    `code` is stable and names an entry `problem.<code>` of the catalogue; `values` fill its gaps.
    """

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.values.items())
        return f"{self.code} ({given})" if given else self.code


class NotFound(Refused):
    """It is not there, or not for this actor: the two are never told apart."""


class Conflict(Refused):
    """The present state does not allow it."""


class Forbidden(Refused):
    """The actor may not do it."""


class Invalid(Refused):
    """What was sent cannot be understood or kept."""


class Unrecognised(Refused):
    """Nobody can tell who asks."""


class TooSoon(Refused):
    """It may be tried again after `seconds`."""


class Unready(Refused):
    """Something that belongs to this installation is missing or does not fit."""
