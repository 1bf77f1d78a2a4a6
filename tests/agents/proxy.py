"""Every host there is, for one agent: a proxy that answers in their place, with
certificates of its own, as a model that asks for one command and then rests
(`model.py`). So what an agent asks of others besides the model is heard as well, and none
of it leaves this computer. And model servers beside it, which an agent asks directly.
"""
import io
import json
import os
import ssl
import subprocess
import threading
from http.server import ThreadingHTTPServer

import model
from homes import CHATGPT, CHOSEN, SIGNED_IN, jwt

# What an agent has for a command, and where in it the command goes.
SHELLS = {
    "Bash": "command", "bash": "command", "run_shell_command": "command",
    "shell_command": "command", "exec_command": "cmd",
}
# What a vendor is asked where an agent signs in by itself, and answers; at first, that nobody
# said yes yet.
AUTH = "auth.openai.com/api/accounts/deviceauth"
SIGNS_IN = {
    f"{AUTH}/usercode": [({"device_auth_id": "d", "user_code": "ABCD-12345", "interval": "1"},)],
    f"{AUTH}/token": [({"error": {}}, 403), ({"authorization_code": "c", "code_challenge": "c",
                                              "code_verifier": "v"},)],
    "auth.openai.com/oauth/token": [({
        "id_token": jwt({**CHATGPT, "email": "ana@example.org"}), "token_type": "Bearer",
        "access_token": SIGNED_IN["openai"], "refresh_token": "renewal-at-openai-0123456789"},)],
    "platform.claude.com/v1/oauth/token": [({
        "access_token": SIGNED_IN["anthropic"], "token_type": "Bearer", "expires_in": 31536000,
        "scope": "user:inference"},)],
    "github.com/login/device/code": [({
        "device_code": "d", "user_code": "ABCD-1234", "expires_in": 900, "interval": 1,
        "verification_uri": "https://github.com/login/device"},)],
    "github.com/login/oauth/access_token": [({"error": "authorization_pending"},), ({
        "access_token": SIGNED_IN["github"], "token_type": "bearer", "scope": "read:user"},)],
}
# Which model a server is asked for, by the provider as which it is connected. They differ,
# so that it is seen where a model of one server is asked of another.
MODELS = {"self-hosted": "vendor/own-model:7b", "ollama": "own-model:32b",
          "openrouter": "openai/gpt-5.1"}


class Script(model.Model):
    """Where it is asked for `task` it has the agent run `command`; then it says its closing
    sentence."""

    def __init__(self, task, command):
        super().__init__({}, os.devnull)
        self.task, self.command = task, command

    def answer(self, name, wire, body, keys):
        shell = next((tool for tool in wire.offered(body) if tool["name"] in SHELLS), None)
        is_asked = self.task in json.dumps(body.get(wire.said))
        if shell and is_asked and not any(tool in SHELLS for tool, _ in wire.answered(body)):
            given = {SHELLS[shell["name"]]: self.command}
            if shell["name"] in ("Bash", "bash"):
                given["description"] = self.task
            with self.lock:
                number = next(self.numbers)
            return wire.reply(body, shell, given, None, number)
        return super().answer(name, wire, body, keys)


class Handler(model.Handler):
    """What comes by the proxy, and notes of each request what is known in it."""

    host = ""

    def do_CONNECT(self):
        self.host = self.path.partition(":")[0]
        self.send_response(200)
        self.end_headers()
        try:
            own = self.server.authority.context(self.host)
            self.connection = own.wrap_socket(self.connection, server_side=True)
        except OSError:
            # It has gone, or takes no certificate of ours.
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        self.close_connection = False
        while not self.close_connection:
            self.handle_one_request()

    def hear(self, body=b""):
        path = self.path.partition("?")[0]
        is_model = self.command == "POST" and any(wire.path.search(path) for wire in self.wires)
        parts = [("path", self.path.encode()), ("body", body)]
        parts += [(name, value.encode()) for name, value in self.headers.items()]
        where = [(name, self.server.known_in(part)) for name, part in parts]
        self.server.heard.append({
            "what": f"{self.command} {self.host}{path}", "path": path,
            "host": self.host, "is_model": is_model,
            "said": set().union(*(words for _, words in where)),
            "where": [f"{word} in {name}" for name, words in where for word in sorted(words)],
            "is_asked": self.server.model.task.encode() in body, "key": self.key(),
            "model": model_of(body) if is_model else None,
        })

    def key(self):
        """What it says lets it in."""
        said = [value for name in model.KEYS for value in self.headers.get_all(name, [])]
        return " ".join(one.removeprefix("Bearer ") for one in said)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.headers.get("content-encoding") == "zstd":
            body = subprocess.run(["zstd", "-dc"], input=body, capture_output=True,
                                  check=True).stdout
            self.headers.replace_header("content-length", str(len(body)))
        self.hear(body)
        signs_in = self.server.signs_in.get(f"{self.host}{self.path.partition('?')[0]}")
        if signs_in:
            # Not yet, to the first who asks whether.
            return self.give(*signs_in[min(self.server.counted(self.path), len(signs_in)) - 1])
        stream, self.rfile = self.rfile, io.BytesIO(body)
        super().do_POST()
        self.rfile = stream

    def do_GET(self):
        self.hear()
        path = self.path.partition("?")[0]
        if self.headers.get("upgrade"):
            # Whoever would rather speak by a socket goes on without one at once.
            self.give({"error": {"message": "not here"}}, 426)
        elif path.endswith("/hello"):
            self.give({"message": "hello"})
        elif path == "/copilot_internal/user":
            self.give(COPILOT_USER)
        elif path.endswith("/wham/accounts/check"):
            self.give({"accounts": [{"id": "acc-1", "workspace_backend_origin": "NO_CONSTRAINT",
                                     "account_routing_override": "NO_CONSTRAINT"}]})
        elif path == "/models" and self.host.endswith("githubcopilot.com"):
            self.give({"object": "list", "data": [COPILOT_MODEL]})
        else:
            super().do_GET()

    do_HEAD = do_GET

    def do_PUT(self):
        self.hear(self.rfile.read(int(self.headers.get("content-length") or 0)))
        self.give({"error": {"message": "not here"}}, 404)

    do_PATCH = do_DELETE = do_OPTIONS = do_PUT


