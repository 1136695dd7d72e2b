"""`registre-pool accounts`: the verb, files of logins, and trying one."""
