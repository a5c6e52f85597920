"""The user's own attention: files and models, row by row beside the theorems' bounds."""
