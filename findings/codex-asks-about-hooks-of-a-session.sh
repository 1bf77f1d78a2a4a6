#!/usr/bin/env bash
# Codex asks its person about hooks that are given on the command line.
#
# Guess: what `-c` sets is the will of whoever starts Codex, and holds for that session;
#   so hooks given by `-c hooks.Stop=…` run, and leave nothing behind.
# Is: at a terminal it stops before anything else, "Hooks need review", and runs none
#   that is not trusted. What is trusted it writes into the person's config.toml, under
#   hooks.state."/<session-flags>/config.toml:stop:0:0", by a hash of the command: the
#   same words are not asked about again, others are.
# Who meets it: launchers that put something of one session into a hook's command, a path
#   or an id: their people are asked at every start.
# Source: Codex 0.171.0 from npm, as run below with a model that nobody listens for.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @openai/codex@0.171.0 >/dev/null
mkdir -p home/.codex work
cat >home/.codex/config.toml <<TOML
model = "stand-in"
model_provider = "stand-in"
check_for_update_on_startup = false
[model_providers.stand-in]
name = "Stand-in"
base_url = "http://127.0.0.1:9/v1"
wire_api = "responses"
[projects."$folder/work"]
trust_level = "trusted"
TOML

# Starts codex in a terminal of tmux with a hook of this command; trusts it where that is
# asked.
outcome() {
    local hook="hooks.Stop=[{hooks=[{type=\"command\",command=\"$1\"}]}]" screen='' found='neither'
    tmux -S "$folder/tmux" new-session -d -s codex -x 120 -y 40 -c "$folder/work" \
        env -i HOME="$folder/home" PATH="$PATH" LANG=C.UTF-8 TERM=tmux-256color \
        "$folder/node/node_modules/.bin/codex" --no-daemon -c "$hook"
    # It is ready before it asks.
    for _ in $(seq 40); do
        sleep 0.5
        screen=$(tmux -S "$folder/tmux" capture-pane -p -t codex)
        case $screen in
            *"Hooks need review"*)
                found='asks'
                tmux -S "$folder/tmux" send-keys -t codex 2
                sleep 0.5
                tmux -S "$folder/tmux" send-keys -t codex Enter
                sleep 3
                break
                ;;
            *"Ask Codex to do anything"*) found='starts' ;;
        esac
    done
    tmux -S "$folder/tmux" kill-server
    echo "$found"
}

{
    node/node_modules/.bin/codex --version
    echo "a hook:              $(outcome true)"
    echo "the same once more:  $(outcome true)"
    echo "one of other words:  $(outcome 'true now')"
    echo "left behind:         $(grep -c '^trusted_hash' home/.codex/config.toml)"
} >seen
cat seen

cat >expected <<'TEXT'
codex-cli 0.171.0
a hook:              asks
the same once more:  starts
one of other words:  asks
left behind:         1
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
