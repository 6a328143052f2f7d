"""
Rules Calculation: the rules engine, the rule sets compiled from what people wrote and approved, and
the record of each decision made with them. Its words: expression, rule, rule set, hit policy,
exclusive group, decision, explanation.
"""
