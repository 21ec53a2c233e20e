"""HTTPS by an authority of one's own or a certificate of the bureau's, seen by real handshakes."""

import os
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api import certificates, network, own_certificate, tls
from layers.errors import Invalid
from maps import theme

NAMES = ["192.0.2.7", "bureau", "127.0.0.1", "localhost"]
DAY = timedelta(days=1)


@pytest.fixture
def today() -> datetime:
    """Handshakes go by the real clock."""
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "tls"


def served(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def made(folder: Path, at: datetime, names: list[str] | None = None) -> x509.Certificate:
    return served(certificates.keep(folder, names or NAMES, at)[0])


def trusting(folder: Path) -> ssl.SSLContext:
    """A client that trusts this authority and nobody else."""
    public = certificates.public(folder)
    assert public is not None
    return ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(public))


@contextmanager
def answering(files: tls.Files) -> Iterator[int]:
    """A bare TLS server with our context; yields its port."""
    context = tls.context(files, None, None)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=greet, args=(listening, context))
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def greet(listening: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            plain, _ = listening.accept()
        except OSError:
            return
        with plain:
            try:
                context.wrap_socket(plain, server_side=True).close()
            except (ssl.SSLError, OSError):
                continue  # the client did not trust us: its side tells


def shaken(port: int, context: ssl.SSLContext, name: str) -> bytes:
    """The certificate that a handshake under this name showed."""
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname=name) as link,
    ):
        shown = link.getpeercert(binary_form=True)
        assert shown is not None
        return shown


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "bureau"])
def test_whoever_trusts_the_authority_trusts_the_server_by_each_of_its_names(folder, today, name):
    file, _ = certificates.keep(folder, NAMES, today)

    with answering(tls.Files(file)) as port:
        assert shaken(port, trusting(folder), name)


def test_nobody_trusts_it_unasked_or_by_another_name(folder, today):
    file, _ = certificates.keep(folder, NAMES, today)

    with answering(tls.Files(file)) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
            shaken(port, ssl.create_default_context(), "bureau")
        with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            shaken(port, trusting(folder), "10.9.9.9")


def test_a_stolen_authority_cannot_pass_for_a_public_site(folder, today):
    stolen = certificates.authority(folder, NAMES, today)
    key = ec.generate_private_key(ec.SECP256R1())
    forged = certificates._signed(stolen, key, ["bank.example"], today)  # past keep()'s own look
    file = folder / "forged.pem"
    file.write_bytes(certificates._pem(key) + forged.public_bytes(certificates.PEM))

    with (
        answering(tls.Files(file)) as port,
        pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"),
    ):
        shaken(port, trusting(folder), "bank.example")


def test_the_keys_are_the_servers_users_alone(folder, today):
    certificates.keep(folder, NAMES, today)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}
    assert modes == {"authority.pem": 0o600, "server.pem": 0o600, "authority.crt": 0o644}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert b"PRIVATE" not in (folder / "authority.crt").read_bytes()


def test_authority_and_server_last_as_long_as_browsers_take(folder, today):
    server = made(folder, today)
    issuer = certificates.authority(folder, NAMES, today).certificate

    assert server.not_valid_after_utc - server.not_valid_before_utc <= 397 * DAY
    assert issuer.not_valid_after_utc - today == 3650 * DAY
    assert isinstance(issuer.public_key(), ec.EllipticCurvePublicKey)


def test_what_stands_is_kept(folder, today):
    first = made(folder, today)
    again, renewed = certificates.keep(folder, NAMES, today + 300 * DAY)

    assert (served(again), renewed) == (first, False)


def test_it_is_renewed_a_month_before_its_end_by_the_same_authority(folder, today):
    first, trusted = made(folder, today), certificates.public(folder)

    later = made(folder, first.not_valid_after_utc - 30 * DAY)

    assert later.not_valid_after_utc > first.not_valid_after_utc
    assert certificates.public(folder) == trusted


def test_it_is_renewed_for_a_new_address_but_not_for_one_that_went(folder, today):
    made(folder, today)

    moved = made(folder, today, [*NAMES, "10.1.2.3"])
    back = made(folder, today)

    assert "10.1.2.3" in certificates.names_of(moved)
    assert back == moved


def test_a_name_of_the_public_internet_is_for_an_authority_made_for_it(folder, today):
    ours = certificates.authority(folder, NAMES, today)
    named = certificates.authority(folder.with_name("other"), ["patrol.example"], today)

    judged = {name: ours.may_sign(name) for name in ("a.local", "10.1.2.3", "patrol.example")}
    assert judged == {"a.local": True, "10.1.2.3": True, "patrol.example": False}
    assert named.may_sign("patrol.example") and not named.may_sign("notpatrol.example")
    assert "patrol.example" not in certificates.names_of(
        made(folder, today, [*NAMES, "patrol.example"])
    )


def test_the_last_certificate_ends_with_its_authority_and_then_both_are_made_anew(folder, today):
    first = certificates.authority(folder, NAMES, today).certificate
    end = first.not_valid_after_utc

    last, renewed = certificates.keep(folder, NAMES, end - 20 * DAY)
    assert served(last).not_valid_after_utc == end
    assert certificates.keep(folder, NAMES, end - 10 * DAY) == (last, False) and renewed
    assert certificates.authority(folder, NAMES, end).certificate != first


