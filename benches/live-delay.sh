#!/usr/bin/env bash
# Prints the live delay in milliseconds: screen change to changed canvas, server, agent and Chromium on this machine.
# usage: live-delay.sh   (CHANGES=100)
set -eu
cd "$(dirname "$0")/../web/demonstration"
PROFILE=release npm run --silent bench -- live-delay
