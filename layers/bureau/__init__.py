"""The bureau itself: its name, code, time zone, language and the source line of its maps."""
