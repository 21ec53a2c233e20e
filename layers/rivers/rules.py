"""What a water is called by those who draw it, and what it is to us."""

KINDS = ("river", "tributary", "canal", "lake", "reservoir", "water")
"""`water` is one of an unknown kind."""
UNKNOWN = "water"
WORDS = {name: name for name in KINDS} | {
    "stream": "tributary", "brook": "tributary", "drain": "canal", "ditch": "canal",
    "pond": "lake", "江": "river", "河": "river", "河流": "river", "干流": "river",
    "支流": "tributary", "溪": "tributary", "河涌": "tributary", "渠": "canal", "渠道": "canal",
    "运河": "canal", "湖": "lake", "湖泊": "lake", "坑塘": "lake", "水库": "reservoir",
    "水域": "water",
}  # fmt: skip
