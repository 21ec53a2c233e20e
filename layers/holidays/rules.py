"""What files call a day that is not what its weekday is. Pure."""

from collections.abc import Mapping

from layers.clock import DayKind

KIND_NAMES: Mapping[str, DayKind] = {
    **{kind.value: kind for kind in DayKind},
    "休": DayKind.REST, "休息": DayKind.REST, "放假": DayKind.REST, "节假日": DayKind.REST,
    "法定节假日": DayKind.REST, "holiday": DayKind.REST, "off": DayKind.REST,
    "班": DayKind.WORK, "上班": DayKind.WORK, "调休": DayKind.WORK, "补班": DayKind.WORK,
    "调休上班": DayKind.WORK, "workday": DayKind.WORK, "working day": DayKind.WORK,
}  # fmt: skip
