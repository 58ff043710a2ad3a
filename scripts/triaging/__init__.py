"""The parts of scripts/triage."""
