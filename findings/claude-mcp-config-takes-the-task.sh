#!/usr/bin/env bash
# Claude Code's --mcp-config takes every word behind it, the first task too.
#
# Guess: `claude --mcp-config FILE "TASK"` reads one file and begins with TASK, as
#   `claude "TASK"` does.
# Is: the option takes a list, to the next option or the end. TASK is read as a
#   second file, "MCP config file not found: …/TASK", and claude ends with 1
#   before it starts. With `--mcp-config=FILE "TASK"`, the prompt before the
#   option, or a `--` between, it is the task.
# Who meets it: launchers that put together a command line for a session: a server
#   from them, a first task from the person. It works in every trial without a
#   task.
# Source: Claude Code 2.1.332 from npm, as run below; nothing is signed in, and
#   nothing but this computer is asked.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node \
    @anthropic-ai/claude-code@2.1.332 >/dev/null
mkdir home work
cd work
echo '{"mcpServers":{}}' >mcp.json

# A port that nothing listens on: a task that is begun fails there.
claude() {
    env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 \
        ANTHROPIC_BASE_URL=http://127.0.0.1:9 ANTHROPIC_API_KEY=none \
        CLAUDE_CODE_MAX_RETRIES=0 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
        timeout 60 "$folder/node/node_modules/.bin/claude" "$@" </dev/null 2>&1
}

outcome() {
    local said code=0
    said=$(claude "$@") || code=$?
    case "$said" in
        *"MCP config file not found"*"say hello"*) echo "the task was taken for a file, exit $code" ;;
        *"API Error"*) echo "the task was begun, exit $code" ;;
        *) printf 'something else, exit %s: %s\n' "$code" "$said" ;;
    esac
}

{
    claude --version
    echo "--mcp-config FILE TASK:    $(outcome -p --mcp-config mcp.json "say hello")"
    echo "--mcp-config=FILE TASK:    $(outcome -p --mcp-config=mcp.json "say hello")"
    echo "--mcp-config FILE -- TASK: $(outcome -p --mcp-config mcp.json -- "say hello")"
    echo "TASK --mcp-config FILE:    $(outcome -p "say hello" --mcp-config mcp.json)"
} >../seen
cat ../seen

cat >../expected <<'TEXT'
2.1.332 (Claude Code)
--mcp-config FILE TASK:    the task was taken for a file, exit 1
--mcp-config=FILE TASK:    the task was begun, exit 1
--mcp-config FILE -- TASK: the task was begun, exit 1
TASK --mcp-config FILE:    the task was begun, exit 1
TEXT
if diff ../expected ../seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
