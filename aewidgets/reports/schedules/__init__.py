"""Recipes by which other programs run a report at set times: cron, systemd, GitHub and others. Starts nothing."""
