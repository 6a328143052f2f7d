"""The house with one guard taken away, for proofs only: chosen by SABOTAGE, done from outside at start-up."""
