"""The address of a bucket: everything that may stand in it, and never a key."""

import pytest

from server.bucket import Bucket, bucket_at
from server.config import BadConfig, load


def test_an_address_names_a_bucket_and_how_it_is_reached() -> None:
    assert bucket_at("s3://shop-cam") == Bucket(
        name="shop-cam", prefix="", endpoint="", region="", path_style=True, trust=""
    )
    words = "endpoint=https://s3.shop.example:9000/&region=eu-central-1&path_style=false&trust=/etc/ssl/shop.pem"
    assert bucket_at(f"s3://shop-cam/pdm/blobs/?{words}") == Bucket(
        name="shop-cam",
        prefix="pdm/blobs",
        endpoint="https://s3.shop.example:9000",
        region="eu-central-1",
        path_style=False,
        trust="/etc/ssl/shop.pem",
    )


@pytest.mark.parametrize(
    ("url", "flaw"),
    [
        ("https://shop.s3.amazonaws.com/pdm", "only s3:// is known"),
        ("s3:///pdm", "name of a bucket"),
        ("s3://shop:9000/pdm", "name of a bucket"),
        ("s3://shop/pdm#part", "name of a bucket"),
        ("s3://AKIAX:HIDDEN@shop/pdm", "keys do not stand in it"),
        ("s3://HIDDEN@shop/pdm", "keys do not stand in it"),
        ("s3://shop/pdm?secret_access_key=HIDDEN", "endpoint, region, path_style, trust, and nothing else"),
        ("s3://shop/pdm?HIDDEN", "cannot be read"),
        ("s3://shop/pdm?path_style=HIDDEN", "path_style is true or false"),
        ("s3://shop/pdm?endpoint=s3.shop.example", "no address of a web server"),
        ("s3://shop/pdm?endpoint=https://s3.shop.example:HIDDEN", "no address of a web server"),
        ("s3://shop/pdm?endpoint=https://me:HIDDEN@s3.shop.example", "no address of a web server"),
        ("s3://shop/pdm?endpoint=https://s3.shop.example/HIDDEN", "no address of a web server"),
        ("s3://[HIDDEN/pdm", "cannot be read"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_what_may_be_a_key_in_it(url: str, flaw: str) -> None:
    with pytest.raises(ValueError, match=flaw) as problem:
        bucket_at(url)
    assert "HIDDEN" not in str(problem.value)
    with pytest.raises(BadConfig, match=flaw) as trouble:
        load(flags={}, environment={"PDM_BLOBS_URL": url}, file=None)
    assert "HIDDEN" not in str(trouble.value)
    assert "“blobs_url”" in str(trouble.value)


def test_a_bucket_is_told_with_where_it_is() -> None:
    assert str(bucket_at("s3://shop/pdm")) == "“shop”"
    assert str(bucket_at("s3://shop/pdm?endpoint=https://s3.shop.example")) == "“shop” at https://s3.shop.example"
