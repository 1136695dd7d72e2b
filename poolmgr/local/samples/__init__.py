"""Invented registry documents with their true text: what the embedded stack has to read."""
