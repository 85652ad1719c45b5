"""Processes that do one task at a time: within limits, and none of them longer than their parent lives.

The room knows no stage. The way in is `crew.open_crew`: `async with open_crew(limits=Limits(10)) as crew: await
crew.run(work, one)`. Nothing is imported here: a worker has no use for what starts it.
"""
