"""A stand-in for the Registre foncier: same pages, same fields, same pitfalls, and a till that remembers."""
