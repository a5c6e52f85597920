"""The machinery every theorem shares: claims, derivations, witnesses, printers, the catalogue."""
