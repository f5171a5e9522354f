"""The shipped profiles against servers that answer as those providers say they do."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web

from ranin.core.outage import OrderKind, OrderTried, Outcome
from ranin.core.settings import Secret
from ranin.forwarding import profile
from tests.forwarding.rig import CANARY, TARGET, rig

PROFILES = ("fusionpbx", "ovh", "telnyx", "voipms")


@pytest.fixture
def plain_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The shipped profiles with http in the place of https, so that a server on loopback can answer them."""
    for name in PROFILES:
        text = (profile.FOLDER / f"{name}.toml").read_text()
        (tmp_path / f"{name}.toml").write_text(text.replace("https://", "http://"))
    monkeypatch.setattr(profile, "FOLDER", tmp_path)
    profile.shipped.cache_clear()
    yield
    profile.shipped.cache_clear()


class Ovh:
    """The line's options, behind the signature."""

    def __init__(self) -> None:
        self.options: dict[str, object] = {"forwardBackup": False}

    async def __call__(self, request: web.Request) -> web.Response:
        if request.path.endswith("/auth/time"):
            return web.Response(text="1700000000")
        body = await request.text()
        signed = f"AS{CANARY}+CK+{request.method}+{request.url}+{body}+1700000000"
        if request.headers["X-Ovh-Signature"] != "$1$" + hashlib.sha1(signed.encode()).hexdigest():
            return web.json_response({"message": "Invalid signature"}, status=403)
        if request.method == "PUT":
            self.options |= await request.json()
            return web.json_response(None)
        return web.json_response(self.options)


def host(base: str) -> tuple[str, str]:
    return "host", base.removeprefix("http://")


@pytest.mark.usefixtures("plain_profiles")
async def test_ovh_is_signed_and_read_back() -> None:
    provider = Ovh()
    async with rig(provider) as built:
        values = (
            host(built.base),
            ("billing_account", "ab1-ovh-1"),
            ("service", "0033970000000"),
            ("app_key", Secret("AK")),
            ("app_secret", Secret(f"AS{CANARY}")),
            ("consumer_key", Secret("CK")),
        )
        assert await built.order(values, name="ovh") == OrderTried(5, Outcome.DONE, "", True)
        assert provider.options["forwardBackupNumber"] == "0033612345678"
        assert await built.order(values, OrderKind.ARM_ALWAYS, "ovh") == OrderTried(5, Outcome.DONE, "", True)
        assert await built.order(values, OrderKind.DISARM_ALWAYS, "ovh") == OrderTried(5, Outcome.DONE, "", False)
        assert await built.order(values, OrderKind.VERIFY, "ovh") == OrderTried(5, Outcome.DONE, "", True)
        assert await built.order(values, OrderKind.DISARM, "ovh") == OrderTried(5, Outcome.DONE, "", False)
        wrong = (*values[:-1], ("consumer_key", Secret("other")))
        assert (await built.order(wrong, name="ovh")).outcome is Outcome.REFUSED


class VoipMs:
    """Everything by GET, status in the body, the password in the URL."""

    def __init__(self) -> None:
        self.forwarding = ""
        self.unreachable = "none:"

    async def __call__(self, request: web.Request) -> web.Response:
        query = request.query
        if query["api_password"] != CANARY:
            return web.json_response({"status": "invalid_credentials"})
        if query["method"] == "setForwarding":
            self.forwarding = query["phone_number"]
        elif query["method"] == "setDIDInfo":
            self.unreachable = query["failover_unreachable"]
        else:
            return web.json_response({"status": "success", "dids": [{"failover_unreachable": self.unreachable}]})
        return web.json_response({"status": "success"})


