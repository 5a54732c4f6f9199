#!/usr/bin/env bash
# Installs what a build, a run or a test needs and is missing: Debian packages by apt, nothing else.
# usage: setup.sh GROUP…   (build, desktop, test)
set -eu

build="gcc libc6-dev make curl ca-certificates lld"
# With rustup's own wasm32 target there is no need for a second compiler.
if ! rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; then
  build="$build rustc-web cargo-web rust-web-src"
fi
desktop="xvfb openbox xterm mousepad xdotool x11-apps x11-utils x11-xserver-utils xauth xkb-data fonts-dejavu-core"
test="chromium libreoffice-calc ffmpeg feh imagemagick vim strace sudo tigervnc-standalone-server tigervnc-viewer xrdp xorgxrdp xserver-xorg-video-dummy freerdp2-x11 sqlite3 tmux tk picom xcompmgr openssl python3 python3-cryptography python3-aiosmtpd i3lock zenity xclip dbus at-spi2-core procps fonts-ipafont-gothic fonts-wqy-microhei cups-daemon cups-client rdesktop fuse3 flatpak dconf-cli rpm openssh-server openssh-sftp-server openssh-client gnupg pinentry-curses"

wanted=""
for group in "$@"; do
  case $group in
    build) wanted="$wanted $build" ;;
    desktop) wanted="$wanted $desktop" ;;
    test) wanted="$wanted $test" ;;
    *) echo "setup.sh: unknown group $group (build, desktop, test)" >&2; exit 2 ;;
  esac
done

missing_tool() {
  echo "Kinescope needs $1, which is not here. Install it with:" >&2
  echo "    $2" >&2
  exit 1
}
[ -x "$HOME/.cargo/bin/cargo" ] && export PATH="$HOME/.cargo/bin:$PATH"
command -v cargo >/dev/null || missing_tool "Rust 1.95 or newer" \
  "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y   # then: . \"\$HOME/.cargo/env\""
command -v node >/dev/null && command -v npm >/dev/null || missing_tool "Node 20 or newer with npm" \
  "sudo apt-get install nodejs npm   # where that is older than 20, see https://nodejs.org/en/download"
node -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 20 ? 0 : 1)' || missing_tool \
  "Node 20 or newer (found $(node --version))" "see https://nodejs.org/en/download"

command -v dpkg-query >/dev/null || {
  echo "This is not Debian: install these (Debian's names) yourself, then set KINESCOPE_SKIP_PACKAGES=1:$wanted" >&2
  [ -n "${KINESCOPE_SKIP_PACKAGES:-}" ] || exit 1
  exit 0
}
lacking=""
for package in $wanted; do
  dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || lacking="$lacking $package"
done
[ -n "$lacking" ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "As root, run: apt-get install$lacking" >&2; exit 1; }
  as_root=sudo
fi
echo "== installing Debian packages${as_root:+ with sudo}:$lacking"
log=$(mktemp)
if ! { $as_root apt-get update -q && $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends $lacking; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "Installing packages failed; the whole output is in $log" >&2
  exit 1
fi
rm -f "$log"
