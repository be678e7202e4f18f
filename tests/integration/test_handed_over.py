# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets that systemd listens on and hands over: what is served there, and what the log says of where that is."""
import contextlib
import os
import re
import shutil
import socket
import subprocess
import unittest

from test_http_plugin import HttpTest, basic
from wijzer_daemon import BUILD, PATIENCE, SOURCE, free_port


class HandedOver(HttpTest):
    def hand_over(self, w, *sockets):
        """As systemd does it: descriptors from 3 on."""
        names = ":".join(name for name, _ in sockets)

        def arrange():
            moved = [os.dup2(os.dup(s.fileno()), 100 + i) for i, (_, s) in enumerate(sockets)]
            for i, descriptor in enumerate(moved):
                os.dup2(descriptor, 3 + i)
        w.process = subprocess.Popen(["/bin/sh", "-c", f'LISTEN_PID=$$ exec "{BUILD}/bin/wijzerd" --config "{w.config}"'],
                                     env={**os.environ, "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": names},
                                     stderr=w.log, preexec_fn=arrange, close_fds=False)

    def listening(self, host="127.0.0.1"):
        one = socket.socket()
        self.addCleanup(one.close)
        one.bind((host, 0))
        one.listen()
        return one

    def test_sockets_that_systemd_listens_on_are_taken_over(self):
        w = self.prepare()
        sockets = [self.listening(), self.listening()]
        self.hand_over(w, *(("listen", one) for one in sockets))
        w.wait_for(w.answers, "wijzerd does not answer")
        for one in sockets:
            w.port = one.getsockname()[1]
            self.assertEqual(self.ask_tcp(w, "GET", "/echo", headers=basic()).status, 200)
            self.assertEqual(self.ask_tcp(w, "GET", "/v1/status").status, 401)
        ports = [one.getsockname()[1] for one in sockets]
        self.assertRegex(w.read_log(), rf"(?m)ready on \S+/s\.sock and 127\.0\.0\.1:{ports[0]} and 127\.0\.0\.1:{ports[1]}$")

    def test_what_systemd_listens_on_in_other_families_is_named_too(self):
        w = self.prepare(wijzer=f"listen = 127.0.0.1:{free_port()}\n")
        hidden = socket.socket(socket.AF_UNIX)
        self.addCleanup(hidden.close)
        hidden.bind(f"\0{w.folder}")
        hidden.listen()
        sockets, named = [("api", hidden)], [f"@{w.folder}"]
        with contextlib.suppress(OSError):  # where there is no IPv6
            other = socket.create_server(("::1", 0), family=socket.AF_INET6)
            self.addCleanup(other.close)
            sockets.append(("listen", other))
            named.append(f"[::1]:{other.getsockname()[1]}")
        named.append(re.search("listen = (.*)", w.config.read_text())[1])
        self.hand_over(w, *sockets)
        w.wait_for(lambda: "ready on" in w.read_log(), "wijzerd is not ready")
        self.assertRegex(w.read_log(), f"(?m)ready on {re.escape(' and '.join(named))}$")

    def test_a_service_that_can_make_no_socket_of_the_network_is_handed_one(self):
        """By systemd's own program, and under what the unit's RestrictAddressFamilies=AF_UNIX does."""
        activate = shutil.which("systemd-socket-activate")
        if not activate:
            print("SKIPPED: systemd-socket-activate is not here", flush=True)
            self.skipTest("systemd-socket-activate is not here")
        w = self.prepare()
        w.port, walls = free_port(), w.folder / "only_unix"
        subprocess.run(["cc", "-o", walls, SOURCE / "tests" / "integration" / "only_unix.c", "-lseccomp"], check=True)
        handed = w.folder / "handed.sock"
        w.process = subprocess.Popen(
            [activate, f"--listen={handed}", f"--listen=127.0.0.1:{w.port}", "--fdname=api:listen",
             walls, BUILD / "bin" / "wijzerd", "--config", w.config], stderr=w.log, stdin=subprocess.DEVNULL)
        w.socket = handed
        w.wait_for(handed.exists, "the socket does not appear")
        self.assertEqual(self.ask_tcp(w, "POST", "/echo?size", b"x" * 1000, basic()).body, b"1000")
        self.assertEqual(w.get("/v1/status").status, 200)

    def test_a_socket_that_is_not_what_its_name_says_stops_the_start(self):
        for name, host, word in (("api", "127.0.0.1", "is no Unix socket"), ("listen", "0.0.0.0", "only this machine")):
            w = self.prepare()
            self.hand_over(w, (name, self.listening(host)))
            self.assertEqual(w.process.wait(PATIENCE), 1)
            w.process = None
            self.assertIn(word, w.read_log())


if __name__ == "__main__":
    unittest.main()
