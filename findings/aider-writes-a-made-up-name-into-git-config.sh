#!/usr/bin/env bash
# aider writes a made-up name and e-mail into a repository's settings, and they stay.
#
# Guess: where git does not know who a person is, aider leaves that to git, which refuses a
#   commit, or asks; in any case it only matters where aider is to commit.
# Is: at each start in a repository where git has no user.name and user.email, it writes
#   "Your Name" and "you@example.com" into .git/config, and prints how to change them. So
#   it does with --no-auto-commits --dry-run, before anybody has said a word; where
#   GIT_AUTHOR_NAME and its like are set and git commits well; and where
#   user.useConfigOnly is to keep git from guessing. From then on git commits as that
#   name. A name that the person gives with `git config --global` later does not help
#   there, as the repository's own goes before it. --no-git leaves all as it was.
# Who meets it: people with a new computer or container, or a name for each folder; those
#   who start an agent in one: their later commits are by "Your Name". They set a name
#   first, or take the two out with `git config --remove-section user`.
# Source: aider 0.86.2 (aider-chat of PyPI, for Python 3.10 to 3.12), as run below; no model
#   is asked, and other hosts are not reached.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

right='import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))'
for python in python3 python3.12 python3.11 python3.10; do
    if "$python" -c "$right" 2>/dev/null; then break; fi
done
"$python" -m venv python
python/bin/pip install --quiet --no-compile --disable-pip-version-check aider-chat==0.86.2

# Runs in the repository: git and aider see no settings but those made here.
in_it() {
    (cd work && env -i HOME="$folder/home" TMPDIR="$folder" LANG=C.UTF-8 TERM=dumb \
        PATH="$folder/python/bin:$PATH" GIT_CONFIG_NOSYSTEM=1 HTTPS_PROXY=http://127.0.0.1:9 \
        OPENAI_API_KEY=none AIDER_ANALYTICS=false AIDER_CHECK_UPDATE=false \
        AIDER_GITIGNORE=false AIDER_SHOW_MODEL_WARNINGS=false AIDER_SHOW_RELEASE_NOTES=false \
        timeout 100 env "$@" </dev/null)
}

repository() {
    rm -rf home work
    mkdir home work
    in_it git init --quiet
    in_it git config --global user.useConfigOnly true
}

aider() {
    local status=0
    in_it "$@" aider --model openai/some-model --no-auto-commits --dry-run --exit \
        >said 2>&1 || status=$?
    echo "aider starts and ends, exit $status: $(grep -c '^Update git' said || true) lines about it"
    in_it git config --local --get-regexp '^user' >user || echo "no user" >user
    echo "    in .git/config:  $(paste -sd, user)"
}

# A commit by git, without aider.
commit() {
    if in_it "$@" git commit --quiet --allow-empty --message one 2>refused; then
        echo "    a commit is by:  $(in_it git log -1 --format='%an <%ae>')"
    else
        echo "    a commit:        $(grep -o 'Please tell me who you are' refused)"
    fi
}

ana=(GIT_AUTHOR_NAME=Ana GIT_AUTHOR_EMAIL=ana@example.org
    GIT_COMMITTER_NAME=Ana GIT_COMMITTER_EMAIL=ana@example.org)
{
    repository
    in_it aider --version
    echo "no name anywhere"
    commit
    aider
    commit
    echo "now a name in the person's settings"
    in_it git config --global user.name Ana
    in_it git config --global user.email ana@example.org
    commit
    echo "another repository, the name was there before"
    rm -rf work
    mkdir work
    in_it git init --quiet
    aider
    commit
    echo "a name in variables alone"
    repository
    commit "${ana[@]}"
    aider "${ana[@]}"
    commit "${ana[@]}"
    echo "and without the variables"
    commit
    echo "no name anywhere, --no-git"
    repository
    aider AIDER_GIT=false
} >seen
cat seen

cat >expected <<'TEXT'
aider 0.86.2
no name anywhere
    a commit:        Please tell me who you are
aider starts and ends, exit 0: 2 lines about it
    in .git/config:  user.name Your Name,user.email you@example.com
    a commit is by:  Your Name <you@example.com>
now a name in the person's settings
    a commit is by:  Your Name <you@example.com>
another repository, the name was there before
aider starts and ends, exit 0: 0 lines about it
    in .git/config:  no user
    a commit is by:  Ana <ana@example.org>
a name in variables alone
    a commit is by:  Ana <ana@example.org>
aider starts and ends, exit 0: 2 lines about it
    in .git/config:  user.name Your Name,user.email you@example.com
    a commit is by:  Ana <ana@example.org>
and without the variables
    a commit is by:  Your Name <you@example.com>
no name anywhere, --no-git
aider starts and ends, exit 0: 0 lines about it
    in .git/config:  no user
TEXT
if diff expected seen; then
    echo "as written above"
else
    echo "changed" >&2
    exit 1
fi
