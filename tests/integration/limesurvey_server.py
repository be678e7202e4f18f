# SPDX-License-Identifier: GPL-3.0-or-later
"""A LimeSurvey as far as RemoteControl 2 shows it, written to its manual ("RemoteControl 2 API") and the documentation of
its functions: a key for a session, exports as base64, failures as {"status": ...} in a call that succeeded."""
import base64
import http.server
import json
import secrets
import threading


class LimeSurvey:
    """`responses`: dicts by column name, each with `id` and `submitdate` ("" is unfinished)."""

    def __init__(self, columns, user="wijzer", password="geheim"):
        self.columns, self.user, self.password = columns, user, password
        self.responses, self.sessions, self.calls = [], set(), []
        self.delimiter, self.texts = ";", {}  # between two columns; what the full heading of a column is
        self.broken = None      # a function of the request that answers instead
        self.expire_once = False  # the next session is over before it is used
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = outer.answer(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def handle(self):
                try:
                    super().handle()
                except ConnectionError:
                    pass  # a courier that was killed

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/index.php/admin/remotecontrol"

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def count(self, method):
        return sum(call["method"] == method for call in self.calls)

    def answer(self, call):
        self.calls.append(call)
        if self.broken:
            return self.broken(call)
        result = getattr(self, call["method"])(*call["params"])
        return 200, json.dumps({"id": call["id"], "result": result, "error": None}).encode()

    def get_session_key(self, user, password):
        if (user, password) != (self.user, self.password):
            return {"status": "Invalid user name or password"}
        key = secrets.token_hex(16)
        self.sessions.add(key)
        return key

    def release_session_key(self, key):
        self.sessions.discard(key)
        return "OK"

    def export_responses(self, key, survey, kind, language, completion, headings, answers, first=None, last=None):
        if self.expire_once:
            self.expire_once = False
            self.sessions.clear()
        if key not in self.sessions:
            return {"status": "Invalid session key"}
        if survey != 123456:
            return {"status": "Error: Invalid survey ID"}
        chosen = [r for r in self.responses if (completion == "all" or r["submitdate"]) and r["id"] >= (first or 1)]
        if not chosen:
            return {"status": "No Data, could not get max id."}
        quote = lambda value: '"' + str(value).replace('"', '""') + '"'
        heading = [self.texts.get(c, c) if headings == "full" else c for c in self.columns]
        lines = [self.delimiter.join(map(quote, heading))]
        lines += [self.delimiter.join(quote(r[c]) for c in self.columns) for r in chosen]
        return base64.b64encode(("\ufeff" + "\r\n".join(lines) + "\r\n\r\n").encode()).decode()
