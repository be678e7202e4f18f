# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that others wrote find in wijzerd what they expect of a record store: tests/clients. They come from npm, by the
lock file there, once for each build folder."""
import hashlib
import os
import shutil
import subprocess
import unittest

from wijzer_daemon import BUILD, PATIENCE, SOURCE, WijzerTest
import xapi_store
from xapi_store import KEY, SECRET, free_port

CLIENTS = SOURCE / "tests" / "clients"
FOLDER = BUILD / "clients"
# What npm says where there is no network; a test cannot mend that.
NO_NETWORK = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "ETIMEDOUT")


def install():
    """None, or why the clients cannot be had. A folder that is being filled bears another name."""
    lock = (CLIENTS / "package-lock.json").read_bytes() + (CLIENTS / "package.json").read_bytes()
    stamp, wanted = FOLDER / "installed", hashlib.sha256(lock).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        half = FOLDER.with_name(f"clients.{os.getpid()}")
        half.mkdir(parents=True)
        for file in CLIENTS.glob("package*.json"):
            shutil.copy(file, half)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], cwd=half,
                              text=True, capture_output=True, timeout=600)
        if done.returncode != 0:
            shutil.rmtree(half)
            if any(f"code {code}" in done.stderr for code in NO_NETWORK):
                return f"npm does not reach its registry: {done.stderr}"
            raise AssertionError(f"npm ci: {done.stdout}{done.stderr}")
        (half / "installed").write_text(wanted)
        shutil.rmtree(FOLDER, ignore_errors=True)
        half.rename(FOLDER)
    for file in CLIENTS.glob("*.js"):
        shutil.copy(file, FOLDER)
    return None


class Clients(WijzerTest):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        missing = [program for program in ("node", "npm") if not shutil.which(program)]
        why = f"{' and '.join(missing)} is not here; ./dev deps installs it" if missing else install()
        if why:
            print(f"SKIPPED: {why}", flush=True)
            raise unittest.SkipTest(why)

    def run_client(self, name, *arguments):
        port = free_port()
        xapi_store.put_secret(self.make(**xapi_store.options(keep=True, port=port))).start()
        done = subprocess.run(["node", f"{name}.js", f"http://127.0.0.1:{port}/xapi/", KEY, SECRET, *arguments], cwd=FOLDER,
                              text=True, capture_output=True, timeout=2 * PATIENCE)
        print(done.stdout, end="", flush=True)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stderr)
        return len(done.stdout.splitlines())

    def test_xapi(self):
        self.assertEqual(self.run_client("xapi", "1.0.3"), 20)

    def test_xapi_2(self):
        self.assertEqual(self.run_client("xapi", "2.0.0"), 20)

    def test_tincanjs(self):
        self.assertEqual(self.run_client("tincanjs"), 11)

    def test_adl_xapiwrapper(self):
        self.assertEqual(self.run_client("adl-xapiwrapper"), 8)


if __name__ == "__main__":
    unittest.main()
