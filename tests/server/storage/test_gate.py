"""The gate: many pass at once, and nobody while it is closed."""

import asyncio

from server.storage.gate import Gate


async def test_closing_waits_for_those_inside_and_holds_others_off() -> None:
    gate = Gate()
    steps: list[str] = []
    inside, leave = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with gate.passing():
            inside.set()
            await leave.wait()
            steps.append("first left")

    async def close() -> None:
        await inside.wait()
        async with gate.closed():
            steps.append("closed")

    async def second() -> None:
        await inside.wait()
        leave.set()
        async with gate.passing():
            steps.append("second passed")

    async with asyncio.TaskGroup() as tasks:
        for work in (first, close, second):
            tasks.create_task(work(), name=work.__name__)
    assert steps[0] == "first left"
    assert set(steps[1:]) == {"closed", "second passed"}


async def test_many_pass_at_the_same_time() -> None:
    gate = Gate()
    async with gate.passing(), gate.passing():
        pass
    async with gate.closed():
        pass
