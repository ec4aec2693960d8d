"""What every process shares: settings, logs, metrics, errors, children. Imports nothing else of the project."""
