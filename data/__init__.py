"""The practice town: everything the product needs to be tried out, made from a seed.

Nothing here is a real place. The county codes begin with 3399: province 33 has no city 99 in
GB/T 2260, so no practice code can be mistaken for a real one.
"""
