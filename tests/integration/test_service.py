# SPDX-License-Identifier: GPL-3.0-or-later
"""What a sysadmin relies on: hardened units, socket activation, readiness, and a daemon that sleeps when nothing happens."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

from wijzer_daemon import BUILD, FEED, HEADING, MEAN, MONITOR, PATIENCE, SLOW, WijzerTest, rows

MOST_EXPOSED = 0.4
MOST_IDLE = 16


class Units(unittest.TestCase):
    def test_the_service_is_hardened(self):
        if not shutil.which("systemd-analyze"):
            print("SKIPPED: systemd-analyze is not here", flush=True)
            self.skipTest("systemd-analyze is not here")
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", BUILD / "systemd" / "wijzerd.service"],
                              capture_output=True, text=True, timeout=120)
        found = re.search(r"Overall exposure level for wijzerd.service: ([0-9.]+)", done.stdout)
        self.assertIsNotNone(found, done.stdout + done.stderr)
        self.assertLessEqual(float(found[1]), MOST_EXPOSED)

    def test_what_is_installed_finds_itself_wherever_it_is(self):
        """Also without having been built for that place: a package is staged in another folder."""
        with tempfile.TemporaryDirectory() as stage:
            subprocess.run(["cmake", "--install", BUILD], env={**os.environ, "DESTDIR": stage}, check=True, capture_output=True)
            stage = pathlib.Path(stage)
            unit = next(stage.rglob("wijzerd.service"))
            self.assertEqual(unit.parent.parts[-3:], ("lib", "systemd", "system"))
            for socket_unit in ("wijzerd.socket", "wijzerd-listen.socket"):
                self.assertTrue((unit.parent / socket_unit).exists(), socket_unit)
            program = re.search(r"^ExecStart=(\S+)", unit.read_text(), re.M)[1]
            self.assertTrue(os.access(str(stage) + program, os.X_OK), program)
            self.assertNotIn("@", re.sub(r"^SystemCallFilter=.*|^#.*", "", unit.read_text(), flags=re.M))


class Service(WijzerTest):
    def test_a_socket_is_taken_over_by_name_and_readiness_is_told(self):
        """As systemd does it: descriptors from 3 on, named in LISTEN_FDNAMES, LISTEN_PID the daemon's own."""
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        path, told = w.folder / "handed.sock", w.folder / "notify"
        listening, other = (socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(2))
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listening.bind(str(path))
        listening.listen()
        notify.bind(str(told))
        notify.settimeout(PATIENCE)

        def hand_over():
            os.environ["LISTEN_PID"] = str(os.getpid())
            first, second = os.dup(other.fileno()), os.dup(listening.fileno())  # not where they are to go
            first, second = (os.dup2(d, d + 100) for d in (first, second))
            os.dup2(first, 3)
            os.dup2(second, 4)
        environment = {**os.environ, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "something:api", "NOTIFY_SOCKET": str(told)}
        # LISTEN_PID has to be the pid of the daemon itself: a shell sets it and becomes the daemon.
        w.process = subprocess.Popen(["/bin/sh", "-c", f'LISTEN_PID=$$ exec "{BUILD}/bin/wijzerd" --config "{w.config}"'],
                                     env=environment, stderr=w.log, preexec_fn=hand_over, close_fds=False)
        self.assertIn(b"READY=1", notify.recv(1000))
        w.socket = path
        self.assertEqual(w.get("/v1/status").status, 200)
        self.assertIn("a socket named 'something', which nobody here knows", w.read_log())
        self.assertRegex(w.read_log(), rf"(?m)ready on {path}$")
        self.assertEqual(w.stop(), 0)
        self.assertTrue(path.exists(), "a socket of systemd's is systemd's to remove")
        for end in (listening, other, notify):
            end.close()

    def test_an_idle_daemon_sleeps(self):
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        w.post("m", HEADING + rows("A", 6))
        w.wait_until_current()
        time.sleep(2.5)  # what is left to be settled
        before = self.wake_ups(w.process.pid)
        time.sleep(5)
        self.assertEqual(self.wake_ups(w.process.pid), before)
        print(f"idle: {self.resident(w.process.pid):.1f} MiB resident", flush=True)

    def test_a_large_import_leaves_no_more_memory_than_an_idle_daemon_needs(self):
        if SLOW > 1:
            print("SKIPPED: sanitizers keep memory of their own", flush=True)
            self.skipTest("sanitizers keep memory of their own")
        w = self.make(feeds=FEED)
        w.script("m.lua", MONITOR)
        w.script("mean.lua", MEAN % "mean")
        w.start()
        w.post("m", HEADING + "".join(rows(f"T{team}", 1000) for team in range(100)))
        w.wait_until_current()
        self.assertGreater(self.resident(w.process.pid), MOST_IDLE, "the import is not large enough to tell anything")
        w.wait_for(lambda: self.resident(w.process.pid) < MOST_IDLE, "the memory stays", 10)

    def resident(self, pid):
        """MiB."""
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024

    def wake_ups(self, pid):
        """How often any of its threads has slept and gone on, as the kernel counts."""
        total = 0
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (task / "status").read_text(), re.M)[1])
        return total


if __name__ == "__main__":
    unittest.main()
