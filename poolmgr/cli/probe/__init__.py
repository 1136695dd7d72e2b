"""Whether a registry's pages are still as this program knows them."""
