"""What people and watchers of the whole do: stop switches, tasks, the sweep, vital signs."""
