# ── measuring ────────────────────────────────────────────────────────────────────────────────────
.PHONY: bench
bench: setup ## measure ratios in one run and write docs/performance.md
	@$(RUN) -m tests.performance.bench
