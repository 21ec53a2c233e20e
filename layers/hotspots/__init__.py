"""Hotspot studies: runs that can be repeated to the bit."""
