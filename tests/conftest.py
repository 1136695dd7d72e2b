pytest_plugins = ["tests.clusters", "tests.proof_report"]
