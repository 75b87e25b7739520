"""What is to be solved: missing-entity tasks, from blueprints with endpoints inferred."""
