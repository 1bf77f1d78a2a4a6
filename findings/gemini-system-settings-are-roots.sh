#!/usr/bin/env bash
# Gemini CLI takes GEMINI_CLI_SYSTEM_SETTINGS_PATH only where root has written all of it.
#
# Guess: the variable names a file of settings that count before the person's own, so
#   a launcher can give one session a server, whoever runs it.
# Is: the file, and each folder above it, must be root's, and nobody else may write
#   there: not in a home, not below /tmp. Anybody's own file is passed over with a
#   line of warning; the session starts without the server. The same file as the
#   person's own settings is taken. As root, in a container, it works.
# Who meets it: launchers and wrappers that are tried in a container as root, and
#   used by people. GEMINI_CLI_SYSTEM_DEFAULTS_PATH is no way around it.
# Source: Gemini CLI 0.61.0 from npm, as run below; nothing but this computer is asked.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

npm install --silent --no-audit --no-fund --prefix node @google/gemini-cli@0.61.0 >/dev/null
mkdir -p home/.gemini work
echo '{"mcpServers":{"s":{"command":"/bin/cat"}}}' >settings.json
chmod 755 .
# Somebody who is not root.
person=()
if [ "$(id -u)" = 0 ]; then
    chown -R 65534:65534 home work settings.json
    chmod 600 settings.json
    person=(setpriv --reuid 65534 --regid 65534 --clear-groups)
fi

outcome() {
    local said
    said=$(cd work && "${person[@]}" env -i HOME="$folder/home" LANG=C.UTF-8 \
        PATH="$folder/node/node_modules/.bin:$PATH" GEMINI_CLI_NO_RELAUNCH=true \
        GEMINI_CLI_TRUST_WORKSPACE=true "$@" timeout 60 gemini mcp list </dev/null 2>&1)
    case "$said" in
        *"Skipping system settings file"*"No MCP servers configured"*) echo "passed over" ;;
        *"Skipping system defaults file"*"No MCP servers configured"*) echo "passed over" ;;
        *"s: /bin/cat"*) echo "taken" ;;
        *) echo "something else: $said" ;;
    esac
}

{
    node -p 'require("./node/node_modules/@google/gemini-cli/package.json").version'
    echo "as the system's settings: $(outcome GEMINI_CLI_SYSTEM_SETTINGS_PATH="$folder/settings.json")"
    echo "as the system's defaults: $(outcome GEMINI_CLI_SYSTEM_DEFAULTS_PATH="$folder/settings.json")"
    cp -p settings.json home/.gemini/settings.json
    echo "as the person's own:      $(outcome A=b)"
} >seen
cat seen

cat >expected <<'TEXT'
0.61.0
as the system's settings: passed over
as the system's defaults: passed over
as the person's own:      taken
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
