#!/usr/bin/env python3
"""Code agents that are not ours, each started by `crewmesh launch --provider` with an
account that was connected before, or with a model server of the person's own: which key
arrives at the model, and whether anything else that lets its person in arrives anywhere,
whatever stands in the person's home and environment (`homes.py`). Prints two tables.
`.ci/agents-providers` installs and runs it.

Each agent asks for the hosts of its provider by their own names, and `proxy.py` answers.

Usage: providers.py PROGRAM AGENTS_FOLDER WORK_FOLDER AGENT…
"""
import copy
import json
import os
import re
import shutil
import signal
import sys
import urllib.parse
from pathlib import Path

import homes
from drive import processes_of, runs
from homes import CHATGPT, CHOSEN, OTHERS, SIGNED_IN, jwt, known_in
from model import CLOSING
from proxy import Authority, ModelServer, Proxy, Script
from world import PATIENCE, Terminal, World, wait

TASK = "Look at the environment."
# What the agent is told to run then.
COMMAND = "env >environment"
# What the vendor is asked then, and answers; at first, that nobody said yes yet.
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
# What stands in the person's home and environment besides.
WHATS = ["nothing", "variable", "stored", "both"]
# Which model a server is asked for, by the provider as which it is connected. They differ,
# so that it is seen where a model of one server is asked of another.
MODELS = {"self-hosted": "vendor/own-model:7b", "ollama": "own-model:32b",
          "openrouter": "openai/gpt-5.1"}


class Way:
    """An agent with one provider."""

    def __init__(self, agent, provider, own, stored, variables, leave, **more):
        self.agent, self.provider, self.leave = agent, provider, leave
        # What its person has in its home anyway, and with a sign-in.
        self.own, self.stored = own, stored
        # By which variables the agent lets a person in, and what is in them.
        other = OTHERS["variable"].get(provider)
        self.variables = {name: other for name in variables}
        # What it is started with so that it is quiet and asks nothing about its tools.
        self.quiet = more.get("quiet", {})
        self.arguments = more.get("arguments", [])
        # Which model its person names, where none is connected with the account.
        self.names_model = more.get("names_model", [])
        # What it asks at its first start, and the keys that answer.
        self.answers = more.get("answers", [])
        # What it shows where it asks how to let its person in, or is not sure.
        self.asks = more["asks"]
        # It signed in itself; else a key is connected.
        self.signs_in = more.get("signs_in", False)
        secrets = SIGNED_IN if self.signs_in else CHOSEN
        self.secret = secrets.get(provider)
        # The id of what is connected, or its provider.
        self.connection = provider
        # The model server that it is to ask, where that is one of the person's own.
        self.server = None

    def signing_in(self):
        """The same agent with what it signed in by."""
        way = copy.copy(self)
        way.signs_in, way.secret = True, SIGNED_IN[self.provider]
        return way

    def at(self, server, other):
        """The same agent at `server`, of a person who has another, `other`."""
        way = copy.copy(self)
        way.server, way.secret = server, server.key
        way.provider = way.connection = server.name
        way.names_model = []
        stored = getattr(homes, f"{self.agent}_elsewhere")
        way.stored = lambda home, work: stored(home, work, other.url())
        way.variables = homes.elsewhere(other.url())
        return way


def opencode(provider, variable):
    return Way(
        "opencode", provider, homes.opencode_own, homes.opencode_stored, [variable], ["C-c"],
        quiet={"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"},
        asks="Connect a provider|Select auth method")


