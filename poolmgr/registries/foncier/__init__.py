"""The land registry: logging in, asking for an index, an acte or a plan, and bringing its file home."""
