"""Where people come to once they have signed in, and the pages that are named to them."""

import re

import pytest

from api import pages
from layers.people import actions
from layers.roles import BUREAU, Role
from tests.api.signing_in.office import PASSWORD, TODAY, enter, led, token_of


@pytest.mark.parametrize(
    ("role", "home"),
    [(Role.GRID_WORKER, "/field"), (Role.SQUAD_MEMBER, "/squad"), (Role.ACCEPTOR, "/desk"),
     (Role.DISPATCHER, "/desk"), (Role.LEADER, "/leader"), (Role.PLANNER, "/")],
)  # fmt: skip
def test_whoever_wishes_for_no_page_comes_to_that_of_their_work(office, browser, role, home):
    _, login = office.join(role)

    assert led(enter(browser(), login, next="/")) == (303, home)
    assert led(enter(browser(), login, next="/planning")) == (303, "/planning")


def test_a_newcomer_comes_to_their_work_once_the_password_is_chosen(office, browser):
    person, login = office.join(Role.ACCEPTOR, password=None)
    here = browser()
    first = enter(here, login, office.code(person), next="/")
    page = here.get("/choose-password?next=/")
    chosen = {"password": PASSWORD, "again": PASSWORD, "csrf": token_of(page)}

    assert led(first) == (303, "/")
    assert led(here.post("/choose-password?next=/", data=chosen)) == (303, "/desk")


def test_the_start_page_names_all_pages_of_use_and_no_other(office, browser):
    _, login = office.join(Role.GRID_WORKER)
    here = browser()
    enter(here, login)

    listed = re.search(r'<ul class="pages">.*?</ul>', here.get("/").text, re.DOTALL)[0]

    paths = re.findall(r'href="([^"]+)"', listed)
    assert paths == ["/planning", "/field", "/report", "/account", "/api/docs"]


def test_every_page_that_is_named_is_there(office, browser):
    person, login = office.join(Role.GRID_WORKER)
    for role in (Role.ACCEPTOR, Role.SQUAD_LEADER, Role.ADMINISTRATOR, Role.LEADER):
        office.do(actions.grant, person, role, BUREAU, today=TODAY)
    here = browser()
    enter(here, login)

    assert {page.path: here.get(page.path).status_code for page in pages.PAGES} == {
        page.path: 200 for page in pages.PAGES
    }
