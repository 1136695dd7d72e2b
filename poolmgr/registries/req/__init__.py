"""The register of companies (REQ): searching it, and reading what it says of a company."""
