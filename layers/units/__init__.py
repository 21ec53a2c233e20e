"""Units: the offices that a matter can be handed to, and which stands under which."""
