"""Enquiries: somebody outside the bureau brought a case and waits for an answer."""
