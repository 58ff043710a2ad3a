"""The parts of scripts/oss-fuzz-build."""
