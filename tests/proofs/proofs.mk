# ── proving ──────────────────────────────────────────────────────────────────────────────────────
.PHONY: prove prove-of-records prove-of-messages prove-approved prove-audit prove-crash prove-engine prove-hostile prove-idempotency prove-replay prove-requests prove-tenancy prove-proofs prove-warehouse fuzz
prove: setup ## keep the promises of docs/proofs.md under attack; QUICK=1 for minutes, TRIALS= for long
	@$(MAKE) --no-print-directory -j2 --output-sync=target prove-of-records prove-of-messages prove-engine prove-hostile

# each group in a house of its own, two at a time
prove-of-records: setup
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs approved audit replay tenancy

prove-of-messages: setup
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs idempotency requests crash

prove-engine: setup
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs.engine

prove-warehouse: setup ## the engine's SQL in ClickHouse's own engine, in process (installs half a gigabyte)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/warehouse.txt
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs.warehouse

prove-hostile: setup
	@QUICK=$(QUICK) SEED=$(SEED) ATTACKS="$(ATTACKS)" LOUD=$(LOUD) $(RUN) -m tests.proofs.hostile

fuzz: setup ## draw and mutate expressions for MINUTES=10 against the engine; SEED= and CASE= repeat one
	@MINUTES=$(MINUTES) SEED=$(SEED) CASE="$(CASE)" $(RUN) -m tests.proofs.fuzz

prove-approved prove-audit prove-crash prove-idempotency prove-replay prove-requests prove-tenancy: prove-%: setup
	@QUICK=$(QUICK) TRIALS=$(TRIALS) SEED=$(SEED) $(RUN) -m tests.proofs $*

prove-proofs: setup ## take each guard away and see its proof turn red
	@QUICK=1 SEED=$(SEED) $(RUN) -m tests.proofs proofs
