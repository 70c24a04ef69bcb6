"""Pages of the administrator: agencies, people and roles, mandates, hand-overs, what the machine has parked. An
administrator sees no citizen's words."""
