"""A supervised pool of workers that download documents from Quebec registries and read them."""

__version__ = "0.1.0"
