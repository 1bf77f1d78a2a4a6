#!/usr/bin/env python3
"""Code agents that are not ours, each started by `crewmesh launch --provider` with an
account that was connected before, or with a model server of the person's own: which key
arrives at the model, and whether anything else that lets its person in arrives anywhere,
whatever stands in the person's home and environment (`homes.py`). Prints two tables.
`.ci/agents-providers` installs and runs it.

Each agent asks for the hosts of its provider by their own names, and `proxy.py` answers.

Usage: providers.py [--accounts] [--what WHAT] PROGRAM AGENTS_FOLDER WORK_FOLDER AGENT…
"""
import argparse
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
from homes import CHOSEN, OTHERS, SIGNED_IN, known_in
from model import CLOSING
from proxy import MODELS, SIGNS_IN, Authority, Proxy, Script, model_servers
from world import PATIENCE, Terminal, World, wait

TASK = "Look at the environment."
# What the agent is told to run then.
COMMAND = "env >environment"
# What stands in the person's home and environment besides.
WHATS = ["nothing", "variable", "stored", "both"]


class Way:
    """An agent with one provider."""

    def __init__(self, agent, provider, own, stored, variables, leave, **more):
        self.agent, self.provider, self.leave = agent, provider, leave
        # What its person has in its home anyway, and with a sign-in.
        self.own, self.stored = own, stored
        # By which variables the agent lets a person in, and what is in them.
        other = OTHERS["variable"].get(provider)
        self.variables = {name: other for name in variables}
        # And by which it is told of an address besides.
        self.variables_at = more.get("variables_at", lambda address: {})
        self.variables |= self.variables_at(homes.ELSEWHERE)
        # What it is started with so that it is quiet and asks nothing about its tools.
        self.quiet = more.get("quiet", {})
        self.arguments = more.get("arguments", [])
        # Which model its person names, where none is connected with the account.
        self.names_model = more.get("names_model", [])
        # What it asks at its first start, and the keys that answer.
        self.answers = more.get("answers", [])
        # What it shows where it asks how to let its person in, or is not sure.
        self.asks = more["asks"]
        # Makes the folder it is started in what it has to be.
        self.folder = more.get("folder", lambda work: None)
        # Where it takes no first task: how it shows that it waits for its person, and what
        # they type then, one after the other.
        self.prompt, self.types = more.get("prompt", ""), more.get("types", [])
        # By which name it asks its provider, where all of this has to hold: the key arrives
        # there alone, nothing of the person's does anywhere, nothing that it starts sees the
        # key, and nothing has it afterwards.
        self.host = more.get("host")
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
        way.host = way.host and server.name
        way.names_model = []
        stored = getattr(homes, f"{self.agent}_elsewhere")
        way.stored = lambda home, work: stored(home, work, other.url())
        way.variables = homes.elsewhere(other.url()) | way.variables_at(other.url())
        return way


def opencode(provider, variable):
    return Way(
        "opencode", provider, homes.opencode_own, homes.opencode_stored, [variable], ["C-c"],
        quiet={"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"},
        asks="Connect a provider|Select auth method")


