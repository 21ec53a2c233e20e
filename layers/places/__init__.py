"""Places: what is called what on the map. With roads and rivers they are the bureau's base map."""
