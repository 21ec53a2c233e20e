"""Which keys have sealed something in this database. The keys themselves are never in it."""
