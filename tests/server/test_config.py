"""Settings: which layer counts, and that whatever cannot be used is named together with where it was set."""

from pathlib import Path

import pytest

from server.config import BadConfig, Config, is_loopback, load
from server.version import OLDEST_CLIENT

GITLAB = {"PDM_GITLAB_URL": "https://git.shop.example"}


def test_a_flag_counts_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "pdm.toml"
    file.write_text('port = 1\nname = "From the file"\nping_interval = 5\n')
    config = load(flags={"port": 3}, environment={"PDM_PORT": "2", "PDM_PING_INTERVAL": "7", "OTHER": "x"}, file=file)
    assert (config.port, config.ping_interval, config.name) == (3, 7, "From the file")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert load(flags={}, environment={"PDM_PORT": ""}, file=None).port == 8470


@pytest.mark.parametrize("flags", [{}, {"data": "pdm-data"}], ids=["by default", "as it is given"])
def test_the_data_folder_is_known_from_the_root(flags: dict[str, str]) -> None:
    assert load(flags=flags, environment={}, file=None).data == Path.cwd() / "pdm-data"


def test_settings_cannot_be_changed_afterwards() -> None:
    config = load(flags={}, environment={}, file=None)
    with pytest.raises(ValueError, match="frozen"):
        config.port = 5


@pytest.mark.parametrize(
    ("flags", "environment", "file", "named"),
    [
        ({"port": "99999"}, {}, "", ["“port”", "--port", "65535"]),
        ({}, {"PDM_PORT": "many"}, "", ["“port”", "PDM_PORT", "'many'"]),
        ({}, {}, "watch_interval = 3", ["“watch_interval”", "pdm.toml"]),
        ({}, {}, 'log_level = "loud"', ["“log_level”", "pdm.toml", "'debug'"]),
        ({}, {}, "prot = 5", ["“prot”", "pdm.toml", "docs/server.md"]),
        ({}, {}, "port = many", ["pdm.toml", "line 1"]),
        ({"tls_cert": "a.pem"}, {}, "", ["“tls_key”", "missing"]),
        ({"tls_cert": "a.pem", "tls_key": "b.pem"}, {}, "", ["“tls_cert”", "a.pem"]),
        ({"oldest_client": "two"}, {}, "", ["“oldest_client”", "'two'", "three numbers"]),
        ({}, {"PDM_OLDEST_CLIENT": "1.2"}, "", ["“oldest_client”", "'1.2'", "three numbers"]),
        ({}, {}, 'oldest_client = "0.0.9"', ["“oldest_client”", "0.0.9", OLDEST_CLIENT]),
        ({"host": "0.0.0.0"}, {}, "", ["“host”", "--tls-cert", "--allow-plain-http"]),
        ({}, {"PDM_REDIS_URL": "redis.example.com:6379"}, "", ["“redis_url”", "redis://"]),
        ({}, {"PDM_REDIS_URL": "redis://h:p"}, "", ["“redis_url”", "redis://"]),
        ({}, {"PDM_REDIS_URL": "redis://h/prefix"}, "", ["“redis_url”", "redis://"]),
        ({}, {"PDM_REDIS_URL": "rediss://h/1"}, "", ["“redis_url”", "“database_url”", "PostgreSQL"]),
        ({}, {"PDM_DATABASE_URL": "mysql://pdm:secret@db/pdm"}, "", ["“database_url”", "postgresql://"]),
        ({}, {"PDM_DATABASE_URL": "postgresql://pdm:secret@db"}, "", ["“database_url”", "postgresql://"]),
        ({}, {"PDM_DATABASE_URL": "postgresql://pdm:sec ret@db/pdm"}, "", ["“database_url”", "%40"]),
        (
            {},
            {"PDM_DATABASE_URL": "postgresql://pdm:secret@db/pdm", "PDM_BACKUP_FOLDER": "/backups"},
            "",
            ["“backup_folder”", "“database_url”", "docs/server.md"],
        ),
        ({}, {}, "password_least = 7", ["“password_least”", "pdm.toml", "8"]),
        ({}, {"PDM_METRICS_TOKEN": "easy to guess, and long"}, "", ["“metrics_token”", "no blank"]),
        ({"metrics_token": "short"}, {}, "", ["“metrics_token”", "20 or more"]),
        ({}, {}, "code_hours = 0", ["“code_hours”", "pdm.toml"]),
        ({}, {}, 'gitlab_role = "administrator"', ["“gitlab_role”", "pdm.toml", "'editor'"]),
        ({}, {}, 'gitlab_group = "shop"', ["“gitlab_group”", "“gitlab_url”"]),
        ({}, {"PDM_GITLAB_REQUIRED": "true"}, "", ["“gitlab_required”", "“gitlab_url”"]),
        ({}, {"PDM_GITLAB_URL": "http://git.shop.example"}, "", ["“gitlab_url”", "without HTTPS"]),
        ({}, {"PDM_GITLAB_URL": "https://me:secret@git.shop.example"}, "", ["“gitlab_url”", "has no name"]),
        ({}, {"PDM_GITLAB_URL": "https://git.shop.example/?a=b"}, "", ["“gitlab_url”", "question mark"]),
        ({}, {"PDM_GITLAB_URL": "git.shop.example"}, "", ["“gitlab_url”", "no address of a web server"]),
        ({}, {"PDM_GITLAB_URL": "https://git.shop.example:many"}, "", ["“gitlab_url”", "no address"]),
        ({}, {"PDM_GITLAB_URL": "https://gitlab.com"}, "", ["gitlab.com", "“gitlab_group” or “gitlab_project”"]),
        ({}, {"PDM_GITLAB_URL": "https://www.GitLab.com./x"}, "", ["gitlab.com", "“gitlab_group” or “gitlab_project”"]),
        ({}, {"PDM_GITLAB_PROXY": "http://proxy:3128"}, "", ["“gitlab_proxy”", "“gitlab_url”"]),
        ({}, {**GITLAB, "PDM_GITLAB_PROXY": "proxy:3128"}, "", ["“gitlab_proxy”", "no address of a proxy"]),
        ({}, {**GITLAB, "PDM_GITLAB_PROXY": "http://proxy:x"}, "", ["“gitlab_proxy”", "no address of a proxy"]),
        ({}, {"PDM_BLOBS_URL": "https://s3.shop.example/pdm"}, "", ["“blobs_url”", "only s3:// is known"]),
        ({}, {}, 'blobs_url = "s3://pdm?trust=/nowhere.pem"', ["“blobs_url”", "/nowhere.pem"]),
    ],
)
def test_what_cannot_be_used_is_named_with_where_it_is_set(
    tmp_path: Path, flags: dict[str, str], environment: dict[str, str], file: str, named: list[str]
) -> None:
    path = tmp_path / "pdm.toml"
    path.write_text(file)
    with pytest.raises(BadConfig) as problem:
        load(flags=flags, environment=environment, file=path)
    for word in named:
        assert word in str(problem.value)


