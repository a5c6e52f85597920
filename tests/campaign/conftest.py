import sys
from pathlib import Path

import pytest

from locality.verify.campaign.plan import Campaign

sys.path.insert(0, str(Path(__file__).parent))  # worker processes import `fakes` by name
sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))  # reports' tests share `report_pages`


@pytest.fixture
def campaign():
    def make(*theorems, families=("steady",), samples=100, **rest):
        return Campaign(theorems, families, samples, catalogue="fakes:catalogue", **rest)

    return make