def test_a_damaged_authority_is_not_replaced_unasked(folder, today):
    certificates.keep(folder, NAMES, today)
    (folder / "authority.pem").write_text("")

    with pytest.raises(Invalid) as refusal:
        certificates.keep(folder, NAMES, today)

    assert refusal.value.code == "authority_damaged"


def test_a_running_server_shows_a_renewed_certificate_at_once(folder, today):
    file, _ = certificates.keep(folder, NAMES, today - 370 * DAY)

    with answering(tls.Files(file)) as port:
        before = shaken(port, trusting(folder), "bureau")
        certificates.keep(folder, NAMES, today)
        after = shaken(port, trusting(folder), "bureau")
        file.write_text("half a fi")
        still = shaken(port, trusting(folder), "bureau")

    assert before != after == still


def test_the_fingerprint_is_what_other_programs_show(folder, today):
    certificates.keep(folder, NAMES, today)
    told = certificates.fingerprint(certificates.public(folder) or b"")

    shown = certificates.authority(folder, NAMES, today).certificate
    assert told.replace(" ", "") == shown.fingerprint(certificates.hashes.SHA256()).hex().upper()
    assert len(told.split()) == 16


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("Patrol.Example.", "patrol.example"), ("10.0.0.5", "10.0.0.5"), ("FD00::0:1", "fd00::1")],
)
def test_a_name_is_compared_in_one_way(typed, kept):
    assert certificates.checked(typed) == kept


@pytest.mark.parametrize("typed", ["", "a b", "城管.cn", "*.example", "-a", "x" * 64, "http://a"])
def test_a_name_that_none_can_have_is_refused(typed):
    with pytest.raises(Invalid):
        certificates.checked(typed)


def test_a_machine_knows_under_which_addresses_it_is_reached():
    every, one = network.names("0.0.0.0"), network.names("10.0.0.5")

    assert {"127.0.0.1", "localhost", *map(str, network.addresses())} <= set(every)
    assert one[0] == "10.0.0.5" and "127.0.0.1" in one
    assert not any(address.is_loopback for address in network.addresses())


# A certificate of the bureau's own.


@pytest.fixture
def given(tmp_path: Path, today: datetime) -> Callable[..., tuple[Path, Path]]:
    """A certificate and key in files of their own, as an authority elsewhere gives them."""

    def make(names: list[str], at: datetime = today) -> tuple[Path, Path]:
        folder = tmp_path / "elsewhere"
        certificates.authority(folder, [], at)  # not constrained to the names: they may hold a star
        content = certificates.keep(folder, names, at)[0].read_bytes()
        cut = content.index(b"-----BEGIN CERT")
        key, certificate = tmp_path / "own.key", tmp_path / "own.crt"
        key.write_bytes(content[:cut])
        certificate.write_bytes(content[cut:])
        return certificate, key

    return make


def refusal(*arguments) -> str:
    with pytest.raises(Invalid) as refused:
        own_certificate.check(*arguments)
    told = theme.word(f"problem.{refused.value.code}", "en", **refused.value.values)
    assert str(arguments[0]) in told or str(arguments[1]) in told
    return refused.value.code


def test_a_good_certificate_of_the_bureaus_own_is_taken(given, today):
    files = given(["patrol.lan", "*.west.lan", "10.0.0.5"])

    own = own_certificate.check(*files, ["patrol.lan", "a.west.lan", "10.0.0.5"], today)

    assert own_certificate.plain_names(own) == ["10.0.0.5", "patrol.lan"]
    with answering(tls.Files(*files)) as port:
        assert shaken(port, trusting(files[0].parent / "elsewhere"), "patrol.lan")


def test_each_thing_wrong_with_it_is_said_apart(given, today, tmp_path):
    certificate, key = given(["patrol.lan"])
    other = tmp_path / "other.key"
    other.write_bytes(certificates._pem(ec.generate_private_key(ec.SECP256R1())))
    broken = tmp_path / "broken"
    broken.write_text("-----BEGIN CERTIFICATE-----")

    assert refusal(tmp_path / "none", key, [], today) == "certificate_unreadable"
    assert refusal(broken, key, [], today) == "certificate_unreadable"
    assert refusal(certificate, tmp_path / "none", [], today) == "key_unreadable"
    assert refusal(certificate, certificate, [], today) == "key_unreadable"
    assert refusal(certificate, other, [], today) == "certificate_of_other_key"
    assert refusal(certificate, key, [], today + 397 * DAY) == "certificate_ended"
    assert refusal(certificate, key, [], today - 2 * DAY) == "certificate_early"
    assert refusal(certificate, key, ["desk.lan"], today) == "certificate_names"
    assert refusal(certificate, key, ["a.patrol.lan"], today) == "certificate_names"


def test_a_key_with_a_password_cannot_be_used(given, today):
    certificate, key = given(["patrol.lan"])
    plain = serialization.load_pem_private_key(key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"secret")
    key.write_bytes(
        plain.private_bytes(certificates.PEM, serialization.PrivateFormat.PKCS8, locked)
    )

    assert refusal(certificate, key, [], today) == "key_unreadable"


def test_a_star_alone_needs_a_name_beside_it(given, today):
    certificate, key = given(["*.west.lan"])

    assert own_certificate.check(certificate, key, ["a.west.lan"], today)
    assert refusal(certificate, key, [], today) == "certificate_names"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read_is_named(given, today):
    certificate, key = given(["patrol.lan"])
    key.chmod(0)

    assert refusal(certificate, key, [], today) == "key_unreadable"
