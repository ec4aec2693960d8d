"""What runs a stage: Faust, lanes, the ledger, what leaves the worker. README.md says where to begin."""
