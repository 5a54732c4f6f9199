#!/usr/bin/env bash
# The Python verifier's tests, with whichever Python has the package cryptography.
set -eu
cd "$(dirname "$0")/../verifier"
for python in python3 /usr/bin/python3; do
  "$python" -c 'import cryptography' 2>/dev/null && exec "$python" -m unittest --quiet
done
echo "test-verifier.sh: Python's package cryptography is missing: pip install cryptography, or apt-get install python3-cryptography" >&2
exit 1
