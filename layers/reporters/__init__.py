"""Who reported an incident, sealed: shown only to those who must call back, and removed in time."""