class AtServer(Handler):
    """What a model server is asked: whoever has not its key is told nothing."""

    @property
    def host(self):
        return self.server.name

    def do_GET(self):
        answer = self.server.answers.get(self.path.partition("?")[0])
        if answer is None:
            return super().do_GET()
        self.hear()
        return self.give(answer)

    do_HEAD = do_GET

    def give(self, what, status=200):
        if self.server.key and self.server.key not in self.key():
            what, status = {"error": {"message": "no such key", "type": "unauthorized"}}, 401
        super().give(what, status)


def model_of(body):
    """The model that is asked for."""
    try:
        return json.loads(body).get("model")
    except ValueError:
        return None


COPILOT_USER = {
    "login": "ana", "copilot_plan": "individual", "chat_enabled": True, "is_mcp_enabled": True,
    "access_type_sku": "monthly_subscriber_quota", "organization_list": [],
    "organization_login_list": [], "can_signup_for_limited": False,
    "endpoints": {name: f"https://{name}.individual.githubcopilot.com"
                  for name in ("api", "proxy", "telemetry", "origin-tracker")},
}
COPILOT_MODEL = {
    "id": "claude-sonnet-4.5", "name": "Stand-in", "vendor": "Nobody", "version": "1",
    "object": "model", "preview": False, "model_picker_enabled": True,
    "is_chat_default": True, "is_chat_fallback": True,
    "policy": {"state": "enabled", "terms": ""},
    "billing": {"is_premium": False, "multiplier": 0},
    "supported_endpoints": ["/chat/completions"],
    "capabilities": {
        "family": "claude-sonnet-4.5", "type": "chat", "object": "model_capabilities",
        "tokenizer": "o200k_base",
        "limits": {"max_context_window_tokens": 200000, "max_prompt_tokens": 128000,
                   "max_output_tokens": 16000},
        "supports": {"streaming": True, "tool_calls": True, "parallel_tool_calls": True},
    },
}


class Authority:
    """Certificates for any host, by an authority that the agents are told to trust."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.lock, self.contexts = folder, threading.Lock(), {}
        self.file = folder / "ca.pem"
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self.openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
                     "-subj", "/CN=Nobody", "-addext", "keyUsage=critical,keyCertSign",
                     "-addext", "basicConstraints=critical,CA:TRUE")
        self.openssl("req", *key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=host")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def context(self, host):
        with self.lock:
            if host not in self.contexts:
                (self.folder / "names").write_text(f"subjectAltName=DNS:{host}\n")
                self.openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                             "-CAcreateserial", "-days", "20", "-extfile", "names", "-out",
                             f"{host}.pem")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.folder / f"{host}.pem", self.folder / "leaf.key")
                self.contexts[host] = context
            return self.contexts[host]


class Proxy(ThreadingHTTPServer):
    """Where everything goes that one agent asks for. `known_in` says what is to be noted of
    a request; `signs_in` what is answered, one after the other, to whoever signs in, by host
    and path."""

    daemon_threads = True

    def __init__(self, authority, script, known_in, signs_in=None, handler=Handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.authority, self.model, self.known_in, self.heard = authority, script, known_in, []
        self.signs_in, self.counts = signs_in or {}, {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def counted(self, path):
        """How often that was asked, this time included."""
        self.counts[path] = self.counts.get(path, 0) + 1
        return self.counts[path]

    def handle_error(self, request, client_address):
        """Whoever went away in the middle has."""

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def variables(self):
        url = self.url()
        file = str(self.authority.file)
        return {
            "HTTPS_PROXY": url, "HTTP_PROXY": url, "NO_PROXY": "127.0.0.1,localhost",
            "NODE_EXTRA_CA_CERTS": file, "SSL_CERT_FILE": file, "REQUESTS_CA_BUNDLE": file,
        }


class ModelServer(Proxy):
    """A model server of somebody's, with these models; it wants `key`, if any. What is heard
    stands in `heard`, which whoever listens puts there."""

    def __init__(self, name, script, key, *models, base=""):
        super().__init__(None, script, lambda said: set(), handler=AtServer)
        self.name, self.key = name, key
        listed = [{"id": one, "object": "model", "created": 1, "owned_by": name} for one in models]
        self.answers = {
            f"{base}/v1/models": {"object": "list", "data": listed},
            # What a key is checked by.
            f"{base}/v1/key": {"data": {"label": name, "limit_remaining": None}},
        }

    def listen(self, heard, known_in):
        """Has what it hears from now on be noted there."""
        self.heard, self.known_in = heard, known_in

    def addresses(self):
        """By which variables crewmesh is told where this one is; the person's own are connected
        by their address."""
        if self.name != "openrouter":
            return {}
        return {"CREWMESH_PROVIDER_OPENROUTER_ADDRESS": self.url()}


def model_servers(script):
    """Those that are connected, by provider, and the one that the person has besides."""
    servers = {}
    for name, named in MODELS.items():
        base = "/api" if name == "openrouter" else ""
        # With one model alone none would have to be named.
        servers[name] = ModelServer(name, script, CHOSEN.get(name), named, "another", base=base)
    return servers | {"other": ModelServer("other", script, None, "another")}
