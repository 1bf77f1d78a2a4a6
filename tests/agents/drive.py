#!/usr/bin/env python3
"""Code agents that are not ours, in a mesh of two people: what each of them makes of the
tools that `crewmesh launch` gives it. Prints a table, and what the instance says of two
agents that share a task. `.ci/agents` installs and runs it.

Usage: drive.py PROGRAM AGENTS_FOLDER WORK_FOLDER AGENT…
"""
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

from known import AGENTS
from world import PATIENCE, World, wait


class Run:
    """One agent in one terminal, and what is seen of it by somebody else."""

    def __init__(self, world, person, other, agent, script, url, task, messages="inbox"):
        self.world, self.agent, self.script, self.other = world, agent, script, other
        self.name = person.name
        self.terminal = world.launch(person, agent, script, url, task, messages)

    def peer(self):
        return next((peer for peer in self.other.peers() if peer["name"] == self.name), None)

    def answer(self):
        """Answers what the agent asks of its person on the screen."""
        screen = self.terminal.screen()
        for question, keys in self.agent.answers:
            if re.search(question, screen):
                self.terminal.keys(*keys)

    def until(self, condition, limit=PATIENCE):
        def look():
            self.answer()
            return condition() or (self.terminal.ended() and "ended")
        found, took = wait(look, limit, 0.3)
        return (None if found == "ended" and not condition() else found), took

    def heard(self, what):
        """Whether the stand-in heard something of this agent."""
        return next((line for line in self.world.lines(self.script) if what(line)), None)

    def done(self, steps):
        """Whether its script comes to the end."""
        return self.until(lambda: self.heard(lambda line: line.get("done") == steps))[0]

    def rests(self):
        """Whether it has said its last word and its screen stays as it is for a while:
        hooks that are run at the end of its turn have ended, which would give it what is
        written before that."""
        screen, since = self.terminal.screen(), time.monotonic()

        def look():
            nonlocal screen, since
            now = self.terminal.screen()
            if now != screen or "All of it is done" not in now:
                screen, since = now, time.monotonic()
            return time.monotonic() - since > 4
        return self.until(look)[0]

    def told(self):
        """When it is told unasked what the other person writes while it rests."""
        if not self.rests():
            return "never at rest"
        self.other.crewmesh("send", self.name, "A word")

        def look():
            return self.heard(lambda line: "| A word" in (line.get("told") or ""))
        if self.until(look, 15)[0]:
            return "at rest"
        self.terminal.keys("Go on", "Enter")
        return "at work" if self.until(look, 30)[0] else "no"

    def gone(self):
        """After how many seconds from now the other person sees it no more."""
        found, took = wait(lambda: not self.peer(), 120, 0.1)
        return f"{took:.1f} s" if found else "not in 120 s"

    def exits(self):
        """It is left by its own way, and has ended. One that is still showing what was
        said last keeps the words for later."""
        for _ in range(3):
            self.terminal.keys(*self.agent.leave)
            if wait(self.terminal.ended, 15)[0]:
                return
        raise SystemExit(f"{self.agent.name} does not end:\n{self.terminal.screen()}")


def processes_of(pid):
    """A process and all that any thread of it has started."""
    children = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += map(int, file.read_text().split())
        except OSError:
            pass  # It has ended meanwhile.
    return [pid] + [one for child in children for one in processes_of(child)]


