# SPDX-License-Identifier: GPL-3.0-or-later
"""Many connections at once: the daemon hears everybody again when some have left, and no account shuts out the others."""
import contextlib
import os
import signal
import socket
import time
import unittest

from wijzer_daemon import FEED, NOBODY, PATIENCE, WijzerTest

MOST = 256
SHARE = 64
GET = b"GET /v1/status HTTP/1.1\r\nHost: wijzer\r\n\r\n"


class Connections(WijzerTest):
    def setUp(self):
        self.w = self.make(feeds=FEED)
        self.w.start()

    def connect(self):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        self.addCleanup(connection.close)
        connection.connect(str(self.w.socket))
        return connection

    def ask(self, connection):
        connection.sendall(GET)
        return connection.recv(100).split(b"\r\n")[0]

    def open(self, count):
        """Accepted all of them: each has had an answer."""
        connections = []
        for _ in range(count):
            connections.append(self.connect())
            self.assertEqual(self.ask(connections[-1]), b"HTTP/1.1 200 OK")
        return connections

    def test_who_comes_after_others_have_left_is_heard(self):
        connections = self.open(MOST)
        waiting = self.connect()  # behind the limit
        waiting.sendall(GET)
        self.w.wait_for(lambda: f"all {MOST} connections are in use" in self.w.read_log(), "nothing is said of the limit")
        for connection in connections[6:]:
            connection.close()
        self.assertEqual(waiting.recv(100).split(b"\r\n")[0], b"HTTP/1.1 200 OK")
        self.assertEqual(self.ask(self.connect()), b"HTTP/1.1 200 OK")

    def test_the_limit_is_told_once_each_time_that_it_is_reached(self):
        for times in (1, 2):
            connections = self.open(MOST)
            for _ in range(3):
                connections.pop().close()
                connections += self.open(1)
            self.w.wait_for(lambda: self.w.read_log().count("connections are in use") == times, "not told")
            for connection in connections:
                connection.close()
            self.w.wait_until_current()

    def test_one_account_cannot_shut_out_the_others(self):
        if os.geteuid() != 0:
            print("SKIPPED: only root can be somebody else", flush=True)
            self.skipTest("only root can be somebody else")
        self.w.folder.chmod(0o755)
        self.w.socket.chmod(0o666)
        with self.somebody_else(self.take_a_share):
            self.assertEqual(self.w.read_log().count(f"user {NOBODY} has {SHARE} connections"), 1)
            self.open(MOST - SHARE)  # root may have the rest, and more than its share

    @contextlib.contextmanager
    def somebody_else(self, what):
        """Somebody else does it, and keeps what it has open for as long as this lasts."""
        done, told = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.setuid(NOBODY)
                kept = what()
                os.write(told, b"done")
                signal.pause()
                os._exit(len(kept))
            except BaseException as failure:
                os.write(told, repr(failure).encode())
                os._exit(1)
        try:
            self.assertEqual(os.read(done, 1000), b"done")
            yield
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            os.close(done)
            os.close(told)

    def take_a_share(self):
        kept = self.open(SHARE)
        for _ in range(3):
            refused = self.connect()
            try:
                answer = self.ask(refused)
            except OSError:  # told before it could ask
                answer = refused.recv(100)
            assert answer.startswith(b"HTTP/1.1 503 "), answer
        kept.pop().close()  # a place that is left is there for the next
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            kept.append(self.connect())
            if self.ask(kept[-1]) == b"HTTP/1.1 200 OK":
                return kept
        raise AssertionError("no place")


if __name__ == "__main__":
    unittest.main()
