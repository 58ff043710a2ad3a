#!/usr/bin/python3
"""The page of scripts/triage in a browser: drawn, in light and dark, and proof against its inputs.

    page_test.py --slotproof PROGRAM [--keep FOLDER]

--keep leaves the screenshots in the folder, for people to look at.
"""

import argparse
import html.parser
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
RACE = "slotproof 1\nthread 0\n  A check x0\nthread 1\n  B wrap x0\nchoices v1:t1\n"
ATTACKS = ("<script>document.title='broken'<&script>.slot", "'\"><img src=x onerror=alert(1)>.slot",
           "{{ 7 * 7 }}.slot", "\x1b[31mred.slot")
LOG = """==1==ERROR: AddressSanitizer: heap-use-after-free on address 0x6 at pc 0x5
READ of size 8 at 0x6 thread T0
    #0 0x5 in </pre><script>document.title='broken'</script>f(int) slot</code>.h:5
    #1 0x6 in {% for x in y %}"><svg onload=document.title='broken'> slot.h:6
"""


class Elements(html.parser.HTMLParser):
    """What a page is made of, once its script has run."""

    def __init__(self, text):
        super().__init__()
        self.names = []
        self.handlers = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


def pixels(file):
    """Width, height and the rows of a PNG, unpacked but not unfiltered."""
    data = file.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            packed += data[at + 8:at + 8 + length]
        at += 12 + length
    return width, height, zlib.decompress(packed)


class Page(unittest.TestCase):
    def setUp(self):
        self.browser = shutil.which("chromium")
        if not self.browser:
            self.fail("there is no chromium; `scripts/setup --with chromium` installs it")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "heap").mkdir()

    def page(self, files):
        for name, text in files.items():
            (self.folder / "heap" / name).write_text(text, encoding="utf-8")
        done = subprocess.run(
            [ROOT / "scripts/triage", "--slotproof", PROGRAM, "--slot", "mutant:claim-relaxed",
             "--out", self.folder / "out", self.folder / "heap"],
            capture_output=True, text=True, check=False, timeout=300)
        self.assertEqual(done.returncode, 1, done.stderr)
        return self.folder / "out/report.html"

    def chromium(self, page, *options):
        done = subprocess.run(
            [self.browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             f"--user-data-dir={self.folder / 'profile'}", *options, page.as_uri()],
            capture_output=True, text=True, errors="replace", check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def screenshot(self, page, name, scheme):
        file = (KEEP or self.folder) / name
        self.chromium(page, f"--screenshot={file}", "--window-size=1280,1400",
                      f"--blink-settings=preferredColorScheme={scheme}")
        return pixels(file)

    def test_it_is_drawn_in_light_and_dark(self):
        page = self.page({"race.slot": RACE})
        width, height, light = self.screenshot(page, "light.png", 1)
        self.assertEqual((width, height), (1280, 1400))
        self.assertGreater(len(set(light)), 100)    # an empty page has a handful
        self.assertNotEqual(self.screenshot(page, "dark.png", 0)[2], light)

    def test_it_has_the_story(self):
        page = self.page({"race.slot": RACE})
        dom = self.chromium(page, "--dump-dom")
        elements = Elements(dom).names
        self.assertEqual(elements.count("svg"), 1)
        self.assertEqual(elements.count("script"), 1)
        self.assertEqual(elements.count("button"), 1)
        for text in ("thread 0", "thread 1", "rmw x0.slot relaxed", "the store does not release",
                     "conflict, and nothing orders them", "memory order: acquire"):
            self.assertIn(text, dom)

    def test_it_needs_nothing_else(self):
        text = self.page({"race.slot": RACE}).read_text(encoding="utf-8")
        for word in ("http://", "https://", "src=", "@import", "url(h"):
            self.assertNotIn(word, text)

    def test_inputs_stay_text(self):
        harmless = self.page({"race.slot": RACE, "plain.log": LOG.split("#1")[0].replace("<", "")})
        expected = Elements(self.chromium(harmless, "--dump-dom"))
        files = {name: RACE for name in ATTACKS}
        page = self.page({**files, "attack.log": LOG})
        dom = self.chromium(page, "--dump-dom")
        self.assertNotIn("<title>broken", dom)
        self.assertIn("{{ 7 * 7 }}", dom)
        self.assertNotIn("\x1b", page.read_text(encoding="utf-8"))
        found = Elements(dom)
        self.assertEqual(found.handlers, [])
        self.assertEqual(set(found.names), set(expected.names))
        self.assertEqual(found.names.count("script"), 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slotproof", required=True)
    parser.add_argument("--keep", type=pathlib.Path)
    arguments, rest = parser.parse_known_args()
    PROGRAM, KEEP = arguments.slotproof, arguments.keep
    unittest.main(argv=[sys.argv[0], *rest])
