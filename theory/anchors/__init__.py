"""Part I, anchors: how many keys can be told apart, and what repeating one buys."""

ORDER = ["anchor-capacity", "anchor-redundancy"]
