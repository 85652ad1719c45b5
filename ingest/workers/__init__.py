"""Processes that do one task at a time: within limits, and none of them longer than their parent lives.

The room knows no stage. The way in: `async with open_crew(limits=Limits(10)) as crew: await crew.run(work, one)`.
"""

from ingest.workers.crew import Crew, open_crew, processors
from ingest.workers.limits import Limits

__all__ = ["Crew", "Limits", "open_crew", "processors"]
