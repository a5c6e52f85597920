"""Part I, recruitment: how often a block can be added while the code length falls."""

ORDER = ["recruitment"]
