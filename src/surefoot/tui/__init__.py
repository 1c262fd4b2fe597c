"""The dashboard: screens that pull snapshots and draw them. Nothing here can cost a sample."""
