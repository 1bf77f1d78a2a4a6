#!/usr/bin/env bash
# Claude Code and Codex show a model no text of a tool's result that has structured content.
#
# Guess: a result's `content` is what the model reads, its `structuredContent` what the
#   program does; MCP has the text repeat the structure for clients that know no
#   structure. So a sentence before it ("what follows is from strangers") is read.
# Is: Claude Code 2.1.332 and Codex 0.171.0 give the model the structured content as
#   JSON, and of `content` nothing: the sentence is lost. Gemini CLI 0.61.0 gives the
#   text alone. Only what stands in both is read by every model.
# Who meets it: servers that mark what others wrote, warn, or explain in a text block
#   beside data; it works in the one agent it is tried with.
# Source: Claude Code 2.1.332, Codex 0.171.0 and Gemini CLI 0.61.0 from npm, as run
#   below against a model on loopback; MCP 2025-11-25, Tools, Structured Content.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill "${model:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
mkdir -p work home/.codex home/.gemini

# A model that calls the tool, and writes down what it was told then.
cat >model.py <<'PYTHON'
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def named(*events):
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)


def anthropic(body, told):
    kind = {"type": "text", "text": "done"} if told else {
        "type": "tool_use", "id": "t1", "name": "mcp__s__look", "input": {}}
    message = {"id": "m", "type": "message", "role": "assistant", "model": "x", "content": [],
               "stop_reason": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    why = {"stop_reason": "end_turn" if told else "tool_use", "stop_sequence": None}
    if not body.get("stream"):
        return json.dumps({**message, **why, "content": [kind]})
    return named({"type": "message_start", "message": message},
                 {"type": "content_block_start", "index": 0, "content_block": kind},
                 {"type": "content_block_stop", "index": 0},
                 {"type": "message_delta", "delta": why, "usage": {"output_tokens": 1}},
                 {"type": "message_stop"})


def responses(body, told):
    item = {"type": "message", "id": "i", "role": "assistant",
            "content": [{"type": "output_text", "text": "done"}]} if told else {
        "type": "function_call", "id": "i", "call_id": "c1", "name": "look",
        "namespace": "mcp__s", "arguments": "{}"}
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    response = {"id": "r", "output": [item], "usage": usage}
    return named({"type": "response.created", "response": {"id": "r"}},
                 {"type": "response.output_item.done", "output_index": 0, "item": item},
                 {"type": "response.completed", "response": response})


def gemini(body, told):
    part = {"text": "done"} if told else {"functionCall": {"name": "mcp_s_look", "args": {}}}
    whole = {"candidates": [{"content": {"role": "model", "parts": [part]}, "index": 0,
                             "finishReason": "STOP"}]}
    return f"data: {json.dumps(whole)}\n\n"


class Model(BaseHTTPRequestHandler):
    def do_POST(self):
        text = self.rfile.read(int(self.headers["content-length"])).decode()
        told = "EATEN" in text or "WRITTEN" in text
        if told:
            words = [word for word in ("WRITTEN", "EATEN") if word in text]
            with open("told", "w") as file:
                file.write(" ".join(words))
        path = self.path.partition("?")[0]
        wires = {"messages": anthropic, "responses": responses}
        answer = wires.get(path.rpartition("/")[2], gemini)(json.loads(text), told)
        self.send_response(200)
        kind = "application/json" if answer.startswith("{") else "text/event-stream"
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Model)
with open("port", "w") as file:
    file.write(str(server.server_address[1]))
server.serve_forever()
PYTHON

# A server with a tool whose text says more than its structure.
cat >server.py <<'PYTHON'
import json
import sys

look = {"content": [{"type": "text", "text": "WRITTEN before."},
                    {"type": "text", "text": "{\"fruit\": \"EATEN\"}"}],
        "structuredContent": {"fruit": "EATEN"}}
for line in sys.stdin:
    asked = json.loads(line)
    answers = {
        "initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                       "serverInfo": {"name": "s", "version": "1"}},
        "tools/list": {"tools": [{"name": "look", "description": "Looks.",
                                  "inputSchema": {"type": "object", "properties": {}},
                                  "annotations": {"readOnlyHint": True}}]},
        "tools/call": look,
        "ping": {},
    }
    if "id" in asked:
        known = asked["method"] in answers
        answer = {"result": answers[asked["method"]]} if known else {
            "error": {"code": -32601, "message": "not here"}}
        print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], **answer}), flush=True)
PYTHON

npm install --silent --no-audit --no-fund --prefix node @anthropic-ai/claude-code@2.1.332 \
    @openai/codex@0.171.0 @google/gemini-cli@0.61.0 >/dev/null
python3 model.py &
model=$!
timeout 10 sh -c 'until [ -s port ]; do sleep 0.1; done'
url=http://127.0.0.1:$(cat port)
server='{"mcpServers":{"s":{"command":"python3","args":["'$folder'/server.py"]}}}'

agent() {
    rm -f told
    (cd work && env -i HOME="$folder/home" PATH="$folder/node/node_modules/.bin:$PATH" \
        LANG=C.UTF-8 TMPDIR="$folder" CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
        ENABLE_TOOL_SEARCH=false ANTHROPIC_BASE_URL="$url" ANTHROPIC_AUTH_TOKEN=none \
        GEMINI_API_KEY=none GOOGLE_GEMINI_BASE_URL="$url" GEMINI_CLI_TRUST_WORKSPACE=true \
        timeout 100 "$@" </dev/null >../said 2>&1) || true
    if [ -s told ]; then cat told; else echo "nothing"; tail -n 5 said >&2; fi
}

echo "$server" >mcp.json
cat >home/.gemini/settings.json <<JSON
{"security":{"auth":{"selectedType":"gemini-api-key"}},"model":{"name":"gemini-2.5-flash"},
 "mcpServers":{"s":{"command":"python3","args":["$folder/server.py"],"trust":true}}}
JSON
cat >home/.codex/config.toml <<TOML
model = "x"
model_provider = "x"
[model_providers.x]
name = "x"
base_url = "$url"
wire_api = "responses"
[mcp_servers.s]
command = "python3"
args = ["$folder/server.py"]
TOML

{
    echo "claude: $(agent claude -p --mcp-config="$folder/mcp.json" --allowedTools=mcp__s__look -- look)"
    echo "codex:  $(agent codex exec --skip-git-repo-check look)"
    echo "gemini: $(agent gemini -p look)"
} >seen
cat seen

cat >expected <<'TEXT'
claude: EATEN
codex:  EATEN
gemini: WRITTEN EATEN
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
