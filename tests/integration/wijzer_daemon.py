# SPDX-License-Identifier: GPL-3.0-or-later
"""A wijzerd of its own for a test: in a folder of its own, ended by its pid."""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WIJZER_BUILD", SOURCE / "build" / "debug")).resolve()
DATA = SOURCE / "tests" / "data"
SLOW = 3 if "asan" in str(BUILD) or "tsan" in str(BUILD) else 1
PATIENCE = 30 * SLOW


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("wijzer", timeout=PATIENCE)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Wijzer:
    """A folder with a configuration, scripts and state, and the daemon that uses it."""

    def __init__(self, feeds="", wijzer=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wijzer-test-"))
        self.scripts = self.folder / "scripts"
        self.scripts.mkdir()
        self.socket = self.folder / "s.sock"
        self.config = self.folder / "wijzer.conf"
        # Most tests send few rows and look at what became of them at once: they would wait for others.
        # test_pending.py is about that.
        at_once = "" if "min_change" in wijzer else "min_change = 1\n"
        self.config.write_text(
            f"[wijzer]\nstate_dir = state\nsocket = s.sock\nscripts = scripts\n{at_once}{wijzer}\n{feeds}")
        self.process = None
        self.log = open(self.folder / "log", "w+")

    # ---- life ------------------------------------------------------------------------------------------------

    def start(self, wait=True, wrapper=()):
        """`wrapper`: a command that becomes what follows it."""
        self.process = subprocess.Popen(
            [*wrapper, BUILD / "bin" / "wijzerd", "--config", self.config], stderr=self.log, stdin=subprocess.DEVNULL)
        if wait:
            self.wait_for(self.answers, "wijzerd does not answer")
        return self

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"wijzerd ended with {self.process.returncode}:\n{self.read_log()}")
        try:
            return self.get("/v1/status").status == 200
        except OSError:
            return False

    def stop(self):
        self.process.terminate()
        status = self.process.wait(PATIENCE)
        self.process = None
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        if self.process:
            self.kill()
        self.log.close()
        shutil.rmtree(self.folder)

    def read_log(self):
        return (self.folder / "log").read_text(errors="replace")

    # ---- what a user does --------------------------------------------------------------------------------------

    def request(self, method, path, body=None, headers=None):
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.request("GET", path, headers=headers)

    def post(self, feed, document, name="document.csv"):
        return self.request("POST", f"/v1/feeds/{feed}?name={name}", document)

    def run(self, *arguments, **more):
        return subprocess.run([BUILD / "bin" / "wijzer", *map(str, arguments)], text=True,
                              env={**os.environ, "WIJZER_SOCKET": str(self.socket), "LC_ALL": "C.UTF-8"},
                              timeout=10 * PATIENCE, **{"capture_output": True, **more})

    def values(self, indicator, query=""):
        return self.get(f"/v1/indicators/{indicator}{query}").json()["values"]

    def by_group(self, indicator, query=""):
        return {value["group"]: value for value in self.values(indicator, query)}

    def script(self, name, text):
        (self.scripts / name).write_text(text)

    def replace_script(self, name, text):
        """Returns when the new text is live."""
        before = self.script_info(name)["loaded_at"]
        self.script(name, text)
        self.wait_for(lambda: self.script_info(name)["loaded_at"] != before, f"{name} is not loaded anew")

    def script_info(self, file):
        return next((s for s in self.get("/v1/scripts").json()["scripts"] if s["file"] == file), None)

    # ---- patience ----------------------------------------------------------------------------------------------

    def wait_for(self, condition, complaint, seconds=PATIENCE):
        """`complaint` may be a function: what there is to say is known only at the end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            result = condition()
            if result:
                return result
            time.sleep(0.02)
        said = complaint() if callable(complaint) else complaint
        raise AssertionError(f"{said}\n{self.read_log()}")

    def is_current(self):
        status = self.get("/v1/status").json()
        return status["engine"]["idle"] and status["engine"]["position"] >= status["store"]["position"]

    def wait_until_current(self):
        self.wait_for(self.is_current, "the engine does not come to rest")


class WijzerTest(unittest.TestCase):
    """A test with a daemon; what the sanitizers say of it fails the test."""

    def make(self, **options):
        wijzer = Wijzer(**options)
        self.addCleanup(self.finish, wijzer)
        return wijzer

    def finish(self, wijzer):
        try:
            if wijzer.process:
                self.assertEqual(wijzer.stop(), 0, wijzer.read_log())
            for complaint in ("Sanitizer", "runtime error:"):
                self.assertNotIn(complaint, wijzer.read_log())
        finally:
            wijzer.close()

    def at_the_same_time(self, function, cases):
        """Calls it for each case, in a thread each: what mostly waits is waited for once."""
        with concurrent.futures.ThreadPoolExecutor(len(cases)) as threads:
            for done in [threads.submit(function, *case) for case in cases]:
                done.result()


MONITOR = """
local w = require "wijzer"
w.instrument { id = "m", respondent = "token", submitted = "date", wave = "year", levels = { "school", "team" },
  groups = { school = "school", team = "team" }, missing = { 99, "n.v.t." }, labels = { ["mee eens"] = 4 },
  items = { a = { range = { 1, 5 } }, b = { range = { 1, 5 }, reverse = true }, c = {} } }
"""

MEAN = """
local w = require "wijzer"
w.indicator { id = "%s", source = w.survey "m", by = { "school", "team" }, inputs = { s = w.scale { "a", "b", min_answered = 1 } },
  compute = function(g) return { value = g.s.mean, ci95 = g.s.ci95 } end }
"""

FEED = "[feed m]\nplugin = survey\ninstrument = m\nwatch = inbox\n"

HEADING = "token,date,year,school,team,a,b,c\n"


def spread(a, b, up):
    """Answers that score half a point more, or less; at the ends of the range there is no room."""
    if up:
        return (a + 1, b) if a < 5 else (a, max(b - 1, 1))
    return (a - 1, b) if a > 1 else (a, min(b + 1, 5))


def rows(team, count, a=4, b=2, start=0, year=2025):
    """Of people whose mean is that of a and b; of one answer that all gave nothing would be published."""
    text, more, less = "", spread(a, b, True), spread(a, b, False)
    for i in range(count):
        is_of_a_pair = (i | 1) < count and (a, b) not in (more, less)
        own_a, own_b = (more, less)[i % 2] if is_of_a_pair else (a, b)
        text += f"{team}{start + i},2025-10-01,{year},S,{team},{own_a},{own_b},1\n"
    return text

EVENT_FEED = "[feed lms]\nplugin = event_lines\n"
EVENT_PLUGINS = "plugins = plugins\nmin_group_size = 1\n"


NOBODY = 65534


@contextlib.contextmanager
def as_nobody(wijzer):
    """What is asked of wijzerd meanwhile comes from an account that administers nothing. For root only."""
    wijzer.folder.chmod(0o755)
    wijzer.socket.chmod(0o777)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def free_port(family=socket.AF_INET, host="127.0.0.1"):
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


def add_plugin(wijzer, name):
    """Builds tests/integration/NAME.c against nothing but include/, into the folder `plugins`."""
    plugins = wijzer.folder / "plugins"
    plugins.mkdir(exist_ok=True)
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-I", SOURCE / "include", "-o", plugins / f"{name}.so",
                    SOURCE / "tests" / "integration" / f"{name}.c"], check=True)


def add_event_plugin(wijzer):
    """A feed of events for a test: of one line each, see event_lines.c."""
    add_plugin(wijzer, "event_lines")
