"""What a road is called by those who draw it, and what it is to us."""

CLASSES = (
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential",
    "living_street", "service", "track", "pedestrian", "footway", "cycleway", "path", "steps",
    "road",
)  # fmt: skip
"""OpenStreetMap's classes, the widest first; `road` is one of an unknown class."""
UNKNOWN = "road"
WORDS = (
    {name: name for name in CLASSES}
    | {f"{name}_link": name for name in CLASSES[:5]}
    | {
        "高速公路": "motorway", "高速": "motorway", "国道": "trunk", "快速路": "trunk",
        "城市快速路": "trunk", "省道": "primary", "主干路": "primary", "主干道": "primary",
        "县道": "secondary", "次干路": "secondary", "次干道": "secondary", "乡道": "tertiary",
        "支路": "tertiary", "支道": "tertiary", "村道": "unclassified", "街巷": "residential",
        "巷道": "residential", "小区道路": "residential", "步行街": "pedestrian",
        "人行道": "footway",
    }
)  # fmt: skip
