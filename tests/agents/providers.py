#!/usr/bin/env python3
"""Code agents that are not ours, each started by `crewmesh launch --provider` with an
account that was connected before: which key arrives at the model, and whether anything
else that lets its person in arrives anywhere, whatever stands in the person's home and
environment. Prints a table. `.ci/agents-providers` installs and runs it.

Each agent asks for the hosts of its provider by their own names, and `proxy.py` answers.
Whatever is secret here was made up.

Usage: providers.py PROGRAM AGENTS_FOLDER WORK_FOLDER AGENT…
"""
import base64
import copy
import json
import os
import re
import shutil
import signal
import sys
import time
import urllib.parse
from pathlib import Path

from drive import processes_of, runs
from model import CLOSING
from proxy import Authority, Proxy, Script
from world import Terminal, World, wait

TASK = "Look at the environment."
# How long a sign-in is good that is stored.
FAR = int(time.time()) + 9 * 24 * 3600


def jwt(claims):
    """A token with these claims, signed by nobody."""
    parts = [json.dumps(part).encode() for part in ({"alg": "RS256", "typ": "JWT"}, claims)]
    parts = [base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts]
    return ".".join([*parts, "c2ln"])


# What is connected.
CHOSEN = {
    "anthropic": "sk-ant-api03-the-chosen-one-0123456789abcdefghijklmnop",
    "openai": "sk-proj-the-chosen-one-0123456789abcdefghijklmnop",
    "google": "AIzaTheChosenOne0123456789abcdefghijklm",
    "github": "gho_TheChosenOne0123456789abcdefghijklmn",
}
# By which the vendor's program lets its person in, and what that is.
SIGNED_IN = {
    # As long as a real one: at a usual width it is broken over lines.
    "anthropic": f"sk-ant-oat01-signed-in-{'0123456789' * 8}-ABAA",
    "openai": "signed-in-at-openai-0123456789",
    "github": "gho_SignedInAtGitHub0123456789abcdefghij",
}
ACCOUNT = {"chatgpt_plan_type": "plus", "chatgpt_account_id": "acc-1", "chatgpt_user_id": "u1"}
CHATGPT = {"exp": FAR, "https://api.openai.com/auth": ACCOUNT}
SIGNED_IN["openai"] = jwt({**CHATGPT, "jti": SIGNED_IN["openai"]})
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
# What else lets a person in, by where it stands.
OTHERS = {
    "variable": {
        "anthropic": "sk-ant-api03-of-the-variable-0123456789abcdefghijklmno",
        "openai": "sk-proj-of-the-variable-0123456789abcdefghijklmno",
        "google": "AIzaOfTheVariable0123456789abcdefghijkl",
        "github": "gho_OfTheVariable0123456789abcdefghijklm",
    },
    "stored": {
        "anthropic": "sk-ant-oat01-of-the-store-0123456789abcdefghijklmnopqr",
        "console": "sk-ant-api03-of-the-store-0123456789abcdefghijklmnopqr",
        "openai": jwt(CHATGPT),
        "google": "ya29.of-the-store-0123456789",
        "github": "gho_OfTheStore0123456789abcdefghijklmnop",
        "renewal": "renewal-of-the-store-0123456789",
    },
}
STORED = OTHERS["stored"]


class Way:
    """An agent with one provider."""

    def __init__(self, agent, provider, own, stored, variables, leave, **more):
        self.agent, self.provider, self.leave = agent, provider, leave
        # What its person has in its home anyway, and with a sign-in.
        self.own, self.stored = own, stored
        # By which variables the agent lets a person in.
        self.variables = variables
        # What it is started with so that it is quiet and asks nothing about its tools.
        self.quiet = more.get("quiet", {})
        self.arguments = more.get("arguments", [])
        # What it asks at its first start, and the keys that answer.
        self.answers = more.get("answers", [])
        # What it shows where it asks how to let its person in, or is not sure.
        self.asks = more["asks"]
        # It signed in itself; else a key is connected.
        self.signs_in = more.get("signs_in", False)
        secrets = SIGNED_IN if self.signs_in else CHOSEN
        self.secret = secrets[provider]
        # The id of what is connected.
        self.connection = provider

    def signing_in(self):
        """The same agent with what it signed in by."""
        way = copy.copy(self)
        way.signs_in, way.secret = True, SIGNED_IN[self.provider]
        return way


def claude_own(home, work, **more):
    trusted = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}
    return {
        ".claude.json": {"hasCompletedOnboarding": True, "theme": "dark",
                         "projects": {str(work): trusted}, **more},
        ".claude/settings.json": {"permissions": {"allow": ["WebSearch"]}},
    }


