pytest_plugins = ["tests.clusters", "tests.replicas", "tests.proof_report"]
