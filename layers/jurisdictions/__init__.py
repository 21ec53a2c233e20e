"""Jurisdictions: which units may handle which matters in which townships."""