def claude_stored(home, work):
    return claude_own(home, work, primaryApiKey=STORED["console"]) | {
        ".claude/.credentials.json": {"claudeAiOauth": {
            "accessToken": STORED["anthropic"], "refreshToken": STORED["renewal"],
            "expiresAt": FAR * 1000, "scopes": ["user:inference", "user:profile"],
            "subscriptionType": "max",
        }},
    }


def codex_own(home, work):
    return {".codex/config.toml": f"""check_for_update_on_startup = false
[projects."{work}"]
trust_level = "trusted"
"""}


def codex_stored(home, work):
    now = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())
    return codex_own(home, work) | {".codex/auth.json": {
        "auth_mode": "chatgpt", "OPENAI_API_KEY": None, "last_refresh": now,
        "tokens": {"id_token": jwt({**CHATGPT, "email": "ana@example.org"}),
                   "access_token": STORED["openai"], "refresh_token": STORED["renewal"],
                   "account_id": "acc-1"},
    }}


def opencode_own(home, work):
    return {".config/opencode/opencode.json": {
        "$schema": "https://opencode.ai/config.json", "autoupdate": False}}


def opencode_stored(home, work):
    """All that it can keep: an account and keys."""
    return opencode_own(home, work) | {".local/share/opencode/auth.json": {
        "anthropic": {"type": "api", "key": STORED["console"]},
        "openai": {"type": "oauth", "access": STORED["openai"], "accountId": "acc-1",
                   "refresh": STORED["renewal"], "expires": FAR * 1000},
    }}


def copilot_own(home, work, **more):
    return {".copilot/config.json": {"trustedFolders": [str(work)], "banner": "never", **more}}


def copilot_stored(home, work):
    user = {"host": "https://github.com", "login": "ana"}
    return copilot_own(
        home, work, loggedInUsers=[user], lastLoggedInUser=user,
        authTokens={"https://github.com:ana": {"token": STORED["github"]}})


def gemini_own(home, work, **security):
    return {
        ".gemini/settings.json": {
            "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
            "privacy": {"usageStatisticsEnabled": False}, "security": security},
        ".gemini/trustedFolders.json": {str(work): "TRUST_FOLDER"},
    }


def gemini_stored(home, work):
    return gemini_own(home, work, auth={"selectedType": "oauth-personal"}) | {
        ".gemini/oauth_creds.json": {
            "access_token": STORED["google"], "refresh_token": STORED["renewal"],
            "scope": "https://www.googleapis.com/auth/cloud-platform",
            "token_type": "Bearer", "expiry_date": FAR * 1000},
        ".gemini/google_accounts.json": {"active": "ana@example.org", "old": []},
    }


def opencode(provider, variable):
    return Way(
        "opencode", provider, opencode_own, opencode_stored, [variable], ["C-c"],
        quiet={"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"},
        asks="Connect a provider|Select auth method")


WAYS = [
    Way("claude", "anthropic", claude_own, claude_stored,
        ["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"], ["/exit", "Enter"],
        quiet={"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"},
        arguments=["--allowedTools=Bash", "--permission-mode=default"],
        answers=[("Choose the text style", ["Enter"]), ("Press Enter to continue", ["Enter"]),
                 ("trust this folder|trust the files", ["Up", "Enter"]),
                 (r"❯ No\n +Yes", ["Down", "Enter"]), ("❯ 1. Yes", ["Enter"])],
        asks="custom API key|Select login method|Not logged in|Both claude|run /login"),
    Way("codex", "openai", codex_own, codex_stored,
        ["OPENAI_API_KEY", "CODEX_API_KEY"], ["/quit", "Enter"],
        arguments=["-m", "stand-in", "-c", 'approval_policy="never"', "-c",
                   'sandbox_mode="danger-full-access"', "-c", "check_for_update_on_startup=false"],
        asks="Sign in with|Provide your own API key"),
    opencode("anthropic", "ANTHROPIC_API_KEY"),
    opencode("openai", "OPENAI_API_KEY"),
    Way("copilot", "github", copilot_own, copilot_stored,
        ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"], ["/exit", "Enter"],
        quiet={"COPILOT_AUTO_UPDATE": "false"},
        arguments=["--allow-all-tools", "--model", "claude-sonnet-4.5"],
        answers=[("trust the files in this folder|Confirm folder trust", ["Enter"])],
        asks="/login|could not be validated|Sign in"),
    Way("gemini", "google", gemini_own, gemini_stored,
        ["GEMINI_API_KEY", "GOOGLE_API_KEY"], ["/quit", "Enter"],
        arguments=["--yolo", "-m", "gemini-2.5-flash"],
        answers=[("Do you trust", ["Enter"]), ("Allow execution of", ["Enter"])],
        asks="How would you like to authenticate|Enter Gemini API Key|Waiting for auth.*browser"),
]


