"""`/metrics`: who may read it, and that it is the format of Prometheus, whatever does not answer."""

from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from tests.support.web import Seat, Web, WebSettings, running

TOKEN = "0123456789abcdefghij"


def read(web: Web, **headers: str) -> httpx.Response:
    with web.client() as client:
        return client.get("/metrics", headers=headers)


def families(answer: httpx.Response) -> dict[str, float]:
    """The sum of the samples of each figure."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        each.name: sum(sample.value for sample in each.samples) for each in text_string_to_metric_families(answer.text)
    }


def test_this_computer_reads_without_a_token(web: Web) -> None:
    found = families(read(web))
    assert found["pdm_build_info"] == 1
    assert found["pdm_reachable"] == 3


@pytest.mark.parametrize("said", ["X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"])
def test_what_a_proxy_passes_on_is_not_of_this_computer(web: Web, said: str) -> None:
    answer = read(web, **{said: "127.0.0.1"})
    assert answer.status_code == 404
    assert "metrics_token" in answer.json()["detail"]


def test_a_session_opens_nothing(web: Web, ada: Seat) -> None:
    assert ada.client.get("/metrics", headers={"X-Forwarded-For": "10.0.0.9"}).status_code == 404


def test_elsewhere_the_token_counts(tmp_path: Path) -> None:
    with running(tmp_path, settings=WebSettings(metrics_token=TOKEN)) as web:
        elsewhere = {"X-Forwarded-For": "10.0.0.9"}
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            refused = read(web, **elsewhere, **given)
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert families(read(web, **elsewhere, Authorization=f"Bearer {TOKEN}"))["pdm_build_info"] == 1


def test_behind_a_proxy_this_computer_needs_the_token_too(tmp_path: Path) -> None:
    """What a proxy says of a call may be taken away on its way by who calls."""
    with running(tmp_path, settings=WebSettings(trusted_proxies="127.0.0.1")) as web:
        assert read(web).status_code == 404
    with running(tmp_path, settings=WebSettings(trusted_proxies="127.0.0.1", metrics_token=TOKEN)) as web:
        assert read(web).status_code == 401
        assert families(read(web, Authorization=f"Bearer {TOKEN}"))["pdm_build_info"] == 1


def test_what_does_not_answer_is_told_and_what_cannot_be_known_is_left_out(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise OperationalError("select", {}, Exception("gone"))

    assert "pdm_uploads_open" in families(read(web))
    monkeypatch.setattr(web.parts.store, "read", broken)
    found = families(read(web))
    assert found["pdm_reachable"] == 2
    assert "pdm_uploads_open" not in found
    assert found["pdm_disk_bytes"] > 0
    with web.client() as client:
        refused = client.get("/readyz")
    assert (refused.status_code, refused.json()["missing"]) == (503, ["database"])
    assert "its database" in refused.json()["detail"]
