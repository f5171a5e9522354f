"""The bench's table, and its page with a plot (SVG, drawn here)."""

from pathlib import Path
from typing import Any

GOALS = {
    "invite_to_180_ms": ("at most 10 ms above pjsua", lambda row: row["ranin"] <= row["peers"]["pjsua"] + 10),
    "cpu_pcmu_pct": ("at most 1.3 × pjsua", lambda row: row["ranin"] <= 1.3 * row["peers"]["pjsua"]),
    "cpu_g722_pct": ("at most 1.3 × pjsua", lambda row: row["ranin"] <= 1.3 * row["peers"]["pjsua"]),
    "cpu_opus_pct": ("at most 1.3 × pjsua", lambda row: row["ranin"] <= 1.3 * row["peers"]["pjsua"]),
    "offhook_to_tone_ms": ("at most 60", lambda row: row["ranin"] <= 60),
    "key_to_panel_ms": ("at most 20", lambda row: row["ranin"] <= 20),
    "mouth_to_ear_ms": ("at most 160", lambda row: row["ranin"] <= 160),
    "xruns": ("none", lambda row: row["ranin"] == 0),
    "start_to_registered_ms": ("at most 1500", lambda row: row["ranin"] <= 1500),
    "pss_mib": ("at most 80", lambda row: row["ranin"] <= 80),
    "hold_to_silence_ms": ("at most 150", lambda row: row["ranin"] <= 150),
    "resume_to_sound_ms": ("at most 150", lambda row: row["ranin"] <= 150),
    "conference5_ratio": ("at most 2.5", lambda row: row["ranin"] <= 2.5),
    "flood_gap_ms": ("at most 60", lambda row: row["ranin"] <= 60),
    "flood_replies": ("none", lambda row: row["ranin"] == 0),
    "flood_invite_to_180_ms": ("at most 1000", lambda row: row["ranin"] <= 1000),
    "flood_ring_ms": ("at most 1000", lambda row: row["ranin"] <= 1000),
    "fail_noticed_s": ("at most 6", lambda row: row["ranin"] <= 6),
    "fail_registered_lte_s": ("at most 10", lambda row: row["ranin"] <= 10),
    "fail_gap_silent_s": ("at most 8", lambda row: row["ranin"] <= 8),
    "fail_gap_notice_s": ("at most 3", lambda row: row["ranin"] <= 3),
    "fail_return_noticed_s": ("at most 15", lambda row: row["ranin"] <= 15),
    "fail_last_gasp_s": ("at most 5", lambda row: row["ranin"] <= 5),
    "pesq_jitter20": ("at least 3.0", lambda row: row["ranin"] >= 3.0),
    "pesq_jitter40": ("at least 2.6", lambda row: row["ranin"] >= 2.6),
    "added_jitter20_ms": ("at most 150", lambda row: row["ranin"] <= 150),
    "added_jitter40_ms": ("at most 150", lambda row: row["ranin"] <= 150),
    "erle_db": ("at least 20", lambda row: row["ranin"] >= 20),
}
PEERS = ("pjsua", "baresip", "linphone")

CONDITIONS = """\
The same for all: a clocked card of its own for each (48 kHz, mono, S16_LE), one server, no echo canceller but where
it is measured.
No VAD is switched on. What differs:

| | bridge | sound frames | sound buffers asked for | jitter buffer |
|---|---|---|---|---|
| ranin | 16 kHz | 10 ms | 20 ms each way | adaptive, from 10 to 150 ms |
| pjsua (same build of PJSIP) | 16 kHz | 10 ms | 20 ms each way | adaptive, its defaults |
| baresip (Debian's) | none, 48 kHz asked for | its defaults | its defaults | its defaults |
| linphone (Debian's) | its defaults | its defaults | its defaults | adaptive, 20 ms asked for |

`invite_to_200_ms` of ranin has its handset lifted the moment it rings; the peers answer by themselves. ranin's numbers
hold daemon, SIP engine, display, keypad and ringer together; the peers have none of the last four.
"""
EXPLAINED = {
    "flood_": """\
`flood_*` rows: a stranger beside the server sends 2,000 INVITEs a second, for 5 s in a call, and while a real call
arrives; 8000 means that it had not rung after 8 s.
""",
    "fail_": """\
`fail_*` rows are outages in network namespaces, in seconds: a peer's 20 means that it had not come back after 20 s.
`silent`: the router drops everything, the kernel sees nothing; `notice`: the address changes and the kernel says so.
""",
    "pesq_": """\
`pesq_*`: MOS-LQO (ITU-T P.862 narrowband, mapped by P.862.1) of espeak-ng's speech as PCMU at -26 dBov, 2.5 s after
the call began, mean of three groups of 8 s. `jitter20`: each packet takes 100 ms and a normal deviate of σ 20 ms,
overtaking allowed, none lost; `control`: 100 ms each. `added_*`: what jitter adds to the median delay. Calls beside
a control below 3.2 do not count. `erle_db`: echo without a canceller over echo with it, 10 s after it began to learn,
in a still room that answers for 90 ms (-8 dB); `double_talk_mos`: MOS-LQO of somebody there who talks while the far
end does. baresip has no canceller as Debian ships it. pjsua is of our build, with our patches of PJSIP.
""",
}
"""What rows of these names mean."""


