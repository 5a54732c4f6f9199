#!/usr/bin/env python3
"""Puts an event into the recording of the session that it runs in: event.py TYPE [TEXT]."""
import json
import os
import socket
import sys

SOCKET = os.environ.get("KINESCOPE_AGENT_SOCKET", "/run/kinescope/agent.sock")


def say(kind: str, text: str = "") -> dict:
    """What the agent answers; `ok` tells whether the event stands in the recording."""
    request = {"command": "event", "event": {"type": kind, "text": text}}
    with socket.socket(socket.AF_UNIX) as agent:
        agent.settimeout(40)
        agent.connect(SOCKET)
        agent.sendall(json.dumps(request).encode() + b"\n")
        return json.loads(agent.makefile().readline())


if __name__ == "__main__":
    answer = say(*sys.argv[1:3])
    if not answer["ok"]:
        sys.exit(f"refused ({answer['error']}): {answer['text']}")
