"""The shared limit of a paid model: over Redis, and without it."""
