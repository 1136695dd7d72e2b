pytest_plugins = ["tests.clusters"]
