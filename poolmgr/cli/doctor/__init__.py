"""`registre-pool doctor`: the verb, and what it looks at, a module each."""