WAYS = [
    Way("claude", "anthropic", homes.claude_own, homes.claude_stored,
        ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"], ["/exit", "Enter"],
        quiet={"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"},
        arguments=["--allowedTools=Bash", "--permission-mode=default"],
        answers=[("Choose the text style", ["Enter"]), ("Press Enter to continue", ["Enter"]),
                 ("trust this folder|trust the files", ["Up", "Enter"]),
                 (r"❯ No\n +Yes", ["Down", "Enter"]), ("❯ 1. Yes", ["Enter"])],
        asks="custom API key|Select login method|Not logged in|Both claude|run /login"),
    Way("codex", "openai", homes.codex_own, homes.codex_stored,
        ["OPENAI_API_KEY", "CODEX_API_KEY"], ["/quit", "Enter"],
        arguments=["-c", 'approval_policy="never"', "-c", 'sandbox_mode="danger-full-access"',
                   "-c", "check_for_update_on_startup=false"],
        names_model=["-m", "stand-in"],
        asks="Sign in with|Provide your own API key"),
    opencode("anthropic", "ANTHROPIC_API_KEY"),
    opencode("openai", "OPENAI_API_KEY"),
    Way("copilot", "github", homes.copilot_own, homes.copilot_stored,
        ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"], ["/exit", "Enter"],
        quiet={"COPILOT_AUTO_UPDATE": "false"},
        arguments=["--allow-all-tools"], names_model=["--model", "claude-sonnet-4.5"],
        answers=[("trust the files in this folder|Confirm folder trust", ["Enter"])],
        asks="/login|could not be validated|Sign in"),
    Way("gemini", "google", homes.gemini_own, homes.gemini_stored,
        ["GEMINI_API_KEY", "GOOGLE_API_KEY"], ["/quit", "Enter"],
        arguments=["--yolo"], names_model=["-m", "gemini-2.5-flash"],
        answers=[("Do you trust", ["Enter"]), ("Allow execution of", ["Enter"])],
        asks="How would you like to authenticate|Enter Gemini API Key|Waiting for auth.*browser"),
]
# Those that work at a server; this one is given no account.
AT_SERVERS = {way.agent: way for way in WAYS if way.agent != "gemini"} | {
    "qwen": Way("qwen", None, homes.qwen_own, None, [], ["/quit", "Enter"],
                arguments=["--yolo"], asks="How would you like to authenticate|Enter.*API [Kk]ey"),
}


