"""People: who they are, what they were given to do where, and how they prove who they are."""