def known_in(said, chosen):
    """Which of the secrets here are in these bytes, by where each stands: that which was
    chosen, what else is connected, and what is in the person's home or environment."""
    found = {"chosen"} if chosen.encode() in said else set()
    connected = [*CHOSEN.values(), *SIGNED_IN.values()]
    others = {"connected": {one: one for one in connected if one != chosen}}
    for where, secrets in (OTHERS | others).items():
        found |= {where for secret in secrets.values() if secret.encode() in said}
    return found


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
            world.authority, Script(TASK, "env >environment"),
            lambda said: known_in(said, way.secret))
        self.key = way.secret.encode()
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
        if self.what in ("variable", "both"):
            other = OTHERS["variable"][way.provider]
            variables |= {name: other for name in way.variables}
        command = [self.world.program, "launch", "-y", "--agent", way.agent, "--mesh", "crew",
                   "--machine", "anas laptop", "--messages", "inbox",
                   "--provider", way.connection, "--task", TASK]
        command += ["--", *way.arguments] if way.arguments else []
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
        wait(seen, 45, 0.3)
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
            if self.key in arguments:
                self.seen_by.add("arguments")
            if self.key in environment and program == self.world.program:
                self.seen_by.add("server" if b"mcp" in arguments else "companion")
        if not self.seen_by_shell.exists():
            self.seen_by.add("shell not asked")
            return
        if self.key in self.seen_by_shell.read_bytes():
            self.seen_by.add("shell")
        self.seen_by_shell.unlink()

    def left(self):
        """Where the key is still, once the folder of the session has gone or should have."""
        wait(lambda: not any(self.sessions.glob("*")), 10)
        found = []
        for top in (self.home, self.world.ana.home):
            for file in top.rglob("*"):
                try:
                    is_it = not file.is_symlink() and file.is_file()
                    if is_it and self.key in file.read_bytes():
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

        arrived, others = set(), set()
        for one in heard:
            others |= {f"{where} at {one['host']}" for where in one["said"] - {"chosen"}}
            if one["is_model"]:
                arrived |= one["said"] or {f"none at {one['host']}"}
        if arrived != {"chosen"}:
            for line in sorted({f"  {one['what']} {sorted(one['said'])}" for one in heard}):
                print(line, file=sys.stderr)
        self.proxy.shutdown()
        self.proxy.server_close()
        return [
            self.way.agent, f"{self.way.provider}{' signed in' if self.way.signs_in else ''}",
            self.what, " + ".join(sorted(arrived)) or "none",
            ", ".join(sorted(others)) or "no", ", ".join(sorted(self.asked)) or "no",
            ", ".join(sorted(self.seen_by)) or "no", ", ".join(self.changed()) or "same",
            ", ".join(after_exit) or "nothing", ", ".join(after_kill) or "nothing",
        ]


def end(terminal, started):
    """Closes a terminal and what was started in it."""
    terminal.close()
    for pid in filter(runs, started):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def connect(world, ways):
    """Signs Ana in as a person, as whom alone one connects an account, and connects these."""
    ana = world.ana
    code = ana.crewmesh("login", "--start", "--instance", world.url)
    path = urllib.parse.urlsplit(code["verification_uri_complete"]).path
    ana.submit(path, decision="approve")
    ana.crewmesh("login", "--resume")
    for provider in {way.provider for way in ways}:
        ana.crewmesh("connect", provider, "--unchecked", given=CHOSEN[provider])
    for way in (way for way in ways if way.signs_in):
        way.connection = sign_in(world, way)


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


def main():
    program, agents, work, *names = sys.argv[1:]
    work = Path(work).resolve()
    world = World(str(Path(program).resolve()), Path(agents).resolve(), work)
    try:
        world.authority = Authority(work / "authority")
        ways = [way for way in WAYS if way.agent in names]
        ways += [way.signing_in() for way in ways if way.provider in SIGNED_IN and
                 way.agent != "opencode"]
        connect(world, ways)
        rows = [HEADINGS]
        for way in ways:
            for what in ("nothing", "variable", "stored", "both"):
                rows.append(Case(world, way, what).run())
        widths = [max(map(len, column)) for column in zip(*rows)]
        for cells in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    finally:
        world.end()
    sys.exit(0 if all(cells[3] == "chosen" for cells in rows[1:]) else 1)


if __name__ == "__main__":
    main()
