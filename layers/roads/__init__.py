"""Roads: what lies under every map, and what squads drive on."""
