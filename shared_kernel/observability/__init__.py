"""What happened, in whose name and how long it took: logs, metrics, traces and health."""
