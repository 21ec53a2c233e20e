"""People as the administrator types them, and signing in with what came of it."""

import csv
import json
import re
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from api import auth
from api import cluster as clusters
from api.settings import Settings
from layers.access import Actor, Verb
from layers.db import Page
from layers.errors import Invalid, TooSoon, Unrecognised
from layers.journal.tables import Entry
from layers.people import actions, queries, rules
from layers.people.tables import Person, Token
from layers.roles import VERBS, Role
from tests.api.conftest import Done
from tests.cast import WEST
from tests.conftest import addresses, database_name, town_of_its_own

User = Callable[..., Done]
NAME = database_name("test_users")
PASSWORD, OFFICE = "correct horse battery", "10.0.0.7"
CODE = re.compile(r"(?<![\w-])(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}(?![\w-])")
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def own(cluster: clusters.Cluster) -> Iterator[Engine]:
    """The small town, whose people these tests keep."""
    with town_of_its_own(cluster, "test_users") as engine:
        yield engine


@pytest.fixture
def environment(own: Engine, cluster: clusters.Cluster) -> dict[str, str]:
    return addresses(cluster.url_of(NAME))


@pytest.fixture
def joined(own: Engine, planner: Actor, noon: datetime) -> Callable[[str], None]:
    """Somebody with the password."""

    def join(login: str) -> None:
        with own.begin() as connection:
            person = actions.add_person(connection, login, "", actor=planner, at=noon)
            kept = auth.hashed(login, PASSWORD)
            actions.set_password(connection, person, kept, actor=planner, at=noon)

    return join


def signed_in(engine: Engine, secret: str, at: datetime) -> queries.Known:
    today = date(2100, 1, 1)
    with engine.begin() as connection:
        return queries.by_session(connection, auth.digest(secret), at=at, today=today)


# --- Typed --------------------------------------------------------------------------------------


def test_a_person_with_a_typed_password_signs_in(typed: User, own: Engine, noon: datetime):
    done = typed("user", "add", "Wang.Wu", "--role", "dispatcher", "--area", WEST,
                 "--full-name", "王五", "--password-stdin", stdin=f"{PASSWORD}\n")  # fmt: skip
    again = typed("user", "add", "wang.wu", "--role", "planner")
    chinese = typed("--lang=zh", "user", "add", "wang.liu", "--role", "planner")

    assert (done.returncode, done.stderr) == (0, "")
    assert PASSWORD not in done.stdout
    assert not CODE.search(done.stdout)
    found = signed_in(own, auth.sign_in(own, "wang.wu", PASSWORD, OFFICE, at=noon), noon)
    assert found.actor.townships == {WEST}
    assert (again.returncode, again.stderr) == (1, "The login wang.wu is taken\n")
    assert chinese.stdout.startswith("已新增：wang.liu，计划员\n")


def test_a_person_without_a_password_gets_a_code_to_choose_one(
    typed: User, own: Engine, noon: datetime
):
    done = typed("user", "add", "zhao", "--role", "planner", "--json")
    code = json.loads(done.stdout)["code"]

    found = signed_in(own, auth.sign_in(own, "zhao", code.lower(), OFFICE, at=noon), noon)

    assert CODE.fullmatch(code)
    assert found.must_choose
    assert found.actor.verbs == frozenset()


def test_a_short_password_keeps_nobody(typed: User, own: Engine):
    done = typed("user", "add", "short", "--role", "leader", "--password-stdin", stdin="secret\n")

    assert (done.returncode, done.stderr) == (1, "A password has 10 to 256 letters\n")
    with own.begin() as connection:
        assert not connection.execute(select(Person).where(Person.login == "short")).all()


def test_a_role_that_is_not_or_needs_an_area_is_told(typed: User):
    unknown = typed("user", "add", "x", "--role", "king")
    without = typed("user", "add", "x", "--role", "grid_worker")

    assert unknown.returncode == 2
    needed = "This role needs an area: name a township, squad or grid\n"
    assert (without.returncode, without.stderr) == (1, needed)


