#!/usr/bin/env bash
# Builds the player's engine for browsers into web/packages/player/wasm: crates/wasm compiled to WebAssembly, and
# the JavaScript around it. Uses rustup's wasm32 target where it is installed, else Debian's
# rustc-web with the standard library built from source (rust-web-src).
set -eu
cd "$(dirname "$0")/../crates/wasm"
out=$PWD/../../web/packages/player/wasm
base=${CARGO_TARGET_DIR:-$PWD/../../target}
target=wasm32-unknown-unknown

need() { command -v "$1" >/dev/null || { echo "build-wasm.sh: $1 is missing: $2" >&2; exit 1; }; }

# Runs of pixels are compared and filled sixteen bytes at a time. All browsers since early 2023 have these instructions.
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-C target-feature=+simd128"
# Two compilers, two folders: they must not take each other's output.
if rustup target list --installed 2>/dev/null | grep -qx "$target"; then
  export CARGO_TARGET_DIR=$base/wasm-rustup
  cargo build --quiet --locked --release --target "$target" -p engine
elif [ -x /usr/bin/rustc ] && [ -d /usr/src/rustc-"$(/usr/bin/rustc --version | cut -d' ' -f2)" ]; then
  need wasm-ld "apt-get install lld"
  export CARGO_TARGET_DIR=$base/wasm-debian
  RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld \
    /usr/bin/cargo build --quiet --locked --release --target "$target" -Zbuild-std=std,panic_abort -p engine
else
  echo "build-wasm.sh: no compiler for $target. Either: rustup target add $target" >&2
  echo "  or, on Debian: apt-get install rustc-web cargo-web rust-web-src lld" >&2
  exit 1
fi
module=$CARGO_TARGET_DIR/$target/release/engine.wasm

# Bindings only when the module is new: bundlers rebuild whatever has a new time.
if [ ! -e "$out/engine_bg.wasm" ] || [ "$module" -nt "$out/engine_bg.wasm" ]; then
  CARGO_TARGET_DIR=$base/wasm-bindgen cargo run --quiet --locked -p bindgen -- "$module" "$out"
  echo "== engine: $(stat -c %s "$out/engine_bg.wasm") bytes of WebAssembly"
fi