class Case:
    """An agent with one provider, in a home of its own where something else lets its
    person in, or nothing does."""

    def __init__(self, world, way, what):
        self.world, self.way, self.what = world, way, what
        how = "-signed-in" if way.signs_in else ""
        self.name = f"{way.agent}-{way.provider}{how}-{what}"
        self.home = world.work / "homes" / self.name
        self.work = self.home / "work"
        for folder in (self.work, self.home / "tmp"):
            folder.mkdir(parents=True)
        self.seen_by_shell = self.work / "environment"
        self.proxy = Proxy(
            world.authority, Script(TASK, COMMAND), lambda said: known_in(said, way.secret))
        for server in world.servers.values():
            server.listen(self.proxy.heard, self.proxy.known_in)
        # A server that wants no key is told none.
        self.key = way.secret.encode() if way.secret else None
        self.sessions = world.ana.home / ".crewmesh/sessions"
        self.asked, self.seen_by = set(), set()
        self.laid = {}
        if what != "nothing":
            files = (way.own if what == "variable" else way.stored)(self.home, self.work)
            for name, content in files.items():
                self.lay(self.home / name, content)

    def lay(self, file, content):
        """What its person has there before."""
        self.laid[file] = content if isinstance(content, str) else json.dumps(content)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.laid[file])
        file.chmod(0o600)

    def launch(self):
        ana, way = self.world.ana, self.way
        own = self.world.agents / way.agent / "node_modules/.bin"
        variables = ana.variables(self.home) | self.proxy.variables() | way.quiet
        variables["TMPDIR"] = str(self.home / "tmp")
        variables["PATH"] = f"{own}:{Path(self.world.program).parent}:{variables['PATH']}"
        if way.server:
            variables |= addresses(way.server)
        if self.what in ("variable", "both"):
            variables |= way.variables
        command = [self.world.program, "launch", "-y", "--agent", way.agent, "--mesh", "crew",
                   "--machine", "anas laptop", "--messages", "inbox",
                   "--provider", way.connection, "--task", TASK]
        if way.server and not way.server.key:
            # Nothing was said of it where it was connected.
            command += ["--model", MODELS[way.provider]]
        arguments = [*way.names_model, *way.arguments]
        command += ["--", *arguments] if arguments else []
        return Terminal(self.world.work, command, variables, self.work)

    def look(self, terminal):
        """Answers what its person is asked, and keeps what was asked about a sign-in."""
        screen = terminal.screen()
        self.asked |= set(re.findall(self.way.asks, screen))
        for question, keys in self.way.answers:
            if re.search(question, screen):
                terminal.keys(*keys)
                return

    def until(self, terminal, condition):
        """Until then its person looks at the screen."""
        def seen():
            self.look(terminal)
            return condition() or terminal.ended()
        wait(seen, PATIENCE, 0.3)
        if not condition():
            print(f"{self.name}:\n{terminal.screen()}", file=sys.stderr)

    def look_at_processes(self):
        """Keeps by what the key can be seen from outside of the agent's own process."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes()
                arguments = (process / "cmdline").read_bytes()
                program = os.readlink(process / "exe")
            except OSError:
                continue  # It has ended meanwhile.
            if self.key and self.key in arguments:
                self.seen_by.add("arguments")
            if self.key and self.key in environment and program == self.world.program:
                self.seen_by.add("server" if b"mcp" in arguments else "companion")
        if not self.seen_by_shell.exists():
            self.seen_by.add("shell not asked")
            return
        if self.key and self.key in self.seen_by_shell.read_bytes():
            self.seen_by.add("shell")
        self.seen_by_shell.unlink()

    def left(self):
        """Where the key is still, once the folder of the session has gone or should have;
        where there is no key, what is in that folder still."""
        wait(lambda: not any(self.sessions.glob("*")), 10)
        found = []
        for top in (self.home, self.world.ana.home):
            for file in top.rglob("*"):
                try:
                    if file.is_symlink() or not file.is_file():
                        continue
                    is_of_session = self.sessions in file.parents
                    if self.key in file.read_bytes() if self.key else is_of_session:
                        found.append(str(file.relative_to(top)))
                except FileNotFoundError:
                    pass  # It has gone meanwhile.
        shutil.rmtree(self.sessions, ignore_errors=True)
        return found

    def changed(self):
        """Which files of the person's are not as they were, and how."""
        for file, content in self.laid.items():
            there = file.read_text() if file.exists() else ""
            if there == content:
                continue
            name = str(file.relative_to(self.home))
            if there.startswith(content):
                yield f"{name} longer"
                continue
            try:
                # Some put a comment before it.
                before, now = json.loads(content), json.loads(there[there.index("{"):])
            except ValueError:
                yield f"{name} CHANGED"
                continue
            others = [member for member in before if now.get(member) != before[member]]
            is_kept = not any(known_in(json.dumps(before[member]).encode(), self.way.secret)
                              for member in others)
            how = (f"{', '.join(others)} in it" if others else "longer") if is_kept else "SIGN-IN"
            yield f"{name} {how}"

    def run(self):
        """The cells of its row."""
        heard = self.proxy.heard

        def shows(terminal):
            return lambda: CLOSING in terminal.screen() and any(
                one["is_model"] and one["is_asked"] for one in heard)
        terminal = self.launch()
        self.until(terminal, shows(terminal))
        self.look_at_processes()
        started = processes_of(terminal.pid)
        for _ in range(3):
            terminal.keys(*self.way.leave)
            if wait(terminal.ended, 8)[0]:
                break
        else:
            print(f"{self.name} does not end:\n{terminal.screen()}", file=sys.stderr)
        end(terminal, started)
        after_exit = self.left()

        before = len(heard)
        terminal = self.launch()
        self.until(terminal, lambda: any(
            one["is_model"] and one["is_asked"] for one in heard[before:]))
        started = processes_of(terminal.pid)
        if runs(terminal.pid):
            # What the launch became, and nothing that it has started.
            os.kill(terminal.pid, signal.SIGKILL)
        after_kill = self.left()
        end(terminal, started)

        arrived, others = self.at_server() if self.way.server else self.at_provider()
        if not self.is_good:
            print(f"{self.name}:", file=sys.stderr)
            for line in sorted({f"  {one['what']} {one['model'] or ''} {', '.join(one['where'])}"
                                for one in heard}):
                print(line, file=sys.stderr)
        self.proxy.shutdown()
        self.proxy.server_close()
        return [
            self.way.agent, f"{self.way.provider}{' signed in' if self.way.signs_in else ''}",
            self.what, *arrived, ", ".join(sorted(others)) or "no",
            ", ".join(sorted(self.asked)) or "no", ", ".join(sorted(self.seen_by)) or "no",
            ", ".join(self.changed()) or "same", ", ".join(after_exit) or "nothing",
            ", ".join(after_kill) or "nothing",
        ]

    def at_provider(self):
        """What arrived at a model, and what of others anywhere."""
        arrived, others = set(), set()
        for one in self.proxy.heard:
            others |= {f"{where} at {one['host']}" for where in one["said"] - {"chosen"}}
            if one["is_model"]:
                arrived |= one["said"] or {f"none at {one['host']}"}
        self.is_good = arrived == {"chosen"}
        return [" + ".join(sorted(arrived)) or "none"], others

    def at_server(self):
        """The same where a server is asked: there it has to be its key, and its model, and
        nothing of others; and its key nowhere else. The agent has to come to its task: one
        that asks its person something first may be heard already."""
        own = self.way.server.name
        # Some say a word where there is no key.
        expected = {"chosen"} if self.key else {"no key", '"none"'}
        arrived, asked, others = set(), set(), set()
        is_good = "shell not asked" not in self.seen_by
        for one in self.proxy.heard:
            is_own = one["host"] == own
            place = "" if is_own else f" at {one['host']}"
            others |= {f"{where} at {one['host']}"
                       for where in one["said"] - ({"chosen"} if is_own else set())}
            if one["said"] & ({*OTHERS, "connected"} if is_own else {"chosen"}):
                is_good = False
            if one["is_model"]:
                unknown = f'"{one["key"]}"' if one["key"] else "no key"
                arrived |= {word + place for word in one["said"] or {unknown}}
                asked.add(f"{one['path']} {one['model']}{place}")
                is_good &= is_own and one["model"] == MODELS[own]
        self.is_good = is_good and bool(arrived) and arrived <= expected
        return [" + ".join(sorted(arrived)) or "nothing", ", ".join(sorted(asked))], others


