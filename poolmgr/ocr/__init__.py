"""How a page becomes text."""
