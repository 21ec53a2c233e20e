"""The journal: one row for everything that was done, never changed afterwards."""
