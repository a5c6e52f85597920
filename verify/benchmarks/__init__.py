"""How fast it is, as ratios against what people run today: `locality bench`, a module a command.

Never part of the tests: a machine is slow when it likes, a bound is not.
"""
