"""Who may see and do what at the office: accounts, roles, sessions. Nothing of visits or venues is known here."""
