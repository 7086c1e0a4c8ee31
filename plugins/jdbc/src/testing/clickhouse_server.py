"""The HTTP interface of ClickHouse on its engine, as the package chdb has it. Usage: clickhouse_server.py PORT FOLDER USER PASSWORD

Statements run one after the other in one session. `GET /killed` lists the queries that somebody ended, `GET /running` those that run.
"""

import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from chdb import session

PORT, FOLDER, USER, PASSWORD = int(sys.argv[1]), *sys.argv[2:5]
RESERVED = {"query_id", "default_format", "database", "query", "user", "password"}
READERS = {"reader"}
engine = session.Session(FOLDER)
turn = threading.Lock()
killed = []
running = set()


class Refusal(Exception):
    def __init__(self, code, text, status=500):
        super().__init__(f"Code: {code}. DB::Exception: {text}")
        self.code, self.status = code, status


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args):
        pass

    def do_GET(self):
        answer = {"/killed": killed, "/running": sorted(running)}[self.path]
        self.whole(200, json.dumps(answer).encode())

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        sql = self.rfile.read(length).decode()
        parameters = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        try:
            self.check(parameters)
            if sql.startswith("KILL QUERY"):
                killed.append(re.search(r"query_id = '([^']+)'", sql)[1])
                return self.whole(200, b"")
            query = parameters.get("query_id", "")
            running.add(query)
            try:
                with turn:
                    self.run(sql, parameters, query)
            finally:
                running.discard(query)
        except Refusal as refusal:
            self.whole(refusal.status, f"{refusal}\n".encode(), {"X-ClickHouse-Exception-Code": str(refusal.code)})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def check(self, parameters):
        user, password = (
            self.headers.get(name, "").encode("latin1").decode() for name in ("X-ClickHouse-User", "X-ClickHouse-Key")
        )
        if user not in {USER, *READERS} or password != PASSWORD:
            raise Refusal(516, f"{user}: Authentication failed: password is incorrect. (AUTHENTICATION_FAILED)", 403)
        settings = [name for name in parameters if name not in RESERVED and not name.startswith("param_")]
        if user in READERS and settings:
            raise Refusal(164, f"Cannot modify '{settings[0]}' setting in readonly mode. (READONLY)")

    def run(self, sql, parameters, query):
        values = {name[6:]: value for name, value in parameters.items() if name.startswith("param_")}
        ask(f"USE {parameters.get('database', 'default')}")
        own = [name for name in parameters if name not in RESERVED and not name.startswith("param_")]
        for name in own:
            ask(f"SET {name} = '{parameters[name]}'")
        try:
            self.answer(sql, parameters["default_format"], values, query)
        finally:
            for name in own:
                ask(f"SET {name} = DEFAULT")

    def answer(self, sql, form, values, query):
        if not values and re.match(r"\s*(SELECT|WITH)\b", sql, re.I) and "FORMAT" not in sql:
            return self.stream(sql, form, query)
        answer = ask(sql, form, values)
        summary = json.dumps({"read_rows": "0", "written_rows": str(answer.rows_written())})
        self.whole(200, answer.bytes(), {"X-ClickHouse-Summary": summary})

    def stream(self, sql, form, query):
        """As the server does it: what is refused behind the first rows is told behind them, and the connection is broken off."""
        begun = None
        pieces = None
        try:
            pieces = engine.send_query(sql, form)
            for piece in pieces:
                if query in killed:
                    raise RuntimeError("Code: 394. DB::Exception: Query was cancelled. (QUERY_WAS_CANCELLED)")
                content = piece.bytes()
                head = b"".join(content.splitlines(keepends=True)[:2])
                if not begun:
                    self.begin(200, {"Transfer-Encoding": "chunked"})
                    begun = head
                elif head == begun:
                    content = content[len(head) :]  # The engine writes names and types before each piece.
                if content:
                    self.chunk(content)
            if not begun:
                return self.whole(200, ask(sql, form).bytes())
            self.chunk(b"")
        except RuntimeError as error:
            refusal = refusal_of(error)
            if not begun:
                raise refusal from error
            tag = b"abcdefghijklmnop"
            text = f"{refusal}\n".encode()
            self.chunk(b"\r\n__exception__\r\n" + tag + b"\r\n" + text + str(len(text)).encode() + b" " + tag + b"\r\n__exception__\r\n")
            self.close_connection = True
        finally:
            if pieces is not None and hasattr(pieces, "cancel"):
                pieces.cancel()

    def begin(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def chunk(self, content):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))

    def whole(self, status, content, headers=None):
        self.begin(status, {**(headers or {}), "Content-Length": str(len(content))})
        self.wfile.write(content)


def ask(sql, form="TabSeparated", values=None):
    try:
        return engine.query(sql, form, params=values or {})
    except RuntimeError as error:
        raise refusal_of(error) from error


def refusal_of(error):
    code, text = re.search(r"Code: (\d+)\. DB::Exception: (.*)", str(error), re.S).groups()
    return Refusal(int(code), text)


ask("CREATE DATABASE IF NOT EXISTS shop")
server = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
server.daemon_threads = True
server.serve_forever()
