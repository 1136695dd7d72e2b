"""A stand-in for the register of companies (REQ), on the same server: its pages and its bans."""
