"""The ticket that a report needs, the key that signs it, and how much an address may send."""

import os
from datetime import timedelta

import pytest

from api import tickets
from api.residents import REPORTING
from layers.errors import Invalid, Unready
from tests.api.residents.resident import REPORTS, code, incidents


def test_one_ticket_brings_one_report(sent, ticket, connection):
    one = ticket()

    assert sent(ticket=one).status_code == 201
    assert code(sent(ticket=one)) == (409, "link_used")
    assert incidents(connection) == 1


def test_a_ticket_is_neither_made_up_nor_old_nor_used_at_once(sent, ticket):
    good = ticket()
    assert code(sent(ticket=good[:-2] + "AA")) == (422, "no_ticket")
    assert code(sent(ticket="x")) == code(sent(ticket="字" * 9)) == (422, "no_ticket")
    assert code(sent(ticket=ticket(timedelta(hours=13)))) == (409, "ticket_expired")
    assert code(sent(ticket=ticket(timedelta(seconds=1)))) == (429, "form_too_fast")


def test_tickets_of_another_server_are_none_of_ours(noon):
    with pytest.raises(Invalid):
        tickets.token_of(b"a" * 32, tickets.issue(b"b" * 32, noon))


def test_an_address_may_send_so_many_and_others_still_may(app, client, away, connection):
    answers = [away.post(REPORTS, json={}) for _ in range(int(REPORTING.burst) + 1)]

    assert {answer.status_code for answer in answers[:-1]} == {422}
    assert code(answers[-1]) == (429, "too_many_reports")
    assert 0 < int(answers[-1].headers["retry-after"]) <= 1 / REPORTING.each_s
    assert client.post(REPORTS, json={}).status_code == 422


def test_the_key_is_made_once_for_all_processes_and_kept_from_others(tmp_path):
    file = tmp_path / "keys" / "forms.key"

    first = tickets.key_in(file)
    tickets.key_in.cache_clear()

    assert tickets.key_in(file) == first and len(first) == tickets.KEY_BYTES
    assert file.stat().st_mode & 0o777 == 0o600


def test_two_who_first_need_the_key_at_once_get_the_same(tmp_path, monkeypatch):
    file, link, others = tmp_path / "forms.key", os.link, []

    def after_another(*ends):
        monkeypatch.setattr(os, "link", link)
        others.append(tickets.key_in.__wrapped__(file))
        link(*ends)

    monkeypatch.setattr(os, "link", after_another)
    key = tickets.key_in.__wrapped__(file)

    assert others == [key]
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_key_that_is_cut_off_signs_nothing(tmp_path, content):
    (tmp_path / "forms.key").write_bytes(content)

    with pytest.raises(Unready, match="form_key_damaged"):
        tickets.key_in(tmp_path / "forms.key")
