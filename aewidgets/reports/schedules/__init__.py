"""Recipes that let other programs run a report at set times: cron, systemd, GitHub ... Starts nothing."""