def test_a_token_is_shown_once_and_ends_with_its_person(
    typed: User, own: Engine, joined, noon: datetime
):
    joined("gateway")
    typed("user", "grant", "gateway", "--role", "planner")

    done = typed("user", "token", "gateway", "--scope", "plan", "--days", "30")
    secret = done.stdout.strip()
    at = datetime.now(Settings().zone)
    with own.begin() as connection:
        found = queries.by_token(connection, auth.digest(secret), at=at, today=at.date())
        kept = str(connection.execute(select(Token)).all())
    left = typed("user", "disable", "gateway")

    assert secret.startswith("gpt_")
    assert secret not in kept
    assert found.actor.verbs == {Verb.PLAN} < VERBS[Role.PLANNER]
    assert left.returncode == 0
    with own.begin() as connection, pytest.raises(Unrecognised):
        queries.by_token(connection, auth.digest(secret), at=at, today=at.date())


def test_a_useless_scope_is_refused_before_a_token_is_made(typed: User, joined):
    joined("meter")
    typed("user", "grant", "meter", "--role", "planner")

    done = typed("user", "token", "meter", "--scope", "import", "--scope", "plan")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith("good for nothing: import. They hold: plan, read, study\n")


def test_a_file_of_which_nothing_can_be_taken_is_a_failure(typed: User, tmp_path: Path):
    people = tmp_path / "people.csv"
    people.write_text("账号,姓名,角色\nx1,错,国王\n")

    done = [typed("import", "people", str(people), *dry) for dry in ([], ["--dry-run"])]

    assert [one.returncode for one in done] == [1, 1]
    assert all(one.stdout.startswith("1 rows read = 0 new") for one in done)


def test_people_come_from_a_file_and_their_codes_go_into_another(
    typed: User, own: Engine, noon: datetime, tmp_path: Path
):
    people, codes = tmp_path / "people.csv", tmp_path / "codes.csv"
    people.write_text("账号,姓名,角色,区域,电话\n"
                      f"w1,=HYPERLINK(1),网格员,{WEST}001001,13800000000\n"
                      f"m1,李四,中队队员,S1,\nx1,错,国王,,\n")  # fmt: skip

    taken = typed("import", "people", str(people), "--json")
    written = typed("user", "codes", str(codes), "--area", "S1")
    again = typed("user", "codes", str(codes))
    all_of_them = ("user", "codes", str(tmp_path / "all.csv"))
    unsaid = typed(*all_of_them)
    everybody = typed(*all_of_them, "--again")

    answer = json.loads(taken.stdout)
    assert (answer["new"], answer["refused"], answer["unused_columns"]) == (2, 1, ["电话"])
    assert (written.stdout, again.returncode) == (f"1 codes written to {codes}\n", 1)
    assert stat.S_IMODE(codes.stat().st_mode) == 0o600
    [row] = csv.DictReader(StringIO(codes.read_text("utf-8-sig")))
    assert (row["login"], row["name"]) == ("m1", "李四")
    assert "'=HYPERLINK(1)" in (tmp_path / "all.csv").read_text()
    assert (unsaid.returncode, everybody.returncode) == (1, 0)
    earlier = re.match(r"\d+", unsaid.stderr)[0]  # with those of the tests above
    assert everybody.stdout.endswith(f"; {earlier} made earlier are void\n")
    with pytest.raises(Unrecognised):  # the later file made the earlier one worthless
        auth.sign_in(own, "m1", row["code"], OFFICE, at=noon)


def test_people_are_listed_and_powers_given_and_taken(typed: User, joined):
    joined("sun")

    typed("user", "grant", "sun", "--role", "planner", "--area", WEST)
    typed("user", "grant", "sun", "--role", "leader")
    taken = typed("user", "revoke", "sun", "--role", "planner", "--area", WEST)
    people = {one["login"]: one for one in json.loads(typed("user", "list", "--json").stdout)}

    assert taken.stdout == "revoked: planner\n"
    held = [(one["role"], one["kind"], one["area"]) for one in people["sun"]["powers"]]
    assert held == [("leader", "bureau", "")]
    assert "sun  sun  active  leader" in typed("user", "list").stdout


def test_who_lists_people_is_in_the_journal(typed: User, own: Engine, joined):
    joined("lu")
    looks = select(Entry.details).where(Entry.verb == "read", Entry.kind == "people")
    with own.begin() as connection:
        before = len(connection.execute(looks).all())

    listed = json.loads(typed("user", "list", "--json").stdout)

    with own.begin() as connection:
        told = connection.execute(looks.order_by(Entry.id)).scalars().all()
    assert [row["rows"] for row in told[before:]] == [len(listed)]


