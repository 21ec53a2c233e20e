"""Residents who report by themselves: a link of their own is all by which they are known."""
