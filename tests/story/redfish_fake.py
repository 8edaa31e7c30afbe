#!/usr/bin/env python3
"""A Redfish controller that is a fake: one system, Basic authentication, power by ResetType.

redfish_fake.py PORT FOLDER; it writes its password (of admin) to FOLDER/password.
FOLDER/redfish has the power state, FOLDER/mode how it misbehaves:
ok, hang, rubbish, lie (says yes and does nothing), two (two systems), old (no AllowableValues).
"""
import base64, http.server, json, pathlib, sys, time

PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])
SYSTEM = "/redfish/v1/Systems/node-1"
RESET = SYSTEM + "/Actions/ComputerSystem.Reset"
PASSWORD = 'se"c\\r$t'
LOGIN = "Basic " + base64.b64encode(b"admin:" + PASSWORD.encode()).decode()
TYPES = ["On", "ForceOff", "ForceRestart", "Nmi"]


def read(name, preset):
    path = FOLDER / name
    return path.read_text().strip() if path.exists() else preset


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, text, *words):
        with open(FOLDER / "log", "a") as log:
            log.write(text % words + "\n")

    def answer(self, status, value):
        body = json.dumps(value).encode()
        if read("mode", "ok") == "rubbish":
            body = b"<html>\x1b[2J nothing that you know"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def is_welcome(self):
        if read("mode", "ok") == "hang":
            time.sleep(600)
        if self.headers.get("Authorization") != LOGIN:
            self.answer(401, {"error": "who are you"})
            return False
        return True

    def do_GET(self):
        if not self.is_welcome():
            return
        state = read("redfish", "Off")
        if self.path == "/redfish/v1/Systems":
            n = 2 if read("mode", "ok") == "two" else 1
            self.answer(200, {"Members": [{"@odata.id": SYSTEM}] * n})
        elif self.path == SYSTEM:
            if state.startswith("Powering"):
                (FOLDER / "redfish").write_text(state.replace("Powering", ""))
            action = {"target": RESET, "ResetType@Redfish.AllowableValues": TYPES}
            if read("mode", "ok") == "old":
                del action["ResetType@Redfish.AllowableValues"]
            self.answer(200, {"PowerState": state, "Actions": {"#ComputerSystem.Reset": action}})
        else:
            self.answer(404, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.is_welcome():
            return
        kind = body.get("ResetType")
        if self.path != RESET or kind not in TYPES + ["PowerCycle"]:
            self.answer(400, {})
            return
        if read("mode", "ok") != "lie" and kind != "Nmi":
            (FOLDER / "redfish").write_text("PoweringOff" if kind == "ForceOff" else "PoweringOn")
        with open(FOLDER / "log", "a") as log:
            log.write(f"reset {kind}\n")
        self.send_response(204)
        self.end_headers()


(FOLDER / "password").touch(0o600)
(FOLDER / "password").write_text(PASSWORD + "\n")
http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
