"""Doors: HTTP, command line, worker. They translate; they decide nothing."""