def addresses(server):
    """By which variables crewmesh is told where this one is; the person's own are connected
    by their address."""
    if server.name != "openrouter":
        return {}
    return {"CREWMESH_PROVIDER_OPENROUTER_ADDRESS": server.url()}


def end(terminal, started):
    """Closes a terminal and what was started in it."""
    terminal.close()
    for pid in filter(runs, started):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def connect(world, ways, at_servers):
    """Signs Ana in as a person, as whom alone one connects an account, and connects these,
    and the servers."""
    ana = world.ana
    code = ana.crewmesh("login", "--start", "--instance", world.url)
    path = urllib.parse.urlsplit(code["verification_uri_complete"]).path
    ana.submit(path, decision="approve")
    ana.crewmesh("login", "--resume")
    for provider in {way.provider for way in ways}:
        ana.crewmesh("connect", provider, "--unchecked", given=CHOSEN[provider])
    for way in (way for way in ways if way.signs_in):
        way.connection = sign_in(world, way)
    for server in {way.server.name: way.server for way in at_servers}.values():
        more = [] if server.name == "openrouter" else ["--endpoint", server.url()]
        more += ["--model", MODELS[server.name]] if server.key else []
        ana.crewmesh("connect", server.name, *more, given=server.key or "", **addresses(server))


def sign_in(world, way):
    """Has the agent sign in by itself, beside a sign-in that its person has already; gives
    the id of what is connected so."""
    ana = world.ana
    own = {}
    for name, content in way.stored(ana.home, ana.home / "work").items():
        file = ana.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        own[file] = (file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns)
    proxy = Proxy(world.authority, Script(TASK, "true"),
                  lambda said: known_in(said, way.secret), SIGNS_IN)
    path = f"{world.agents / way.agent / 'node_modules/.bin'}:{Path(world.program).parent}"
    variables = proxy.variables() | way.quiet | {"PATH": f"{path}:/usr/bin:/bin"}
    connect = ["connect", way.provider, "--way", "vendor", "--label", "signed in"]
    if way.agent == "claude":
        # It has its person paste a code, at a terminal alone.
        command = [world.program, *connect]
        terminal = Terminal(world.work, command, ana.variables() | variables, ana.home / "work", 80)
        wait(lambda: "Paste code" in terminal.screen(), 30)
        terminal.keys("the-code#state", "Enter")
        if not wait(terminal.ended, 30)[0]:
            raise SystemExit(terminal.screen())
        terminal.close()
        listed = ana.crewmesh("providers")["connections"]
        made = next(one for one in listed if one["label"] == "signed in")
    else:
        made = ana.crewmesh(*connect, **variables)
    proxy.shutdown()
    proxy.server_close()
    for file, before in own.items():
        now = (file.read_bytes(), file.stat().st_ino, file.stat().st_mtime_ns)
        if now != before:
            raise SystemExit(f"{file} is not as it was")
        file.unlink()
    if any((ana.home / ".crewmesh/sessions").glob("*")):
        raise SystemExit("the folder of the sign-in is left")
    told = {word for one in proxy.heard for word in one["said"]}
    if told - {"chosen"}:
        raise SystemExit(f"while {way.agent} signed in, {told} went out")
    return made["id"]


