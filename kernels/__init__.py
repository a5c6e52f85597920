"""What attention does: `attend` and its backends, with the statistics theorems speak of."""
