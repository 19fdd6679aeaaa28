"""How does a run get done on a Ray cluster? A process here sends it there by Ray Jobs, and collects what it says.

That process (app/running/ray_job.py) is to the run what a worker is to one on this machine.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from app.runners.detached import Detached
from app.settings import settings
from core.language import Text

REQUIREMENT = "ray[default]==2.60.0"


class RayRunner(Detached):
    """Starts `python -m app.running.ray_job` for the cluster that the settings name."""

    id = "ray"

    def command(self, folder: Path) -> list[str]:
        return ["app.running.ray_job", str(folder), "--address", settings().ray_address]

    def holds(self, device: str) -> str:
        # Runs on the cluster wait for each other, and not for those on this machine.
        return self.id

    def hindrance(self) -> Text | None:
        if not settings().ray_address:
            return Text(
                "TRENDLAB_RAY_ADDRESS names no cluster; set it to the address of its dashboard, "
                "as http://127.0.0.1:8265",
                "TRENDLAB_RAY_ADDRESS에 클러스터가 지정되어 있지 않습니다. http://127.0.0.1:8265처럼 대시보드 주소를 "
                "설정하세요",
            )
        if importlib.util.find_spec("ray") is None:
            return Text(
                f"the Ray library is missing here: pip install '{REQUIREMENT}'",
                f"Ray 라이브러리가 설치되어 있지 않습니다: pip install '{REQUIREMENT}'",
            )
        return None


RUNNER = RayRunner()
