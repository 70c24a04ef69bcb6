"""Read only: the route line, queues, counts. Nothing here writes."""
