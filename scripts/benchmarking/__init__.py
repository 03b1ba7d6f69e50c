"""What `scripts/benchmark.py` is made of: the contenders, their processes, and the arithmetic."""
