import pytest
from pydantic import ValidationError

from api.settings import Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("timezone", "Mars/Phobos"), ("language", "fr"), ("database_url", "nonsense")],
)
def test_a_setting_that_makes_no_sense_is_named(name: str, value: str):
    with pytest.raises(ValidationError) as refusal:
        Settings(**{name: value})

    assert [error["loc"] for error in refusal.value.errors()] == [(name,)]


def test_both_spellings_of_a_database_address_are_one():
    assert Settings(database_url="postgres://u@h/d").database_url == "postgresql://u@h/d"
