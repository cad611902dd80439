"""Tells people of a run that has ended: by a command, a webhook or a mail. Runs no notebook."""
