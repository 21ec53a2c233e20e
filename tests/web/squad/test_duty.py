"""A squad comes on duty by its phone, says that it cannot be sent, and goes off."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, text

from tests.web.phone import Line
from tests.web.squad.phone import Phone, member, order

pytestmark = pytest.mark.browser


def test_a_squad_says_what_it_does_and_others_read_it(own: Engine, phone: Phone):
    phone.sign_in(member(own, "on.duty"))
    phone.visit()
    squad = phone.page.get_by_label("Your squad")

    squad.get_by_role("button", name="Start shift").tap()
    expect(squad).to_contain_text("On duty since")
    phone.synced()
    squad.get_by_role("combobox").select_option(label="Vehicle trouble")
    expect(squad).to_contain_text("cannot be sent: Vehicle trouble")
    phone.synced()
    squad.get_by_role("button", name="Can be sent again").tap()
    expect(squad).to_contain_text("On duty since")
    phone.synced()
    squad.get_by_role("button", name="End shift").tap()
    expect(squad).to_contain_text("Off duty")
    phone.synced()

    assert noted(own) == ["begin", "vehicle", "in_service", "end"]


def test_a_shift_is_begun_and_ended_in_flight_mode_and_each_word_arrives_once(
    own: Engine, phone: Phone, line: Line
):
    order(own)
    secret = member(own, "in.flight")
    phone.sign_in(secret)
    phone.visit()
    phone.context.close()
    phone.start(offline=True).goto("/squad")
    phone.sign_in(secret)
    squad = phone.page.get_by_label("Your squad")
    warned: list[str] = []
    phone.page.on("dialog", lambda asked: (warned.append(asked.message), asked.accept()))

    squad.get_by_role("button", name="Start shift").tap()
    expect(squad).to_contain_text("On duty since")
    squad.get_by_role("combobox").select_option(label="Break")
    expect(squad).to_contain_text("cannot be sent: Break")
    squad.get_by_role("button", name="End shift").tap()
    expect(squad).to_contain_text("Off dutyTo be sent")
    assert noted(own) == []
    phone.kill()
    line.lose = lambda scope: scope["path"].endswith("/shifts") and not line.lost
    phone.start(offline=True).goto("/squad")
    phone.sign_in(secret)
    expect(phone.page.get_by_label("Your squad")).to_contain_text("Off dutyTo be sent")
    phone.context.set_offline(False)

    phone.synced()
    expect(phone.page.get_by_label("Your squad")).to_have_text("Off dutyStart shift")
    assert (line.lost, noted(own)) == (1, ["begin", "break", "end"])
    assert ["orders in hand: 1." in one for one in warned] == [True]


def noted(own: Engine) -> list[str]:
    said = text("SELECT said FROM duty_events WHERE squad_code = 'S1' ORDER BY happened_at")
    with own.begin() as connection:
        return list(connection.execute(said).scalars())


@pytest.fixture(autouse=True)
def no_shifts(own: Engine, line: Line) -> None:
    line.mend()
    with own.begin() as connection:
        for table in ("duty_events", "shifts"):
            connection.execute(text(f"DELETE FROM {table}"))
