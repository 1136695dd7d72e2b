"""One browser a child: its driver, its sessions, and pages that are waited for by what they show."""
