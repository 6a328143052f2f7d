# ── measuring ────────────────────────────────────────────────────────────────────────────────────
.PHONY: bench bench-engine bench-backtest bench-guardrails
bench: setup ## measure ratios in one run and write docs/performance.md
	@$(RUN) -m tests.performance.bench

bench-engine: setup ## measure the rules engine beside its peers, and draw it
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/bench.txt
	@$(RUN) -m tests.performance.bench_engine

bench-backtest: setup ## back-test 1,000 rules on 25,000 baskets; ORDERS=file takes real ones
	@ORDERS=$(ORDERS) $(RUN) -m tests.performance.bench_backtest

bench-guardrails: setup ## prove a guardrail over up to 1,000 rules, beside a proof with a step for each
	@$(RUN) -m tests.performance.bench_guardrails
