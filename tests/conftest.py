pytest_plugins = [
    "tests.clusters",
    "tests.projects",
    "tests.replicas",
    "tests.lenders",
    "tests.proof_report",
]