@pytest.mark.parametrize("file", ['metrics_token = "secret-7"', "metrics_token = 123457"], ids=["short", "number"])
def test_a_token_that_cannot_be_used_is_not_shown(tmp_path: Path, file: str) -> None:
    path = tmp_path / "pdm.toml"
    path.write_text(file)
    with pytest.raises(BadConfig, match="metrics_token") as problem:
        load(flags={}, environment={}, file=path)
    assert not any(secret in str(problem.value) for secret in ("secret-7", "123457"))


def test_a_token_is_not_shown_with_the_settings() -> None:
    config = load(flags={"metrics_token": "0123456789abcdefghij"}, environment={}, file=None)
    assert "0123456789abcdefghij" not in repr(config)


def test_an_address_of_gitlab_and_what_lies_there_are_tidied() -> None:
    config = load(
        flags={},
        environment={"PDM_GITLAB_URL": " https://git.shop.example/gitlab/ ", "PDM_GITLAB_GROUP": "/shop/cam/"},
        file=None,
    )
    assert (config.gitlab_url, config.gitlab_group) == ("https://git.shop.example/gitlab", "shop/cam")
    assert load(flags={}, environment={"PDM_GITLAB_URL": "http://127.0.0.1:8080"}, file=None).gitlab_url


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"nowhere\.toml"):
        load(flags={}, environment={}, file=tmp_path / "nowhere.toml")


def test_plain_http_beyond_this_computer_needs_a_word(tmp_path: Path) -> None:
    assert load(flags={"host": "0.0.0.0", "allow_plain_http": True}, environment={}, file=None).host == "0.0.0.0"
    pem = tmp_path / "both.pem"
    pem.touch()
    assert load(flags={"host": "0.0.0.0", "tls_cert": pem, "tls_key": pem}, environment={}, file=None).tls


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *((host, True) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.1.5", "cad-server")),
    ],
)
def test_only_the_loopback_is_this_computer_alone(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_password_of_redis_stands_in_no_error_and_in_no_line_of_a_log() -> None:
    secret = "redis://:open-sesame@h/prefix"
    with pytest.raises(BadConfig) as refused:
        load(flags={}, environment={"PDM_REDIS_URL": secret}, file=None)
    assert "open-sesame" not in str(refused.value)
    assert "open-sesame" not in repr(Config(redis_url=secret))  # type: ignore[call-arg]  # the others have defaults
