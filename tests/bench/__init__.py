"""How fast, side by side with the limit, the best peer and the naive way.

    ./gridpatrol bench [--large] [--only NAME,...] [--rounds N] [--json]

Sides take turns, so that a busy machine slows all of them alike; what counts is the ratio within
a round. Answers are compared where they must be equal. Nothing here is a timed assertion.
"""
