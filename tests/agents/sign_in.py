#!/usr/bin/env python3
"""Programs that are not ours on their way to /mcp by the address of an instance, each by
its own command: let in by a person in Chromium, back with a token that is over, twice
at once, and turned away once its session was ended. Prints a table. `.ci/agents-sign-in`
installs and runs it.

Usage: sign_in.py PROGRAM AGENTS_FOLDER WORK_FOLDER CLIENT…
"""
import json
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from chromium import Chromium
from world import PASSWORD, Terminal, World, wait

# What claude, codex and copilot say of themselves at these addresses; an instance
# without the internet is given it as files.
DOCUMENTS = {
    "https://claude.ai/oauth/claude-code-client-metadata":
        ("Claude Code", ["http://localhost/callback", "http://127.0.0.1/callback"]),
    "https://chatgpt.com/oauth/codex/client.json": ("Codex", ["http://127.0.0.1/callback"]),
    "https://github.com/copilot/cli/client-metadata.json":
        ("GitHub Copilot CLI", ["http://127.0.0.1/callback"]),
}


def documents(folder):
    """A folder for --mcp-client-documents."""
    folder.mkdir(parents=True)
    for number, (client, (name, redirects)) in enumerate(DOCUMENTS.items()):
        (folder / f"{number}.json").write_text(json.dumps({
            "client_id": client, "client_name": name, "redirect_uris": redirects,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "token_endpoint_auth_method": "none",
        }))
    return folder


class Client:
    """A program with a home of its own."""

    # Where its tokens are, below its home.
    tokens = ""
    # The command that comes to /mcp, what it says where it is let in, and where not.
    look, good, bad = [], "", "(?!)"

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.home = world.work / f"home-{name}"
        self.opened = self.home / "opened"
        bin_folder = self.home / "bin"
        (self.home / "tmp").mkdir(parents=True)
        bin_folder.mkdir()
        # What opens a browser on this machine.
        for opener in ("xdg-open", "sensible-browser"):
            script = bin_folder / opener
            script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >>"{self.opened}"\n')
            script.chmod(0o755)
        own = world.agents / name / "node_modules/.bin"
        self.variables = {
            "HOME": str(self.home), "TMPDIR": str(self.home / "tmp"), "LANG": "C.UTF-8",
            "TERM": "tmux-256color", "USER": "ana", "BROWSER": str(bin_folder / "xdg-open"),
            "DISPLAY": ":0", "PATH": f"{bin_folder}:{own}:/usr/local/bin:/usr/bin:/bin",
            "DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1",
        }
        self.url = f"{world.url}/mcp"
        self.set_up()

    def set_up(self):
        """What its person has written down before."""

    def run(self, *command, given="", limit=90):
        try:
            done = subprocess.run(
                command, input=given, capture_output=True, text=True, env=self.variables,
                cwd=self.home, timeout=limit, check=False)
        except subprocess.TimeoutExpired as late:
            return f"(no end in {limit} s) {late.stdout or ''}{late.stderr or ''}"
        return done.stdout + done.stderr

    def begin(self):
        """Starts its sign-in; gives what ends it."""
        terminal = Terminal(self.world.work, self.login(), self.variables, self.home)
        return terminal

    def comes(self):
        """Whether it is let in, and what it says."""
        said = self.run(*self.look)
        return bool(re.search(self.good, said)) and not re.search(self.bad, said), said

    def files(self):
        files = (file for file in self.home.glob(self.tokens) if file.is_file())
        return [file for file in files if "cm_access_" in file.read_text()]

    def kept(self):
        """Whether it keeps a token."""
        return bool(self.files())

    def spoil(self):
        """Its access tokens are over, and known to be: only renewing helps."""
        past = str(int(time.time()) - 60)
        for file in self.files():
            text = re.sub("cm_access_[a-z2-7]+", "cm_access_over", file.read_text())
            text = re.sub(r'("expires_?(?:at|At)"\s*:\s*)\d{13}', rf"\g<1>{past}000", text)
            text = re.sub(r'("expires_?(?:at|At)"\s*:\s*)\d{10}(\.\d+)?\b', rf"\g<1>{past}", text)
            file.write_text(text)


