"""An instance, two people in a mesh of it, and terminals for their agents."""
import http.cookiejar
import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

PASSWORD = "correct horse battery"
SCOPES = ["profile:read", "mesh:read", "mesh:write", "machine:read", "machine:write",
          "presence:write", "invite:create"]
HERE = Path(__file__).resolve().parent
# How long anything may take before it is said not to have happened.
PATIENCE = 90


def wait(condition, limit=PATIENCE, pause=0.05):
    """What `condition` gives once it gives something, and after how long; or None."""
    since = time.monotonic()
    while True:
        found = condition()
        if found:
            return found, time.monotonic() - since
        if time.monotonic() - since > limit:
            return None, limit
        time.sleep(pause)


class Terminal:
    """A program in a terminal of tmux."""

    count = 0

    def __init__(self, folder, command, variables, cwd, columns=120):
        Terminal.count += 1
        self.name = f"t{Terminal.count}"
        self.socket = str(folder / "tmux")
        line = ["env", "-i", *[f"{name}={value}" for name, value in variables.items()], *command]
        settings = folder / "tmux.conf"
        settings.write_text("set -g remain-on-exit on\nset -g default-terminal tmux-256color\n")
        self.tmux("-f", str(settings), "new-session", "-d", "-s", self.name, "-x", str(columns),
                  "-y", "40", "-c", str(cwd), *line)
        self.pid = int(self.tmux("display-message", "-p", "-t", self.name, "#{pane_pid}"))

    def tmux(self, *arguments):
        command = ["tmux", "-S", self.socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def screen(self):
        return self.tmux("capture-pane", "-p", "-t", self.name)

    def keys(self, *keys):
        for key in keys:
            self.tmux("send-keys", "-t", self.name, key)
            time.sleep(0.5)

    def ended(self):
        return self.tmux("display-message", "-p", "-t", self.name, "#{pane_dead}").strip() != "0"

    def close(self):
        self.tmux("kill-session", "-t", self.name)


class Person:
    """Somebody with a browser and a home."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.home = world.work / name
        (self.home / "tmp").mkdir(parents=True)
        (self.home / "work").mkdir()
        jar = http.cookiejar.CookieJar()
        self.browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(jar))
        self.submit("/register", name=name.title(), email=f"{name}@example.org", password=PASSWORD)
        scopes = [("scope", scope) for scope in SCOPES]
        page = self.submit("/settings/tokens", *scopes, name="agents", expiry="30")
        token = re.search("cm_pat_[a-z2-7]*", page).group()
        self.crewmesh("login", "--instance", world.url, "--token", "-", given=token)

    def submit(self, path, *fields, **more):
        page = self.browser.open(self.world.url + path).read().decode()
        csrf = re.search('name="csrf" value="([^"]*)"', page).group(1)
        fields = [("csrf", csrf), *fields, *more.items()]
        body = urllib.parse.urlencode(fields).encode()
        return self.browser.open(self.world.url + path, body).read().decode()

    def variables(self, home=None):
        home = home or self.home
        return {
            "HOME": str(home), "CREWMESH_HOME": str(self.home / ".crewmesh"),
            "CREWMESH_STORE": "file", "TMPDIR": str(self.home / "tmp"), "TERM": "tmux-256color",
            "LANG": "C.UTF-8", "USER": self.name, "BROWSER": "/bin/true", "PATH": "/usr/bin:/bin",
        }

    def crewmesh(self, *arguments, given="", **variables):
        done = subprocess.run(
            [self.world.program, *arguments, "--json"], input=given, capture_output=True,
            text=True, env=self.variables() | variables, cwd=self.home / "work", check=False)
        if done.returncode:
            raise SystemExit(f"crewmesh {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def peers(self):
        return self.crewmesh("peers", "crew")["peers"]


class World:
    """An instance, two people in a mesh, and the stand-in."""

    def __init__(self, program, agents, work, *more):
        self.program, self.agents, self.work = program, agents, work
        self.children = []
        (work / "server").mkdir(parents=True)
        log = open(work / "server/log", "w", encoding="utf-8")
        serve = [program, "serve", "--listen", "127.0.0.1:0", "--sign-up", "open",
                 "--database", str(work / "server/instance.db"), *more]
        environment = {"HOME": str(work / "server"), "PATH": "/usr/bin:/bin"}
        self.children.append(subprocess.Popen(serve, env=environment, stdout=log, stderr=log))
        said, _ = wait(lambda: re.search(
            r"http://127\.0\.0\.1:\d+", (work / "server/log").read_text()), 30)
        if not said:
            raise SystemExit((work / "server/log").read_text())
        self.url = said.group()
        self.ana, self.ben = Person(self, "ana"), Person(self, "ben")
        self.ana.crewmesh("create", "Crew")
        self.ben.crewmesh("join", self.ana.crewmesh("invite")["url"], "-y")
        self.heard = work / "heard"
        self.heard.touch()

    def model(self, scripts):
        """The stand-in with these scripts: its address."""
        file = self.work / f"scripts-{len(self.children)}.json"
        file.write_text(json.dumps(scripts))
        model = subprocess.Popen(
            [sys.executable, str(HERE / "model.py"), str(file), str(self.heard)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.children.append(model)
        return f"http://127.0.0.1:{model.stdout.readline().strip()}"

    def lines(self, script):
        lines = map(json.loads, self.heard.read_text().splitlines())
        return [line for line in lines if line["script"] == script]

    def end(self):
        for child in self.children:
            child.kill()
            child.wait()

    def launch(self, person, agent, script, url, task=None, messages="inbox"):
        """The agent of a person, launched in a terminal."""
        home = self.work / f"{person.name}-{agent.name}"
        work = home / "work"
        url = f"{url}/{script}"
        if not home.exists():
            work.mkdir(parents=True)
        for file, content in agent.files(home, work, url):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content if isinstance(content, str) else json.dumps(content))
        own = self.agents / agent.name / "node_modules/.bin"
        variables = person.variables(home)
        variables["PATH"] = f"{own}:{Path(self.program).parent}:{variables['PATH']}"
        for name, value in agent.variables.items():
            variables[name] = value.format(url=url, tmp=variables["TMPDIR"])
        command = [self.program, "launch", "-y", "--agent", agent.name, "--mesh", "crew",
                   "--machine", f"{person.name}s laptop", "--messages", messages]
        command += ["--task", task] if task else []
        command += ["--", *agent.arguments] if agent.arguments else []
        return Terminal(self.work, command, variables, work)
