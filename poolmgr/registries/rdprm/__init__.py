"""The register of personal and movable real rights: one paid search at a time."""
