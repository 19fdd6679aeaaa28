"""How soon does the app paint, change pages and answer a key, in a real browser, on a catalog of a million papers?

Each time is taken in the browser: a paint by the browser's own clock of paints, a page switch from the press on a link
to the frame after which the new page stands still, a key from its event to the next paint (the Event Timing API).
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import processes
from app.benchmarks.catalog import ONE_THREAD, PAGE, place
from app.benchmarks.machine import BenchmarkFailed, described, part
from app.provenance import commit_of_code
from app.settings import ROOT
from db import beginnings
from db.connect import open_catalog

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize

RECORDED = ROOT / "docs" / "benchmarks" / "ui.json"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_SIZE: ViewportSize = {"width": 1280, "height": 900}
_VISITS = 5  # first paints
_ROUNDS = 3  # over all pages
_KEYS = "jjjojjsjjxjuktjjojjrjjsjjxjjjj"  # of a morning
_PATIENCE = 60_000  # milliseconds
_LIBRARIES = ("streamlit", "playwright")

# A press on a link of the navigation is timed until its page has its heading, and until it stands still.
_WATCH_SWITCHES = """() => {
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-testid=stSidebarNavLink]")) return;
    const begun = event.timeStamp;
    const before = document.querySelector("h1");
    const heading = before?.textContent;
    window.switched = new Promise((done) => {
      let titled = null;
      const look = () => {
        const now = document.querySelector("h1")?.textContent;
        if (titled === null && now && now !== heading) titled = performance.now() - begun;
        const still = document.querySelector("[data-testid=stApp]").dataset.testScriptState === "notRunning";
        if (titled !== null && still) done({ heading: titled, whole: performance.now() - begun });
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  }, true);
}"""
_WATCH_KEYS = """() => {
  window.keys = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === "keydown") window.keys.push(entry.duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: false });
}"""
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


def run(*, papers: int, seed: int, folder: Path, catalog: Path | None = None) -> dict[str, Any]:
    """Build a catalog, serve it, and look at it; times in milliseconds.

    :param folder: where a home is made, and removed again.
    :param catalog: one built before (`bench catalog --keep`), of which a copy is served.
    :raises BenchmarkFailed: there is no browser, or a part did not end well.
    """
    with place(folder) as path:
        if catalog is None:
            part("ingest", path, "--papers", papers, "--page", PAGE, "--seed", seed, environment=ONE_THREAD)
        else:
            shutil.copyfile(catalog, path)
        with closing(open_catalog(path)) as db:
            beginnings.leave(db)  # so that the first address is the Inbox
            n = db["papers"].count
        with _served(path.parent) as address, chromium() as browser:
            _visit(browser, address).context.close()  # the first visitor waits for the server's imports
            found = {
                "first_paint": _first_paints(browser, address),
                "page_switch": _switches(browser, address),
                "key": _keys(browser, address),
            }
    return {
        "benchmark": "ui",
        "papers": n,
        "seed": seed if catalog is None else None,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of_code(),
        "versions": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "device": described(),
        **found,
    }


def _first_paints(browser: Browser, address: str) -> dict[str, Any]:
    """Visits of strangers, whose browsers have nothing of the app yet: the first paint, and when all is drawn."""
    paints, whole = [], []
    for _ in range(_VISITS):
        page = browser.new_context(viewport=_SIZE, locale="en-US").new_page()
        begun = time.perf_counter()
        page.goto(address)
        _settled(page)
        whole.append(1000 * (time.perf_counter() - begun))
        paints.append(float(page.evaluate(_PAINT)))
        page.context.close()
    return {"paint": _times(paints), "whole": _times(whole)}


def _switches(browser: Browser, address: str) -> dict[str, Any]:
    """Every page of the navigation, one after the other, several times."""
    page = _visit(browser, address)
    page.evaluate(_WATCH_SWITCHES)
    heading: list[float] = []
    whole: list[float] = []
    by_page: dict[str, list[float]] = {}
    links = page.get_by_test_id("stSidebarNavLink")
    names = links.evaluate_all("all => all.map(one => new URL(one.href).pathname.slice(1))")
    for _ in range(_ROUNDS):
        for number in [*range(1, len(names)), 0]:
            links.nth(number).click()
            took = page.evaluate("() => window.switched")
            heading.append(took["heading"])
            whole.append(took["whole"])
            by_page.setdefault(names[number] or "inbox", []).append(took["whole"])
    page.context.close()
    slowest = {name: max(times) for name, times in sorted(by_page.items(), key=lambda item: -max(item[1]))}
    return {"heading": _times(heading), "whole": _times(whole), "slowest": slowest}


def _keys(browser: Browser, address: str) -> dict[str, Any]:
    """The keys of a morning in the list of the Inbox; what is painted within one frame counts as 16 ms."""
    page = _visit(browser, address)
    page.wait_for_selector("#triage .row")
    page.evaluate(_WATCH_KEYS)
    for key in _KEYS:
        page.keyboard.press(key)
        page.wait_for_timeout(120)
    page.wait_for_timeout(500)
    slow = [float(time) for time in page.evaluate("() => window.keys")]
    page.context.close()
    if len(slow) > len(_KEYS):
        raise BenchmarkFailed(f"{len(slow)} keys were timed, {len(_KEYS)} were pressed")
    return _times([*slow, *[16.0] * (len(_KEYS) - len(slow))])


def _visit(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport=_SIZE, locale="en-US").new_page()
    page.set_default_timeout(_PATIENCE)
    page.goto(f"{address}/?by=date")
    _settled(page)
    return page


def _settled(page: Page) -> None:
    page.wait_for_selector("h1", timeout=_PATIENCE)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=_PATIENCE)


def _times(times: Sequence[float]) -> dict[str, float]:
    import numpy as np

    p50, p95 = np.percentile(times, (50, 95))
    return {"n": len(times), "p50": float(p50), "p95": float(p95), "most": max(times)}


@contextmanager
def _served(home: Path) -> Iterator[str]:
    """The app on this home; the address at which it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    with (home / "serve.log").open("wb") as log:
        process = processes.start(
            "app", "serve", "--port", f"{port}", environment={"TRENDLAB_HOME": str(home)}, stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                    break
            except OSError:
                time.sleep(0.2)
        else:
            said = (home / "serve.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            raise BenchmarkFailed(f"the app did not come up: {said[-1] if said else 'it said nothing'}")
        yield f"http://127.0.0.1:{port}"
    finally:
        processes.end(process)


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine.

    :raises BenchmarkFailed: there is none, or nothing that drives it.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise BenchmarkFailed("Playwright is not installed; pip install -r tests/requirements.txt") from error
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        raise BenchmarkFailed("no Chromium; install one with: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def rows(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The figures for people: what, and how much."""
    paint, switch, key = found["first_paint"], found["page_switch"], found["key"]
    slowest = "; ".join(f"{name} {time:,.0f} ms" for name, time in list(switch["slowest"].items())[:3])
    return [
        ("first paint", _words(paint["paint"])),
        ("… until all is drawn", _words(paint["whole"])),
        ("page switch, until the heading is there", _words(switch["heading"])),
        ("… until the page stands still", _words(switch["whole"])),
        ("… slowest pages", slowest),
        ("a key in the list, until it is painted", _words(key)),
    ]


def _words(times: dict[str, float]) -> str:
    return f"p50 {times['p50']:,.0f} ms, p95 {times['p95']:,.0f} ms, most {times['most']:,.0f} ms; n {times['n']}"


def recorded() -> dict[str, Any]:
    """The figures in the repository."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def markdown(found: dict[str, Any]) -> str:
    """The figures that the README shows, with the bars they are held to, as a Markdown table."""
    paint, switch, key = found["first_paint"], found["page_switch"], found["key"]
    told = [
        ("first paint of the served app, p95", f"{paint['paint']['p95'] / 1000:.1f} s", "≤ 2.5 s"),
        ("the same, until all is drawn, p95", f"{paint['whole']['p95'] / 1000:.1f} s", ""),
        ("page switch until the heading is there, p95", f"{switch['heading']['p95'] / 1000:.2f} s", "≤ 0.7 s"),
        ("the same, until the page stands still, p95", f"{switch['whole']['p95'] / 1000:.2f} s", ""),
        ("a key in the list until the paint that answers it, p95", f"{key['p95']:.0f} ms", "≤ 150 ms"),
    ]
    head = ["| what | measured | bar |", "| --- | --- | --- |"]
    return "\n".join([*head, *(f"| {what} | {figure} | {bar} |" for what, figure, bar in told)])
