"""What a stored result is stamped with: the same stamp and data give the same result to the bit."""

from importlib.metadata import version

VERSION = "0.1.0"
LIBRARIES = ("h3ronpy", "numpy", "pyproj", "scipy", "shapely")
"""Those that make the numbers."""
STAMP = " ".join([f"gridpatrol {VERSION}", *(f"{name} {version(name)}" for name in LIBRARIES)])
