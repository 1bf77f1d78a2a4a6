#!/usr/bin/env bash
# Claude Code waits for a hook that "runs in the background", where nobody is at it.
#
# Guess: a hook with `"asyncRewake": true` never holds a session up: it runs in the
#   background, and wakes the model when it ends with exit code 2. So whatever waits for
#   news may be such a hook of SessionStart and Stop.
# Is: in a session at a terminal it is so, also before the first prompt and in the middle
#   of a turn. With -p the same hook is run as any other: claude says nothing before it
#   ends. What tells the two apart for a hook is CLAUDE_CODE_ENTRYPOINT, `cli` or
#   `sdk-cli`.
# Who meets it: whoever gives hooks to sessions that others start, and puts one there that
#   waits: every script with `claude -p` stands still.
# Source: Claude Code 2.1.332 from npm, as run below; nothing is signed in, and nothing
#   but this computer is asked.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node \
    @anthropic-ai/claude-code@2.1.332 >/dev/null
mkdir home work
cd work

# A port that nothing listens on: whatever is asked of a model fails there, and that ends
# the session.
outcome() {
    echo "echo \$CLAUDE_CODE_ENTRYPOINT >>$folder/from; sleep $1; echo ended >>$folder/hook" >"$folder/hook.sh"
    rm -f "$folder/hook" "$folder/from"
    local hook code=0
    hook=$(printf '{"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"sh %s/hook.sh","asyncRewake":true,"timeout":600}]}]}}' "$folder")
    env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 \
        ANTHROPIC_BASE_URL=http://127.0.0.1:9 ANTHROPIC_API_KEY=none \
        CLAUDE_CODE_MAX_RETRIES=0 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 \
        timeout --kill-after=5 20 "$folder/node/node_modules/.bin/claude" \
        --settings="$hook" -p "say hello" </dev/null >/dev/null 2>&1 || code=$?
    case $code in
        124 | 137) echo "still waits after 20 s, from $(head -1 "$folder/from")" ;;
        *) echo "ends, the hook $(cat "$folder/hook" 2>/dev/null || echo "does not")" ;;
    esac
}

{
    "$folder/node/node_modules/.bin/claude" --version
    echo "a hook of 0 s:   $(outcome 0)"
    echo "a hook of 600 s: $(outcome 600)"
} >../seen
cat ../seen

cat >../expected <<'TEXT'
2.1.332 (Claude Code)
a hook of 0 s:   ends, the hook ended
a hook of 600 s: still waits after 20 s, from sdk-cli
TEXT
if diff ../expected ../seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
