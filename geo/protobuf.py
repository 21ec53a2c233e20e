"""Messages of protocol buffers, taken apart and put together without a description of them.

https://protobuf.dev/programming-guides/encoding/
What is none raises ValueError, or IndexError where it is cut off.
"""

from collections.abc import Iterator

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
BITS = 64
"""No number has more."""
NONE = "no message of protocol buffers"


def fields(given: bytes) -> Iterator[tuple[int, bytes | int]]:
    """The number and content of each field; those of a fixed length are left out."""
    at = 0
    while at < len(given):
        key, at = read(given, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            content, at = read(given, at)
            yield number, content
            continue
        if kind not in (EIGHT, BYTES, FOUR):
            raise ValueError(NONE)
        length, at = read(given, at) if kind == BYTES else (8 if kind == EIGHT else 4, at)
        if at + length > len(given):
            raise ValueError(NONE)
        if kind == BYTES:
            yield number, given[at : at + length]
        at += length


def numbers(packed: bytes) -> Iterator[int]:
    """The numbers of a packed field."""
    at = 0
    while at < len(packed):
        number, at = read(packed, at)
        yield number


def read(given: bytes, at: int) -> tuple[int, int]:
    """A number of ten bytes at most, and where the next thing begins."""
    number = 0
    for shift in range(0, BITS, 7):
        byte = given[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
    raise ValueError(NONE)


def message(found: bytes | int) -> bytes:
    """Text or a message. Of a number `bytes` would make as many zeros."""
    match found:
        case bytes():
            return found
    raise ValueError(NONE)


def varint(number: int) -> bytes:
    told = bytearray()
    while number > 0x7F:
        told.append(number & 0x7F | 0x80)
        number >>= 7
    told.append(number)
    return bytes(told)


def told(number: int, found: bytes | int) -> bytes:
    """A field."""
    if isinstance(found, int):
        return varint(number << 3 | VARINT) + varint(found)
    return varint(number << 3 | BYTES) + varint(len(found)) + found


def zigzag(number: int) -> int:
    """Numbers near zero, whatever their sign, as small ones without."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def unzigzag(number: int) -> int:
    return number >> 1 if not number & 1 else -(number + 1 >> 1)
