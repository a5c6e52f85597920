"""Which languages attention recognises: temporal logic, automata, and the theorems between them."""

ORDER = (
    "classes",
    "complementary",
    "window-hierarchy",
    "depth-cost",
    "compile",
    "global-tokens",
)
