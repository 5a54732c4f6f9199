#!/usr/bin/env bash
# 10,000 mails of ten machines at 100 a second to a mail server on this host (python3-aiosmtpd): prints how long they took and how many
# were lost or came twice, and fails if any was.
# usage: mail-storm.sh
set -eu
cd "$(dirname "$0")/.."
exec cargo test --quiet --locked -p server --test it -- --ignored --exact --nocapture notifications::storm::ten_thousand_mails
