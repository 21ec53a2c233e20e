"""Holidays: the bureau's own days of rest and work, over those that come with the product."""
