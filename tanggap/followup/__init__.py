"""The work in the street, its evidence, the judgement on it, and the citizen's word."""
