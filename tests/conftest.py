pytest_plugins = ["tests.clusters", "tests.projects", "tests.replicas", "tests.proof_report"]
