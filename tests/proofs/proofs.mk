# ── proving ──────────────────────────────────────────────────────────────────────────────────────
.PHONY: prove prove-crash prove-engine prove-idempotency prove-tenancy prove-proofs
prove: setup ## keep the promises of docs/proofs.md under attack; QUICK=1 for minutes, TRIALS= for long
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs idempotency crash tenancy
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs.engine

prove-engine: setup
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs.engine

prove-crash prove-idempotency prove-tenancy: prove-%: setup
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs $*

prove-proofs: setup ## take each guard away and see its proof turn red
	@QUICK=1 SEED=$(SEED) $(RUN) -m tests.proofs proofs
