"""Townships and grids: the areas of duty, and which grid held when."""