class Claude(Client):
    tokens = ".claude/.credentials.json"
    look, good = ["claude", "mcp", "list"], "mesh.*✔|mesh.*Connected"

    def set_up(self):
        (self.home / ".claude.json").write_text(json.dumps({"hasCompletedOnboarding": True}))
        self.run("claude", "mcp", "add", "--scope", "user", "--transport", "http", "mesh", self.url)

    def login(self):
        return ["claude", "mcp", "login", "mesh"]


class Codex(Client):
    tokens = ".codex/.credentials.json"
    # Nothing of its own comes there but a session: one, on a model that is a script.
    look = ["codex", "exec", "--skip-git-repo-check", "Who are you?"]
    good = "All of it is done"

    def set_up(self):
        model = self.world.model({"codex": [{"call": "whoami", "until": "Ana"}]})
        (self.home / ".codex").mkdir()
        (self.home / ".codex/config.toml").write_text(f"""
model = "stand-in"
model_provider = "stand-in"
approval_policy = "never"
check_for_update_on_startup = false
mcp_oauth_credentials_store = "file"
[model_providers.stand-in]
name = "Stand-in"
base_url = "{model}/codex/v1"
wire_api = "responses"
[projects."{self.home}"]
trust_level = "trusted"
[mcp_servers.mesh]
url = "{self.url}"
""")

    def login(self):
        return ["codex", "mcp", "login", "mesh"]


class Opencode(Client):
    tokens = ".local/share/opencode/mcp-auth.json"
    look, good = ["opencode", "mcp", "list"], "✓.*mesh|mesh.*connected"

    def set_up(self):
        folder = self.home / ".config/opencode"
        folder.mkdir(parents=True)
        (folder / "opencode.json").write_text(json.dumps({
            "autoupdate": False, "mcp": {"mesh": {"type": "remote", "url": self.url}}}))

    def login(self):
        return ["opencode", "mcp", "auth", "mesh"]


class Copilot(Client):
    """It signs in by itself once it runs at a terminal."""

    tokens = ".copilot/mcp-oauth-config/**/*"
    good, bad = "All of it is done", "requires authentication"

    def set_up(self):
        model = self.world.model({"copilot": [{"call": "whoami", "until": "Ana"}]})
        server = {"type": "http", "url": self.url, "tools": ["*"]}
        self.command = ["copilot", "--additional-mcp-config",
                        json.dumps({"mcpServers": {"mesh": server}})]
        self.look = [*self.command, "--allow-all-tools", "-p", "Who are you?"]
        self.variables |= {
            "COPILOT_PROVIDER_BASE_URL": f"{model}/copilot/v1", "COPILOT_MODEL": "stand-in",
            "COPILOT_PROVIDER_API_KEY": "none", "COPILOT_AUTO_UPDATE": "false",
        }
        folder = self.home / ".copilot"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({
            "trusted_folders": [str(self.home)], "banner": "never"}))

    def login(self):
        return self.command


MESSAGES = [
    {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"}}},
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/call",
     "params": {"name": "whoami", "arguments": {}}},
]


class McpRemote(Client):
    tokens = ".mcp-auth/**/*tokens.json"

    def login(self):
        return ["mcp-remote", self.url]

    def comes(self):
        """It ends with its stdin, and so that stays open until it has answered."""
        said = self.home / f"said-{time.monotonic_ns()}"
        with open(said, "w", encoding="utf-8") as file:
            process = subprocess.Popen(
                self.login(), env=self.variables, cwd=self.home, text=True,
                stdin=subprocess.PIPE, stdout=file, stderr=file)
        for message in MESSAGES:
            process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
        wait(lambda: '"person' in said.read_text() or process.poll() is not None, 30)
        process.kill()
        process.wait()
        return "Ana" in said.read_text(), said.read_text()


