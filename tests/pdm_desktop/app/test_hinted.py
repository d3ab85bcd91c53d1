"""What the server hints at reaches everybody in the session who has to do with it."""

from pathlib import Path

import pytest

from pdm_desktop.core.office import topics
from server.protocol.events import Changed
from tests.support.client import Client
from tests.support.memory_keyring import MemoryKeyring
from tests.support.quiet_seat import quiet_seat
from tests.support.server import RealServer


async def test_a_release_that_is_announced_is_news_for_the_lists_of_seats_and_of_the_server_as_well(
    shop_server: RealServer, anna: Client, tmp_path: Path, ring: MemoryKeyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which seats are too old is another by it, not only what this seat may install."""
    heard: list[object] = []
    async with quiet_seat(tmp_path, anna, shop_server.address) as seat:
        await seat.in_step()
        online = seat.work._online
        assert online is not None
        monkeypatch.setattr(online.office, "hinted", heard.append)
        monkeypatch.setattr(online, "_releases", heard.append)
        news = Changed(what="releases")
        online._hinted(news)
        assert heard == ["releases", news]
    assert all("releases" in topic.hears for topic in (topics.SEATS, topics.SERVER))
