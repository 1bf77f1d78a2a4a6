#!/usr/bin/env python3
"""A stand-in for the models that code agents talk to: nothing thinks here, a script
says which tool is called next. It speaks what each agent speaks:

    /NAME/v1/messages                 Anthropic Messages          (claude)
    /NAME/v1/responses                OpenAI Responses            (codex)
    /NAME/v1/chat/completions         OpenAI chat completions     (opencode, copilot, qwen, aider)
    /NAME/v1beta/models/M:…Content    Gemini                      (gemini)

NAME is a script: each agent has an address of its own. A script is a list of steps,
`{"call": TOOL, "with": {…}}`, at the end of which comes a closing sentence; with
`"until": REGEX` the call is repeated until its answer is like that. Which step is next
is counted in what the agent sends back, so nothing is kept here.

The surprising rule: a tool is called only by a name that the agent offered, found by
its end, as agents each put their own before it. What is offered, called and answered, by
which key, and what the model is told since it last said something, is written to LOG, a
JSON object a line.

Usage: model.py SCRIPTS.json LOG     prints its port and serves until its stdin ends.
"""
import json
import re
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLOSING = "All of it is done."
NOT_YET = "There are no such tools here yet."
# How often a step is done that does not come to what it waits for.
TRIES = 40
# How often a tool is looked for that is not shown.
SEARCHES = 30
# The headers in which an agent says what lets it in.
KEYS = ("authorization", "x-api-key", "x-goog-api-key")
OURS = re.compile(
    r"(?:^|[^a-z])(whoami|list_meshes|list_peers|send_message|read_messages|wait_for_message"
    r"|set_status|list_tasks|create_task|claim_task|finish_task|drop_task|list_machines"
    r"|list_members|create_invite)$"
)


def short(name):
    """A tool of ours without what the agent puts before it."""
    found = OURS.search(name or "")
    return found.group(1) if found else None


def is_search(name):
    """What an agent has for tools that it does not show."""
    return name in ("ToolSearch", "tool_search")


def inner(name, given):
    """What is meant where a tool calls another that is not shown."""
    given = json.loads(given) if isinstance(given, str) else given
    return given.get("name") if name == "tool_call" else name


