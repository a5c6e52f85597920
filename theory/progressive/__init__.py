"""Part I, schedules: what locality that grows with depth changes."""

ORDER = ["progressive"]