def test_a_lost_password_or_phone_is_helped(typed: User, own: Engine, joined, noon: datetime):
    joined("qian")
    secret = auth.sign_in(own, "qian", PASSWORD, OFFICE, at=noon)

    out = typed("user", "sign-out", "qian")
    with pytest.raises(Unrecognised):
        signed_in(own, secret, noon)
    code = CODE.search(typed("user", "code", "qian").stdout)

    assert out.returncode == 0
    assert code is not None
    with pytest.raises(Unrecognised, match="wrong_password"):
        auth.sign_in(own, "qian", PASSWORD, OFFICE, at=noon)
    assert auth.sign_in(own, "qian", code[0], OFFICE, at=noon)


# --- Signing in ---------------------------------------------------------------------------------


def test_a_wrong_password_stays_counted_though_it_is_refused(own: Engine, joined, noon: datetime):
    joined("li")

    for _ in range(rules.LOGIN.free):
        with pytest.raises(Unrecognised, match="wrong_password"):
            auth.sign_in(own, "li", "wrong password", OFFICE, at=noon)

    with pytest.raises(TooSoon):
        auth.sign_in(own, "li", PASSWORD, OFFICE, at=noon)
    assert auth.sign_in(own, "li", PASSWORD, OFFICE, at=noon + SECOND)


def test_guesses_sent_at_once_are_counted_one_by_one(own: Engine, joined, noon: datetime):
    joined("zhou")

    def guess(number: int) -> str:
        try:
            auth.sign_in(own, "zhou", f"wrong password {number}", OFFICE, at=noon)
        except (Unrecognised, TooSoon) as refusal:
            return refusal.code
        return "in"

    with ThreadPoolExecutor(10) as together:
        ends = list(together.map(guess, range(20)))

    assert sorted(set(ends)) == ["too_many_tries", "wrong_password"]
    assert ends.count("wrong_password") == rules.LOGIN.free


def test_nobody_can_tell_an_unknown_login_from_a_wrong_password(
    own: Engine, joined, noon: datetime, monkeypatch: pytest.MonkeyPatch
):
    joined("wu")
    compared, verify = [], auth.HASHER.verify
    monkeypatch.setattr(auth.HASHER, "verify", lambda *a: compared.append(a[1]) or verify(*a))

    refusals = []
    for login in ("wu", "no-such-login"):
        with pytest.raises(Unrecognised) as refusal:
            auth.sign_in(own, login, "wrong password", OFFICE, at=noon)
        refusals.append((refusal.value.code, refusal.value.values))

    assert refusals[0] == refusals[1]
    assert [kept[:31] for kept in compared] == ["$argon2id$v=19$m=19456,t=2,p=1$"] * 2


def test_a_full_width_password_is_the_same_password():
    kept = auth.hashed("a", "ｃｏｒｒｅｃｔ　horse")

    assert auth.matches("correct horse", kept)
    assert not auth.matches("correct Horse", kept)
    assert not auth.matches("correct horse", None)


def test_the_password_rule_cannot_be_passed_by():
    with pytest.raises(Invalid):
        auth.hashed("a", "short")


def test_a_code_may_be_typed_as_it_is_read():
    code = "A1B0-CDEF-GHJK-MNPQ"

    assert auth.code_digest(code) == auth.code_digest("aib0 cdefGHJKmnpq")
    assert auth.code_digest(code) == auth.code_digest("alboｃdefghjkmnpq")
    assert auth.code_digest(code) != auth.code_digest("A1B0-CDEF-GHJK-MNPR")


def test_secrets_are_never_the_same_twice():
    made = {auth.new_secret(auth.SESSION) for _ in range(100)} | {
        auth.new_code() for _ in range(100)
    }

    assert len(made) == 200
    assert all(len(one) in (19, 47) for one in made)


def test_neither_journal_nor_tables_hold_what_was_typed(own: Engine, planner: Actor):
    """Runs last: over everything that the tests above left behind."""
    with own.begin() as connection:
        people = queries.listed(connection, planner, Page(limit=1000), today=date(2100, 1, 1))
        journal = str(connection.execute(select(Entry.actor, Entry.subject, Entry.details)).all())
        everything = " ".join(
            str(connection.execute(text(f"SELECT * FROM {table}")).all())
            for table in ("people", "powers", "sessions", "tokens", "sign_ins", "journal")
        )

    assert len(people) > 5
    assert not [one["login"] for one in people if f"'{one['login']}'" in journal]
    assert "王五" not in journal
    assert PASSWORD not in everything
    assert not CODE.search(everything)
    assert "gps_" not in everything
    assert "gpt_" not in everything
