"""Corrections that stand beside what was read: rules as data, and the small engines that apply them."""
