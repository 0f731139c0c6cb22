"""Real brokers and databases for tests and measurements; `linli.testing.plugin` offers them as pytest fixtures."""
