"""What is sealed opens with its own key and at home, and nowhere else."""

from dataclasses import replace

import pytest

from layers.errors import Unready
from layers.sealing import Home, Keyring, key_of, new_keyring

RING = new_keyring()
HOME = Home("reporters", "0190", "contact")
LI = {"name": "李四", "phone": "13800001111"}


@pytest.mark.parametrize("value", [{}, LI, {"name": "", "x": None, "y": True}, {"z": "柳" * 9999}])
def test_what_is_sealed_opens_again(value):
    assert RING.open(RING.seal(value, HOME), HOME) == value


def test_nothing_of_the_value_can_be_read_and_equal_values_look_different():
    first, second = RING.seal(LI, HOME), RING.seal(LI, HOME)

    assert first != second
    assert not any(text.encode() in first for text in LI.values())


@pytest.mark.parametrize("elsewhere", [
    replace(HOME, row="0191"), replace(HOME, table="parties"), replace(HOME, group="address"),
])  # fmt: skip
def test_moved_to_another_row_it_does_not_open(elsewhere):
    with pytest.raises(Unready, match="sealed_damaged"):
        RING.open(RING.seal(LI, HOME), elsewhere)


def test_no_bit_of_it_can_be_changed():
    sealed = RING.seal(LI, HOME)

    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(Unready):
            RING.open(bytes(changed), HOME)


@pytest.mark.parametrize("length", [0, 1, 5, 17, 20])
def test_what_was_cut_off_is_refused(length):
    with pytest.raises(Unready, match="sealed_damaged"):
        RING.open(RING.seal(LI, HOME)[:length], HOME)


def test_a_key_that_is_not_here_is_named():
    with pytest.raises(Unready, match=f"personal_key_missing .id={RING.current}"):
        new_keyring().open(RING.seal(LI, HOME), HOME)


def test_another_secret_under_the_same_id_opens_nothing():
    other = Keyring(RING.current, {RING.current: bytes(32)})

    with pytest.raises(Unready, match="sealed_damaged"):
        other.open(RING.seal(LI, HOME), HOME)
    assert other.proof(RING.current) != RING.proof(RING.current)


def test_after_a_rotation_the_old_opens_and_the_new_seals():
    before, newer = RING.seal(LI, HOME), RING.rotated()

    assert newer.open(before, HOME) == LI
    assert key_of(before) == RING.current != newer.current == key_of(newer.seal(LI, HOME))


def test_a_mark_finds_the_exact_value_of_a_kind_under_any_key():
    newer = RING.rotated()

    assert RING.mark("phone", "1") in newer.marks("phone", "1")
    assert newer.mark("phone", "1") in newer.marks("phone", "1")
    assert RING.mark("phone", "1") not in newer.marks("phone", "2") + newer.marks("email", "1")
    assert RING.mark("phone", "1") not in new_keyring().marks("phone", "1")


def test_no_secret_is_shown_by_accident():
    secret = next(iter(RING.secrets.values()))

    assert repr(secret) not in repr(RING) and secret.hex() not in repr(RING)
