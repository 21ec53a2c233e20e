import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as some

from maps import wire
from maps.theme import LIGHT
from maps.wire import ALPHABET, varints

DIGIT = {chr(letter): place for place, letter in enumerate(ALPHABET)}


def read(text):
    values, value, shift = [], 0, 0
    for letter in text:
        value += (DIGIT[letter] & 31) << shift
        shift += 5
        if not DIGIT[letter] & 32:
            values.append((value >> 1) ^ -(value & 1))
            value, shift = 0, 0
    return values


@given(some.lists(some.integers(-(2**50), 2**50)))
def test_whole_numbers_come_back_from_their_text(values):
    assert read(varints(np.array(values, dtype=np.int64))) == values


def test_every_colour_of_a_sheet_is_a_token(sheet):
    layers = orjson.loads(wire.packed(sheet))["layers"]

    colours = {look["colour"] for layer in layers for look in layer.get("looks", [])}
    assert colours
    assert colours <= set(LIGHT)


def test_the_data_can_stand_inside_a_script_element(sheet):
    assert b"<" not in wire.packed(sheet)


def test_every_shape_and_every_point_is_there(sheet):
    layers = orjson.loads(wire.packed(sheet))["layers"]

    for layer, sent in zip(sheet.layers, layers, strict=True):
        if sent["kind"] == "fill":
            shapes = np.cumsum(read(sent["rings"]["shape"]))
            assert set(shapes.tolist()) == set(range(len(layer.shapes)))
            assert len(read(sent["classes"])) == len(layer.shapes)
        elif sent["kind"] in ("marks", "labels"):
            assert len(read(sent["xy"])) == 2 * len(layer.shapes)
