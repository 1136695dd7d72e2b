pytest_plugins = ["tests.clusters", "tests.replicas", "tests.lenders", "tests.proof_report"]