@pytest.mark.usefixtures("plain_profiles")
async def test_voipms_keeps_the_password_in_its_url_to_itself() -> None:
    provider = VoipMs()
    async with rig(provider) as built:
        values = (
            host(built.base),
            ("api_username", "me@example.net"),
            ("did", "5551234567"),
            ("forwarding", "998877"),
            ("pop", "5"),
            ("routing", "account:100001_desk"),
            ("api_password", Secret(CANARY)),
        )
        assert await built.order(values, name="voipms") == OrderTried(5, Outcome.DONE, "", True)
        assert (provider.forwarding, provider.unreachable) == ("33612345678", "fwd:998877")
        assert await built.order(values, OrderKind.DISARM, "voipms") == OrderTried(5, Outcome.DONE, "", False)
        always = await built.order(values, OrderKind.ARM_ALWAYS, "voipms")
        assert always.outcome is Outcome.REFUSED and "only when unreachable" in always.detail
        assert await built.order(values, OrderKind.DISARM_ALWAYS, "voipms") == OrderTried(5, Outcome.DONE, "", False)
        wrong = (*values[:-1], ("api_password", Secret("other")))
        assert (await built.order(wrong, name="voipms")).outcome is Outcome.REFUSED


class Telnyx:
    """One forward a number."""

    def __init__(self) -> None:
        self.forwarding: dict[str, object] = {"call_forwarding_enabled": False}

    async def __call__(self, request: web.Request) -> web.Response:
        if request.headers["Authorization"] != f"Bearer {CANARY}":
            return web.json_response({}, status=401)
        if request.method == "PATCH":
            self.forwarding |= (await request.json())["call_forwarding"]
        return web.json_response({"data": {"call_forwarding": self.forwarding}})


@pytest.mark.usefixtures("plain_profiles")
async def test_telnyx() -> None:
    provider = Telnyx()
    async with rig(provider) as built:
        values = (host(built.base), ("number_id", "129338426"), ("api_key", Secret(CANARY)))
        assert await built.order(values, name="telnyx") == OrderTried(5, Outcome.DONE, "", True)
        assert provider.forwarding["forwards_to"] == TARGET
        provider.forwarding["forwards_to"] = "+15550001111"
        assert await built.order(values, OrderKind.VERIFY, "telnyx") == OrderTried(5, Outcome.DONE, "", False)
        assert await built.order(values, OrderKind.DISARM, "telnyx") == OrderTried(5, Outcome.DONE, "", False)


class FusionPbx:
    """The extension's row, by its `rest_api` application."""

    def __init__(self) -> None:
        self.row: dict[str, object] = {}

    async def __call__(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if asked.pop("action") == "extension-update":
            self.row |= asked
        return web.json_response(self.row)


@pytest.mark.usefixtures("plain_profiles")
async def test_fusionpbx() -> None:
    provider = FusionPbx()
    async with rig(provider) as built:
        line = (("user", "201"), ("domain", "pbx.example"))
        values = (host(built.base), *line, ("login", "id"), ("password", Secret(CANARY)))
        for kind, armed in ((OrderKind.ARM, True), (OrderKind.ARM_ALWAYS, True), (OrderKind.DISARM_ALWAYS, False)):
            assert await built.order(values, kind, "fusionpbx") == OrderTried(5, Outcome.DONE, "", armed)
        assert provider.row["forward_user_not_registered_enabled"] == "true"
        assert await built.order(values, OrderKind.DISARM, "fusionpbx") == OrderTried(5, Outcome.DONE, "", False)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_is_https_and_complete(name: str) -> None:
    found = profile.shipped(name)
    templates = [*found.arm, *found.disarm, *found.arm_always, *found.disarm_always, *found.read]
    assert found.arm and found.disarm and found.read and found.armed and found.says.endswith(".")
    assert bool(found.arm_always) == bool(found.disarm_always) == bool(found.armed_always)
    assert all(template.url.startswith("https://") for template in templates)


def test_paths_into_json() -> None:
    document = {"a": [{"b": True, "c": None, "d": 5}], "e": "x"}
    assert [profile.find(document, path) for path in ("a.0.b", "a.0.c", "a.0.d", "e")] == ["true", "null", "5", "x"]
    assert [profile.find(document, path) for path in ("a.1.b", "a.x", "f", "e.0")] == [None] * 4
