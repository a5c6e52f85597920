"""Blocks for points, such as a head's keys, recruited by code length in bits.

`recruit(points, deviation, saving)` adds blocks while each saves so many bits and says how often it
did, beside the theorem's bound; `Code` is the code that is shortened, `Mixture` what it sends.
"""

from locality.verify.recruitment.code import Code
from locality.verify.recruitment.mixture import Mixture
from locality.verify.recruitment.search import Recruited, recruit

__all__ = ["Code", "Mixture", "Recruited", "recruit"]
