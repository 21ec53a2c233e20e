"""The queue: work that outlives the request that caused it."""
