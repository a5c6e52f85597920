"""Whether it holds: instances, checks, campaigns, and the inspection of real models."""