CLIENTS = {"claude": Claude, "codex": Codex, "copilot": Copilot, "opencode": Opencode,
           "mcp-remote": McpRemote}
HEADINGS = ["client", "known by", "let in", "comes", "renewed", "two at once", "revoked"]


def yes(condition):
    return "yes" if condition else "no"


def row(world, chromium, name):
    """One program's cells."""
    client = CLIENTS[name](world, name)
    terminal = client.begin()
    asked, _ = wait(lambda: client.opened.exists() and client.opened.read_text().strip(), 60)
    if not asked:
        shown = re.sub(r"\s*\n\s*", "", terminal.screen())
        found = re.search(r"http://127\.0\.0\.1:\d+/oauth/authorize[^\s\[]+", shown)
        if not found:
            print(f"{name} asks for no browser:\n{terminal.screen()}", file=sys.stderr)
            return [name] + ["no"] * (len(HEADINGS) - 1)
        asked = found.group()
    asked = asked.splitlines()[0]
    known = "a document" if "client_id=https" in asked else "registering"
    chromium.open(asked)
    card = chromium.text()
    try:
        chromium.click("button[name=decision][value=approve]")
    except OSError:
        print(f"{name} is asked for by no card:\n{asked}\n{card}", file=sys.stderr)
        return [name, known] + ["no"] * (len(HEADINGS) - 2)
    let_in, _ = wait(client.kept, 60)
    cells = [name, known, yes(let_in)]
    if not let_in:
        print(f"{name} is not let in:\n{card}\n{chromium.url()}\n{terminal.screen()}",
              file=sys.stderr)
        return cells + ["-"] * (len(HEADINGS) - len(cells))
    # One that goes on is left.
    wait(terminal.ended, 10)
    terminal.close()
    came, said = client.comes()
    cells.append(yes(came))
    if not came:
        print(f"{name} does not come:\n{said}", file=sys.stderr)
    client.spoil()
    came, said = client.comes()
    cells.append(yes(came))
    if not came:
        print(f"{name} renews nothing:\n{said}", file=sys.stderr)
    client.spoil()
    with ThreadPoolExecutor(2) as both:
        came = [one.result()[0] for one in [both.submit(client.comes) for _ in range(2)]]
    again, said = client.comes()
    cells.append(yes(all(came) and again))
    if not (all(came) and again):
        print(f"{name} twice at once: {came} {again}\n{said}", file=sys.stderr)
    world.revoke_all()
    came, said = client.comes()
    cells.append(yes(not came))
    if came:
        print(f"{name} comes all the same:\n{said}", file=sys.stderr)
    return cells


def main():
    program, agents, work, *names = sys.argv[1:]
    work = Path(work).resolve()
    folder = documents(work / "documents")
    world = World(str(Path(program).resolve()), Path(agents).resolve(), work,
                  "--mcp-client-documents", str(folder))
    chromium = Chromium(work)
    try:
        chromium.sign_in(world.url, "ana@example.org", PASSWORD)
        world.revoke_all = lambda: revoke_all(world)
        rows = [HEADINGS] + [row(world, chromium, name) for name in names]
        widths = [max(map(len, column)) for column in zip(*rows)]
        for cells in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    finally:
        chromium.end()
        world.end()
    sys.exit(0 if all("no" not in cells and "-" not in cells for cells in rows) else 1)


def revoke_all(world):
    """Ana ends what programs are signed in by, on the page of her sessions."""
    page = world.ana.browser.open(world.url + "/settings/sessions").read().decode()
    for path in re.findall(r'action="(/settings/sessions/[a-z0-9]+/revoke)"', page):
        csrf = re.search('name="csrf" value="([^"]*)"', page).group(1)
        world.ana.browser.open(world.url + path, f"csrf={csrf}".encode())


if __name__ == "__main__":
    main()
