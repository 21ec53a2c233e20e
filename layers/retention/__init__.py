"""How long each kind of personal data is kept. The slices themselves forget what is due."""