def text_of(content):
    """The text in what one wire or another has as content."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    if isinstance(content, dict):
        if "text" in content:
            return text_of(content["text"])
        if "content" in content:
            return text_of(content["content"])
        return json.dumps(content)
    return ""


class Anthropic:
    path = re.compile(r"/v1/messages$")
    said = "messages"

    def offered(self, body):
        return [{"name": tool.get("name")} for tool in body.get("tools") or []]

    def answered(self, body):
        called = {}
        for message in body.get("messages", []):
            blocks = message.get("content")
            for block in blocks if isinstance(blocks, list) else []:
                if block.get("type") == "tool_use":
                    called[block["id"]] = block["name"]
                elif block.get("type") == "tool_result":
                    yield called.get(block["tool_use_id"]), text_of(block.get("content"))

    def reply(self, body, tool, given, text, number):
        usage = {"input_tokens": 10, "output_tokens": 10}
        if tool:
            block = {"type": "tool_use", "id": f"toolu_{number}", "name": tool["name"]}
            empty, whole = {**block, "input": {}}, {**block, "input": given}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(given)}
        else:
            empty, whole = {"type": "text", "text": ""}, {"type": "text", "text": text}
            delta = {"type": "text_delta", "text": text}
        why = "tool_use" if tool else "end_turn"
        message = {
            "id": f"msg_{number}", "type": "message", "role": "assistant",
            "model": body.get("model"), "content": [], "stop_reason": None,
            "stop_sequence": None, "usage": usage,
        }
        if not body.get("stream"):
            return {**message, "content": [whole], "stop_reason": why}
        ending = {"stop_reason": why, "stop_sequence": None}
        return named([
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": empty},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": ending, "usage": usage},
            {"type": "message_stop"},
        ])


class Responses:
    path = re.compile(r"/responses$")
    said = "input"

    def offered(self, body):
        for tool in body.get("tools") or []:
            if tool.get("type") == "namespace":
                for inner in tool.get("tools", []):
                    yield {"name": inner.get("name"), "namespace": tool.get("name")}
            elif tool.get("name"):
                yield {"name": tool["name"]}

    def answered(self, body):
        called = {}
        items = body.get("input")
        for item in items if isinstance(items, list) else []:
            if item.get("type") == "function_call":
                called[item["call_id"]] = item["name"]
            elif item.get("type") == "function_call_output":
                yield called.get(item["call_id"]), text_of(item.get("output"))

    def reply(self, body, tool, given, text, number):
        if tool:
            item = {
                "type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}",
                "status": "completed", "arguments": json.dumps(given), **tool,
            }
        else:
            part = {"type": "output_text", "text": text, "annotations": []}
            item = {
                "type": "message", "id": f"msg_{number}", "role": "assistant",
                "status": "completed", "content": [part],
            }
        usage = {
            "input_tokens": 10, "output_tokens": 10, "total_tokens": 20,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        }
        response = {
            "id": f"resp_{number}", "object": "response", "status": "completed",
            "model": body.get("model"), "output": [item], "usage": usage,
        }
        if not body.get("stream"):
            return response
        begun = {**response, "status": "in_progress", "output": []}
        events = [
            {"type": "response.created", "response": begun},
            {"type": "response.output_item.added", "output_index": 0,
             "item": {**item, "status": "in_progress"}},
        ]
        if not tool:
            events.append({
                "type": "response.output_text.delta", "item_id": item["id"],
                "output_index": 0, "content_index": 0, "delta": text,
            })
        events += [
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": response},
        ]
        for place, event in enumerate(events):
            event["sequence_number"] = place
        return named(events)


class Chat:
    path = re.compile(r"/chat/completions$")
    said = "messages"

    def offered(self, body):
        tools = body.get("tools") or []
        return [{"name": tool.get("function", {}).get("name")} for tool in tools]

    def answered(self, body):
        called = {}
        for message in body.get("messages", []):
            for call in message.get("tool_calls") or []:
                function = call["function"]
                called[call["id"]] = inner(function["name"], function["arguments"])
            if message.get("role") == "tool":
                yield called.get(message["tool_call_id"]), text_of(message.get("content"))

    def reply(self, body, tool, given, text, number):
        said = {"role": "assistant", "content": None if tool else text}
        if tool:
            function = {"name": tool["name"], "arguments": json.dumps(given)}
            said["tool_calls"] = [
                {"index": 0, "id": f"call_{number}", "type": "function", "function": function}
            ]
        why = "tool_calls" if tool else "stop"
        usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
        whole = {"id": f"chatcmpl-{number}", "created": 1, "model": body.get("model")}
        if not body.get("stream"):
            choice = {"index": 0, "message": said, "finish_reason": why}
            # LiteLLM takes nothing of Groq's without a tier.
            return {**whole, "object": "chat.completion", "choices": [choice], "usage": usage,
                    "service_tier": "default"}
        whole["object"] = "chat.completion.chunk"
        choices = [
            {"index": 0, "delta": said, "finish_reason": None},
            {"index": 0, "delta": {}, "finish_reason": why},
        ]
        chunks = [{**whole, "choices": [choice]} for choice in choices]
        return streamed([*chunks, {**whole, "choices": [], "usage": usage}]) + "data: [DONE]\n\n"


class Gemini:
    path = re.compile(r"/models/[^/]+:(?:streamG|g)enerateContent$")
    said = "contents"

    def offered(self, body):
        for tool in body.get("tools") or []:
            for function in tool.get("functionDeclarations") or []:
                yield {"name": function.get("name")}

    def answered(self, body):
        for content in body.get("contents", []):
            for part in content.get("parts") or []:
                if "functionResponse" in part:
                    answer = part["functionResponse"]
                    given = answer.get("response", {})
                    yield answer.get("name"), text_of(given.get("output", given))

    def reply(self, body, tool, given, text, number):
        part = {"functionCall": {"name": tool["name"], "args": given}} if tool else {"text": text}
        whole = {
            "candidates": [{
                "index": 0, "finishReason": "STOP",
                "content": {"role": "model", "parts": [part]},
            }],
            "usageMetadata": {
                "promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20,
            },
            "modelVersion": "stand-in", "responseId": str(number),
        }
        return streamed([whole]) if body["streamed"] else whole


def named(events):
    lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    return "".join(lines)


def streamed(chunks):
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)


def told(items):
    """What a model is told since it said something itself, as it stands in the request."""
    new = []
    for item in reversed(items if isinstance(items, list) else [items]):
        if isinstance(item, dict):
            own = item.get("role") in ("assistant", "model")
            if own or item.get("type") in ("function_call", "reasoning"):
                break
        new.append(item)
    return json.dumps(new[::-1], ensure_ascii=False)


class Model:
    """The scripts, and what was heard."""

    def __init__(self, scripts, log):
        self.scripts = scripts
        self.log = open(log, "a", encoding="utf-8")
        self.lock = threading.Lock()
        self.numbers = iter(range(1, 1 << 30))

    def note(self, **what):
        with self.lock:
            self.log.write(json.dumps(what) + "\n")
            self.log.flush()

    def next_step(self, script, answers):
        """What is to be done after these answers, and how many steps are."""
        done = tries = 0
        for _, text in answers:
            if done == len(script):
                break
            tries += 1
            until = script[done].get("until")
            if until is None or re.search(until, text) or tries == TRIES:
                done, tries = done + 1, 0
        return (script[done] if done < len(script) else None), done

    def answer(self, name, wire, body, keys):
        offered = {}
        search = caller = None
        for tool in wire.offered(body):
            if short(tool["name"]):
                offered[short(tool["name"])] = tool
            elif is_search(tool["name"]):
                search = tool
            elif tool["name"] == "tool_call":
                caller = tool
        answered = list(wire.answered(body))
        for tool, text in answered if caller else []:
            for found in re.findall(r'"name": ?"(mcp__\w+)"', text) if is_search(tool) else []:
                offered.setdefault(short(found), {"name": found, "by": caller})
        searched = sum(is_search(tool) for tool, _ in answered)
        answers = [(short(tool), text) for tool, text in answered if short(tool)]
        step, done = self.next_step(self.scripts.get(name, []), answers)
        with self.lock:
            number = next(self.numbers)
        tool, given, text = None, None, CLOSING
        if step and step["call"] in offered:
            tool, given = offered[step["call"]], step.get("with", {})
            if "by" in tool:
                tool, given = tool["by"], {"name": tool["name"], "arguments": given}
        elif step and searched < SEARCHES and search:
            # An agent that shows its tools only to who looks for them.
            tool, given = search, {"query": f"crewmesh {step['call']}"}
        elif step:
            text = NOT_YET
        self.note(
            script=name, keys=keys, by=(search or {"name": "shown"})["name"], offered={short: tool["name"] for short, tool in offered.items()},
            done=done, calls=tool["name"] if tool else None, says=None if tool else text,
            answers=[list(answer) for answer in answers[-1:]], told=told(body.get(wire.said)),
        )
        return wire.reply(body, tool, given, text, number)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wires = [Anthropic(), Responses(), Chat(), Gemini()]

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.partition("?")[0]
        name = path.split("/")[1]
        for wire in self.wires:
            if wire.path.search(path):
                body = json.loads(body)
                body["streamed"] = "streamGenerateContent" in path
                keys = {key: self.headers[key] for key in KEYS if key in self.headers}
                return self.give(self.server.model.answer(name, wire, body, keys))
        if path.endswith("/count_tokens"):
            return self.give({"input_tokens": 10})
        if path.endswith(":countTokens"):
            return self.give({"totalTokens": 10})
        self.server.model.note(script=name, unknown=f"POST {path}")
        return self.give({"error": {"message": "not here", "type": "not_found_error"}}, 404)

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path.endswith("/models"):
            one = {"id": "stand-in", "object": "model", "type": "model", "created": 1,
                   "owned_by": "stand-in", "display_name": "Stand-in"}
            return self.give({"object": "list", "data": [one], "has_more": False})
        self.server.model.note(script=path.split("/")[1], unknown=f"GET {path}")
        return self.give({"error": {"message": "not here", "type": "not_found_error"}}, 404)

    do_HEAD = do_GET

    def give(self, what, status=200):
        is_stream = isinstance(what, str)
        text = (what if is_stream else json.dumps(what)).encode()
        self.send_response(status)
        self.send_header("content-type", "text/event-stream" if is_stream else "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        scripts = json.load(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.model = Model(scripts, sys.argv[2])
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
