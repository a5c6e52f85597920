"""What is true: the theorems, their proofs and their bounds. No torch, no randomness."""