def aider(provider, host):
    # Its weak model is asked for the message of a commit, and its shell is its person's.
    return Way(
        "aider", provider, homes.aider_own, homes.aider_stored, [], ["/exit", "Enter"],
        quiet={"AIDER_CHECK_UPDATE": "false", "AIDER_GITIGNORE": "false",
               "AIDER_SHOW_RELEASE_NOTES": "false", "AIDER_ANALYTICS": "false"},
        variables_at=homes.aider_variables, folder=homes.repository, host=host,
        prompt=r"\n>\s*\Z", types=[TASK, "/commit", f"/run {COMMAND}"],
        answers=[(r"output to the chat\?.*:\s*\Z", ["n", "Enter"])],
        asks="Login to OpenRouter|expects these environment variables|documentation url")


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
    aider("anthropic", "api.anthropic.com"), aider("openai", "api.openai.com"),
    aider("google", "generativelanguage.googleapis.com"), aider("groq", "api.groq.com"),
    aider("deepseek", "api.deepseek.com"), aider("mistral", "api.mistral.ai"),
    aider("xai", "api.x.ai"),
]
# Those of them that sign in by themselves.
SIGN_IN = ["claude", "codex", "copilot"]
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
        # What its person is still to type.
        self.to_type = []
        way.folder(self.work)
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
        self.to_type = list(way.types)
        variables = ana.variables(self.home) | self.proxy.variables() | way.quiet
        variables["TMPDIR"] = str(self.home / "tmp")
        variables["PATH"] = path_of(self.world, way.agent)
        if way.server:
            variables |= way.server.addresses()
        if self.what in ("variable", "both"):
            variables |= way.variables
        command = [self.world.program, "launch", "-y", "--agent", way.agent, "--mesh", "crew",
                   "--machine", "anas laptop", "--messages", "inbox",
                   "--provider", way.connection]
        command += [] if way.types else ["--task", TASK]
        if way.server and not way.server.key:
            # Nothing was said of it where it was connected.
            command += ["--model", MODELS[way.provider]]
        arguments = [*way.names_model, *way.arguments]
        command += ["--", *arguments] if arguments else []
        return Terminal(self.world.work, command, variables, self.work)

    def look(self, terminal):
        """Answers what its person is asked, and keeps what was asked about a sign-in; types
        what is next where nothing is asked."""
        screen = terminal.screen()
        self.asked |= set(re.findall(self.way.asks, screen))
        for question, keys in self.way.answers:
            if re.search(question, screen):
                terminal.keys(*keys)
                return
        if self.to_type and re.search(self.way.prompt, screen):
            terminal.keys(self.to_type.pop(0), "Enter")

    def has_typed(self, terminal):
        """Whether its person has typed all, and it waits for more."""
        return not self.to_type and re.search(self.way.prompt, terminal.screen())

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
            if there != content:
                how = homes.change(content, there, self.way.secret)
                yield f"{file.relative_to(self.home)} {how}"

    def run(self):
        """The cells of its row."""
        heard = self.proxy.heard

        def shows(terminal):
            return lambda: CLOSING in terminal.screen() and self.has_typed(terminal) and any(
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
        if self.way.host and (self.seen_by or after_exit or after_kill):
            self.is_good = False
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
        if self.way.host:
            at = {one["host"] for one in self.proxy.heard if "chosen" in one["said"]}
            self.is_good &= at == {self.way.host} and not others
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


def path_of(world, agent):
    """Where this agent is found, by npm's way or by Python's, and our program."""
    own = world.agents / agent
    return f"{own}/node_modules/.bin:{own}/bin:{Path(world.program).parent}:/usr/bin:/bin"


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
        ana.crewmesh("connect", server.name, *more, given=server.key or "",
                     **server.addresses())


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
    variables = proxy.variables() | way.quiet | {"PATH": path_of(world, way.agent)}
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


def show(rows):
    """A table of these."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", action="store_true", help="and no model servers")
    parser.add_argument("--what", choices=WHATS, help="of what is at home this alone")
    for name in ("program", "agents", "work"):
        parser.add_argument(name, type=Path)
    parser.add_argument("names", nargs="+")
    given = parser.parse_args()
    names, work = given.names, given.work.resolve()
    world = World(str(given.program.resolve()), given.agents.resolve(), work)
    try:
        world.authority = Authority(work / "authority")
        ways = [way for way in WAYS if way.agent in names]
        ways += [way.signing_in() for way in ways if way.agent in SIGN_IN]
        world.servers = model_servers(Script(TASK, COMMAND))
        at_servers = [AT_SERVERS[name].at(world.servers[server], world.servers["other"])
                      for name in names if name in AT_SERVERS and not given.accounts
                      for server in MODELS]
        connect(world, ways, at_servers)
        is_good = True
        for some, headings in ((ways, HEADINGS), (at_servers, AT_SERVER)):
            rows = [headings]
            for way in some:
                # One that is well known is tried beside all at once.
                whats = ["both"] if way.provider == "openrouter" else WHATS
                whats = [given.what] if given.what else whats
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
