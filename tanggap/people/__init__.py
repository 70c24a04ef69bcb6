"""Officers come, change and leave: invite, give a role, stand in, leave. Each is a Change."""
