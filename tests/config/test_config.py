"""The configuration: every mistake named, layers, and nothing lost on the way."""

import asyncio
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ranin.config import schema
from ranin.config.document import ConfigError, apply, difference, parse
from ranin.config.store import ConfigStore
from ranin.core.commands import KeepSettings
from ranin.core.pages import PageGroup, PageTarget, PagingSettings
from ranin.core.pin import matches
from ranin.core.settings import Account, CellSettings, DialRule, ForwardSettings, LanSettings, Secret, Settings, Watch

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
KEYS = st.sampled_from([Secret(), Secret(CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY"))])


def mistakes(text: str) -> list[str]:
    with pytest.raises(ConfigError) as found:
        apply(Settings(), parse(text, "phone.toml"), "phone.toml")
    return [str(mistake) for mistake in found.value.mistakes]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[phonne]\n", "did you mean 'phone'?"),
        ('[phone]\ncountri = "FR"\n', "did you mean 'country'?"),
        ('[phone]\ncountry = "XX"\n', "must be one of"),
        ('[phone]\ndigit_map = "12a"\n', "character 3"),
        ("[phone]\ndigit_timeout_s = 99\n", "from 1 to 30"),
        ("[phone]\nhash_dials = 1\n", "true or false"),
        ("[sound]\nringer_volume = 11\n", "from 0 to 10"),
        ('[sound]\ncodecs = ["opus", "opus"]\n', "twice"),
        ("[sound]\ncodecs = []\n", "must be a list"),
        ('[line]\nuser = "1"\n', "two brackets"),
        ("[[line]]\n" * 17, "16 at most, here are 17"),
        ('[rule]\nprefix = "1"\n', "two brackets"),
        ('[[rule]]\nprefix = "a"\n', "not the beginning of a number"),
        ("[[rule]]\nline = 17\n", "from 1 to 16"),
        ('[[line]]\ncodecs = ["opux"]\n', "did you mean 'opus'?"),
        ('[[line]]\nring_melody = "loud"\n', "must be one of classic, soft, urgent"),
        ("[[line]]\nuser = 201\n", "a text in quotes"),
        ('[[watch]]\nnumber = "a b"\n', "not a number or SIP address"),
        ("[[watch]]\nline = 0\n", "1 to 16"),
        ('[watch]\nnumber = "203"\n', "two brackets"),
        ('[[watch]]\nnumber = "203"\n' * 65, "64 at most"),
        ('[[line]]\nuser = "a b"\n', "not a user name"),
        ('[lock]\npin = "12a4"\n', "4 to 8 digits"),
        ("[lock]\nafter_min = 241\n", "from 0 to 240"),
        ('[[line]]\npark = ["5901", "5901"]\n', "one twice"),
        ('[[line]]\npark = ["park"]\n', "not a number"),
        ('[[line]]\ndomain = "-bad-"\n', "not a host name"),
        ('[[line]]\ntransport = "sctp"\n', "udp, tcp, tls"),
        ('[[line]]\nauthority = "x"\n', "one PEM block"),
        ('[forward]\ntarge = "1"\n', "did you mean 'target'?"),
        ('[forward]\ntarget = "call me"\n', "not a telephone number"),
        ('[forward]\nbackend = "code"\n', "did you mean 'codes'?"),
        ('[forward]\nbackend = "cell"\n', "must be one of"),
        ('[forward]\nprofile = "telnix"\n', "did you mean 'telnyx'?"),
        ('[forward]\narm_code = "*52+"\n', "not a code"),
        ("[forward]\nlines = [0]\n", "from 1 to 16"),
        ("[forward]\nlines = 1\n", "must be a list"),
        ('[forward]\nvalues = ["x"]\n', "must be a table"),
        ('[forward.values]\n"Api-Key" = "x"\n', "small letters"),
        ("[lan]\nport = 80\n", "from 1024 to 65535"),
        ('[lan]\nnumber = "shop"\n', "not a number"),
        ('[lan]\ncertificate = "x"\n', "one PEM block"),
        ('[lan]\nkey = "x"\n', "one PEM block"),
        ('[[paging.listen]]\naddress = "10.0.0.1:10000"\n', "10.0.0.1 is not a multicast address"),
        ('[[paging.listen]]\naddress = "[fe80::1]:10000"\n', "ff00::/8"),
        ('[[paging.listen]]\naddress = "224.0.1.75"\n', "not address:port"),
        ('[[paging.listen]]\naddress = "224.0.1.75:0"\n', "not address:port"),
        ('[[paging.listen]]\naddress = "224.0.1.999:1"\n', "no address that is one"),
        ('[[paging.listen]]\nlabel = "x"\n', "number 1 has no address"),
        ('[[paging.listen]]\nadress = "x"\n', "no setting is called 'adress'; there are address"),
        ('[[paging.listen]]\naddress = "224.0.1.75:1"\npriority = 11\n', "number 1, priority: must be a number from 1"),
        ('[[paging.listen]]\naddress = "224.0.1.75:1"\nsources = ["shop"]\n', "not an address or a network"),
        ('[[paging.listen]]\naddress = "224.0.1.75:1"\n' * 2, "two have the same address"),
        ('[[paging.send]]\naddress = "224.0.1.75:1"\ncodec = "opus"\n', "must be one of g722, pcmu, pcma"),
        ('[[paging.send]]\naddress = "224.0.1.75:1"\ncode = "a"\n', "not a code"),
        ('[paging]\nlisten = "224.0.1.75:1"\n', "two brackets"),
        ("[paging]\nlisten = [1]\n", "number 1 must be a table"),
        ("[paging]\nbarge = 11\n", "from 0 to 10"),
        ("[paging]\nttl = 0\n", "from 1 to 255"),
        ('[[line]]\ndisplay_name = "a\\u0007b"\n', "control characters"),
    ],
)
def test_a_mistake_says_what_where_and_what_to_do(text: str, says: str) -> None:
    (found,) = mistakes(text)
    assert says in found


def test_all_mistakes_are_named_at_once_and_no_secret_among_them() -> None:
    found = mistakes('[[line]]\nuser = 1\npassword = ["hunter2"]\nx = 2\n[forward.secrets]\nkey = ["hunter2"]\n')
    assert len(found) == 4 and "hunter2" not in " ".join(found)


def test_text_that_is_no_toml_names_the_line() -> None:
    with pytest.raises(ConfigError, match=r"phone\.toml.*line 2"):
        parse("[phone]\ncountry = \n", "phone.toml")


def test_every_setting_has_a_field_and_every_field_a_sentence() -> None:
    assert {field.key for field in schema.SECTIONS["line"]} == set(Account.__dataclass_fields__)
    rest = {field.key for name in ("phone", "sound") for field in schema.SECTIONS[name]}
    assert rest | {"accounts", "rules", "contacts", "watch", "forward", "modem", "lan", "lock", "paging"} == set(
        Settings.__dataclass_fields__
    )
    assert {field.key for field in schema.SECTIONS["rule"]} == set(DialRule.__dataclass_fields__)
    assert {field.key for field in schema.SECTIONS["forward"]} == set(ForwardSettings.__dataclass_fields__)
    assert {field.key for field in schema.SECTIONS["watch"]} == set(Watch.__dataclass_fields__)
    modem = {field.key for field in schema.SECTIONS["modem"]}
    assert modem | {"emergency"} == set(CellSettings.__dataclass_fields__), "the country says the emergency numbers"
    assert {field.key for field in schema.SECTIONS["lan"]} == set(LanSettings.__dataclass_fields__)
    assert {field.key for field in schema.SECTIONS["paging"]} == set(PagingSettings.__dataclass_fields__)
    assert all(field.says.endswith(".") for fields in schema.SECTIONS.values() for field in fields)


@given(
    st.builds(
        Settings,
        country=st.sampled_from(["FR", "GB", "EG"]),
        ringer_volume=st.integers(0, 10),
        digit_timeout_s=st.floats(1, 30),
        forward=st.builds(
            ForwardSettings,
            target=st.sampled_from(["", "+33612345678", "0612345678"]),
            lines=st.sampled_from([(), (1,), (1, 2)]),
            values=st.sampled_from([(), (("host", "pbx.example"), ("path", "/x"))]),
            secrets=st.sampled_from([(), (("key", Secret("abc")),)]),
        ),
        modem=st.builds(CellSettings, pin=st.sampled_from([Secret(), Secret("1234")]), roaming_allowed=st.booleans()),
        watch=st.lists(st.builds(Watch, number=st.just("203"), line=st.integers(1, 2)), max_size=2).map(tuple),
        lan=st.builds(LanSettings, enabled=st.booleans(), certificate=st.sampled_from(["", CERTIFICATE]), key=KEYS),
        paging=st.builds(
            PagingSettings,
            listen=st.sampled_from([(), (PageGroup("224.0.1.75:10000", "Shop", 2, ("192.0.2.0/24",)),)]),
            send=st.sampled_from([(), (PageTarget("[ff15::1]:10000", code="*81"),)]),
            barge=st.integers(0, 10),
        ),
        accounts=st.lists(
            st.builds(Account, user=st.just("201"), password=st.builds(Secret, st.text("abc")), domain=st.just("x.y")),
            max_size=2,
        ).map(tuple),
        rules=st.lists(st.builds(DialRule, prefix=st.sampled_from(["", "9"]), line=st.integers(1, 16)), max_size=2).map(
            tuple
        ),
    )
)
def test_what_differs_makes_the_same_settings_again(settings: Settings) -> None:
    assert apply(Settings(), difference(Settings(), settings), "local") == settings


async def test_changes_are_kept_above_the_provisioned_layer(tmp_path: Path) -> None:
    provisioned, local = tmp_path / "phone.toml", tmp_path / "local.toml"
    provisioned.write_text('[phone]\ncountry = "GB"\n[[line]]\nuser = "201"\npassword = "p"\ndomain = "x.y"\n')
    store = ConfigStore(provisioned, local)
    base = store.load()
    changed = apply(base, {"sound": {"ringer_volume": 2}}, "test")
    store.execute(KeepSettings(changed))
    await store.stop()
    assert stat.S_IMODE(local.stat().st_mode) == 0o600
    assert "201" not in local.read_text()
    assert ConfigStore(provisioned, local).load() == changed


def test_a_broken_layer_is_left_out_and_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    provisioned, local = tmp_path / "phone.toml", tmp_path / "local.toml"
    provisioned.write_text('[phone]\ncountry = "GB"\n')
    local.write_text('[phone]\ncuntry = "FR"\n')
    store = ConfigStore(provisioned, local)
    assert store.load().country == "GB"
    assert len(store.mistakes) == 1 and "did you mean 'country'" in caplog.text


def test_a_secret_shows_nowhere() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]} {Account(password=secret)}"


async def test_the_newest_of_many_changes_is_what_stays(tmp_path: Path) -> None:
    store = ConfigStore(tmp_path / "a", tmp_path / "b")
    base = store.load()
    for level in range(11):
        store.execute(KeepSettings(apply(base, {"sound": {"ringer_volume": level}}, "test")))
    await asyncio.gather(store.stop())
    assert ConfigStore(tmp_path / "a", tmp_path / "b").load().ringer_volume == 10


def test_the_pin_of_the_lock_is_kept_as_a_hash_alone() -> None:
    read = apply(Settings(), {"lock": {"pin": "4711"}}, "test")
    kept = difference(Settings(), read)["lock"]["pin"]
    assert "4711" not in kept and matches(read.lock.pin, Secret("4711"))
    assert apply(Settings(), {"lock": {"pin": kept}}, "test").lock == read.lock
    assert apply(read, {"lock": {"pin": ""}}, "test").lock.pin == Secret()
