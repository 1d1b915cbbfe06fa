"""What came out of one run of the tests, read from the reports of ctest and pytest."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Lane:
    """One interpreter's run. A pytest counts as the tests in it, since ctest sees it as one."""

    name: str
    run: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)  # the test, and why
    seconds: float = 0.0
    absent: str = ""


def _why(output: str) -> str:
    """The reason of a skipped test of GoogleTest's, or what stands after 'skipped:'."""
    match = re.search(r": Skipped\n(.+)", output) or re.search(r"skipped: (.+)", output)
    return match[1].strip() if match else "no reason given"


def _read_pytest(report: Path, lane: Lane) -> bool:
    try:
        cases = list(ET.parse(report).iter("testcase"))
    except (OSError, ET.ParseError):
        return False  # it died, or ran past its time
    for case in cases:
        name = f"{report.stem}: {case.get('name')}"
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            lane.failed.append(name)
        if skipped is not None:
            lane.skipped.append((name, skipped.get("message") or "no reason given"))
        else:
            lane.run += 1
    return True


def read(name: str, junit: Path, reports: Path, seconds: float) -> Lane:
    lane = Lane(name, seconds=seconds)
    try:
        cases = list(ET.parse(junit).iter("testcase"))
    except (OSError, ET.ParseError):
        lane.failed.append("ctest itself; see the log")
        return lane
    for case in cases:
        test = case.get("name") or "?"
        failed = case.get("status") in ("fail", "notrun") and case.find("skipped") is None
        already = len(lane.failed)
        if _read_pytest(reports / f"{test}.xml", lane):
            if failed and len(lane.failed) == already:
                lane.failed.append(test)
            continue
        if case.find("skipped") is not None or case.get("status") == "disabled":
            lane.skipped.append((test, _why(case.findtext("system-out") or "")))
            continue
        lane.run += 1
        if failed:
            lane.failed.append(test)
    return lane


def table(lanes: list[Lane]) -> str:
    width = max([len(lane.name) for lane in lanes], default=0)
    width = max(width, len("interpreter"))
    lines = [
        "",
        f"{'interpreter':<{width}}  {'run':>6}  {'failed':>6}  {'skipped':>7}  {'seconds':>7}",
    ]
    for lane in lanes:
        if lane.absent:
            lines.append(f"{lane.name:<{width}}  {lane.absent}")
        else:
            lines.append(
                f"{lane.name:<{width}}  {lane.run:>6}  {len(lane.failed):>6}"
                f"  {len(lane.skipped):>7}  {lane.seconds:>7.0f}"
            )
    reasons: dict[str, list[str]] = defaultdict(list)
    for lane in lanes:
        for _, why in lane.skipped:
            reasons[why].append(lane.name)
    if reasons:
        lines += ["", "skipped:"]
    for why, names in sorted(reasons.items()):
        where = ", ".join(
            name if names.count(name) == 1 else f"{name} ({names.count(name)})"
            for name in dict.fromkeys(names)
        )
        lines.append(f"  {why}: {where}")
    for lane in lanes:
        if lane.failed:
            lines += ["", f"failed on {lane.name}:", *(f"  {test}" for test in lane.failed)]
    return "\n".join(lines)
