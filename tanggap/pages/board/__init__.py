"""The boards: what the city says beside what citizens say, for everybody; and the city's day, for officers."""
