"""Whole order files: lines read, carts priced, results written. Returns and broken lines are reported, never fatal."""
