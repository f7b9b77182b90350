"""From facts to the next action: load, ask the planner, say it."""