def runs(pid):
    """Whether a process is there and no zombie."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


STEPS = [
    {"call": "whoami", "until": '"name":"'},
    {"call": "set_status", "with": {"status": "working", "summary": "the tests"}},
]
HEADINGS = ["agent", "seen after", "tools", "called", "seen as", "told", "exit", "SIGKILL",
            "SIGHUP"]


def row(world, agent):
    """What one agent does: the cells of its row. Of each way to end it: after how many
    seconds the other person sees it no more, and what it left running."""
    cells = [agent.name]
    url = world.model({f"{agent.name}-{how}": STEPS for how in ("exit", "kill", "close")})
    for how in ("exit", "kill", "close"):
        script = f"{agent.name}-{how}"
        run = Run(world, world.ana, world.ben, agent, script, url, "Begin.", "push")
        seen, took = run.until(run.peer)
        done = seen and run.done(len(STEPS))
        if how == "exit":
            tools = [line for line in world.lines(script) if line.get("offered")]
            peer = run.peer() or {}
            cells += [
                f"{took:.1f} s" if seen else "no",
                " ".join([str(max(len(line["offered"]) for line in tools)), tools[0]["by"]])
                if tools else "no",
                "yes" if done else "no",
                f"{peer.get('agent')}, {peer.get('status')}" if peer else "no",
                run.told() if done else "no",
            ]
        if not done:
            print(f"{agent.name} {how}:\n{run.terminal.screen()}", file=sys.stderr)
            run.terminal.close()
            return cells + ["-"] * (len(HEADINGS) - len(cells))
        started = processes_of(run.terminal.pid)
        if how == "exit":
            run.exits()
        elif how == "kill":
            # What the launch became, and nothing that it has started.
            os.kill(run.terminal.pid, signal.SIGKILL)
        else:
            run.terminal.close()
        cell = run.gone()
        left = [pid for pid in started if runs(pid)]
        cells.append(cell + (f", {len(left)} left" if left else ""))
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        run.terminal.close()
        wait(lambda: not world.ben.peers(), 120, 0.5)
    return cells


def pair(world, first, second):
    """Two agents of two people: a question, an answer, a task; told by the instance."""
    url = world.model({
        "pair-ana": [
            {"call": "whoami", "until": '"name":"'},
            {"call": "create_task", "with": {"title": "Test the login", "text": "on both"}},
            {"call": "send_message",
             "with": {"to": "ben", "text": "Will you take task 1?", "kind": "ask"}},
            {"call": "wait_for_message", "with": {"seconds": 50}, "until": "It is done"},
            {"call": "list_tasks", "with": {"state": "done"}, "until": "all green"},
        ],
        "pair-ben": [
            {"call": "whoami", "until": '"name":"'},
            {"call": "wait_for_message", "with": {"seconds": 50}, "until": "Will you take"},
            {"call": "claim_task", "with": {"number": 1}},
            {"call": "finish_task", "with": {"number": 1, "result": "all green"}},
            {"call": "send_message",
             "with": {"to": "ana", "text": "It is done.", "kind": "answer"}},
        ],
    })
    of_ben = Run(world, world.ben, world.ana, second, "pair-ben", url, "Help whoever asks.")
    of_ben.until(of_ben.peer)
    of_ana = Run(world, world.ana, world.ben, first, "pair-ana", url, "Have the login tested.")

    def both():
        of_ben.answer()
        return all(run.heard(lambda line: line.get("done") == 5) for run in (of_ana, of_ben))
    done, took = of_ana.until(both)
    if not done:
        print(of_ana.terminal.screen(), of_ben.terminal.screen(), file=sys.stderr)
    for run in (of_ana, of_ben):
        run.terminal.close()
    print(f"\n{first.name} of ana, {second.name} of ben: {'done' if done else 'NOT done'}"
          f" in {took:.1f} s; the instance says:")
    for task in world.ana.crewmesh("tasks", "crew", "--state", "done")["tasks"]:
        print("  task", json.dumps(task))
    for message in world.ben.crewmesh("inbox", "crew", "--all", "--keep")["messages"]:
        print("  message", json.dumps(message))
    for event in world.ana.crewmesh("log", "crew")["log"]:
        print("  log", json.dumps(event))
    return bool(done)


def main():
    program, agents, work, *names = sys.argv[1:]
    world = World(str(Path(program).resolve()), Path(agents).resolve(), Path(work).resolve())
    try:
        rows = [HEADINGS] + [row(world, AGENTS[name]) for name in names]
        widths = [max(map(len, column)) for column in zip(*rows)]
        for cells in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
        good = all("no" not in cells[1:6] and "-" not in cells for cells in rows)
        with_all = pair(world, AGENTS["claude"], AGENTS["codex"]) if len(names) > 1 else True
    finally:
        world.end()
    sys.exit(0 if good and with_all else 1)


if __name__ == "__main__":
    main()