def table(result: dict[str, Any]) -> str:
    """The medians as a text table."""
    lines = [f"{'row':<24}{'ranin':>10}{''.join(f'{peer:>10}' for peer in PEERS)}  runs  goal"]
    for row in result["rows"]:
        cells = [row["ranin"], *(row["peers"].get(peer) for peer in PEERS)]
        numbers = "".join(f"{'-' if cell is None else cell:>10}" for cell in cells)
        lines.append(f"{row['name']:<24}{numbers}{row['runs']:>6}  {_verdict(row)}")
    return "\n".join(lines)


def _verdict(row: dict[str, Any]) -> str:
    if row["name"] not in GOALS:
        return ""
    words, holds = GOALS[row["name"]]
    return f"{words}: {'reached' if holds(row) else 'MISSED'}"


def _explained(result: dict[str, Any]) -> str:
    names = [row["name"] for row in result["rows"]]
    return "".join(f"{text}\n" for start, text in EXPLAINED.items() if any(name.startswith(start) for name in names))


def write_docs(result: dict[str, Any], folder: Path) -> None:
    """docs/bench.md and docs/bench.svg."""
    (folder / "bench.svg").write_text(_plot(result))
    (folder / "bench.md").write_text(
        "# How the phone compares\n\n"
        "Medians of `make bench DOCS=1` on two cores of a virtual machine (x86-64); a Pi's numbers differ, the ratios\n"
        "matter. Each row was measured in one run beside its peers. `make bench` prints the same table and writes\n"
        "`build/bench.json`; `python -m tests.bench --part calls` measures a part anew (`--help` names them).\n\n"
        f"{CONDITIONS}\n{_explained(result)}![Ratios to pjsua](bench.svg)\n\n```\n{table(result)}\n```\n"
    )


def _plot(result: dict[str, Any]) -> str:
    """Bars of ranin and baresip as ratios of pjsua, where all were measured."""
    rows = [row for row in result["rows"] if row["peers"].get("pjsua") and row["ranin"] is not None]
    height = 44 * len(rows) + 30
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="760" height="{height}" font-family="sans-serif">']
    parts.append(f'<rect width="760" height="{height}" fill="#fff"/>')
    for index, row in enumerate(rows):
        y = 20 + 44 * index
        parts.append(f'<text x="10" y="{y + 18}" font-size="13">{row["name"]}</text>')
        for offset, (who, value, colour) in enumerate(
            (("ranin", row["ranin"], "#1f7a6d"), ("baresip", row["peers"].get("baresip"), "#b9b4a8"))
        ):
            if value is not None:
                ratio = value / row["peers"]["pjsua"]
                bar = f'x="200" y="{y + 15 * offset}" width="{min(480, 120 * ratio):.0f}" height="12" fill="{colour}"'
                label = f'x="{min(690, 206 + 120 * ratio):.0f}" y="{y + 10 + 15 * offset}" font-size="11"'
                parts.append(f"<rect {bar}/><text {label}>{who} {ratio:.2f}×</text>")
    parts.append(f'<line x1="320" x2="320" y1="10" y2="{height - 10}" stroke="#23262b" stroke-dasharray="3 3"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