# At the model: whose key, `chosen` or where another stands. Others: what else arrived, and
# where. Key seen by: the environment of a command, of our server or our companion, or
# anybody's arguments. Own files: what was there before and is not as it was; agents write
# some of them whenever they run. After: which files have the key in them.
HEADINGS = ["agent", "provider", "at home", "at the model", "others", "asked", "key seen by",
            "own files", "after exit", "after SIGKILL"]
# At a model server: the paths and the models that are asked for as well.
AT_SERVER = [*HEADINGS[:4], "for", *HEADINGS[4:]]


def model_servers():
    """Those that are connected, by provider, and the one that the person has besides."""
    script = Script(TASK, COMMAND)
    servers = {}
    for name, model in MODELS.items():
        base = "/api" if name == "openrouter" else ""
        # With one model alone none would have to be named.
        servers[name] = ModelServer(name, script, CHOSEN.get(name), model, "another", base=base)
    return servers | {"other": ModelServer("other", script, None, "another")}


def show(rows):
    """A table of these."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


def main():
    program, agents, work, *names = sys.argv[1:]
    work = Path(work).resolve()
    world = World(str(Path(program).resolve()), Path(agents).resolve(), work)
    try:
        world.authority = Authority(work / "authority")
        ways = [way for way in WAYS if way.agent in names]
        ways += [way.signing_in() for way in ways if way.provider in SIGNED_IN and
                 way.agent != "opencode"]
        world.servers = model_servers()
        at_servers = [AT_SERVERS[name].at(world.servers[server], world.servers["other"])
                      for name in names if name in AT_SERVERS for server in MODELS]
        connect(world, ways, at_servers)
        is_good = True
        for some, headings in ((ways, HEADINGS), (at_servers, AT_SERVER)):
            rows = [headings]
            for way in some:
                # One that is well known is tried beside all at once.
                whats = ["both"] if way.provider == "openrouter" else WHATS
                for case in (Case(world, way, what) for what in whats):
                    rows.append(case.run())
                    is_good &= case.is_good
            if some:
                show(rows)
    finally:
        world.end()
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
