"""Long studies: one command, one small data file with a manifest, and an inequality each.

A module here that says `STUDY = Study(…)` is a study; `locality experiment` lists them.
"""

from locality.verify.experiments.record import recorded, run
from locality.verify.experiments.study import Study, load, studies

__all__ = ["Study", "load", "recorded", "run", "studies"]
