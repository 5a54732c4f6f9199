"""Verifies recordings. Exit code 0: nothing found; 1: something found; 2: no recording, or a wrong command line.

usage: python3 -m kinescope_verifier FILE.kin … [--evidence FILE.kev] [--machine-key HEX] [--server-key HEX] [--key FILE] [--json]
examples:
  python3 -m kinescope_verifier session.kin                          the .kev beside it is used if it is there
  python3 -m kinescope_verifier first.kin second.kin                 and the link between the two
  python3 -m kinescope_verifier sealed.kin --key alice.key           and whether alice's key opens all of it
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from . import evidence, reader, sealing, verify


def open_all(data, path, passphrase):
    """How many sealed payloads a key opens, and how many it does not; Refused where one was tampered with."""
    private = sealing.read_key_file(Path(path).read_text("utf-8"), passphrase)
    opener, counts = None, {"opened": 0, "closed": 0}
    for entry in reader.read(data)[0]:
        if entry.kind == "header":
            opener = opener or sealing.Opener(private, entry.content["recording"])
        elif opener and entry.kind == "group":
            opener.group(entry.content)
        elif opener and entry.kind == "data":
            plain = opener.open(entry)
            if entry.sealed:
                counts["closed" if plain is None else "opened"] += 1
    return counts


def judge(path, args):
    """One recording: its verifier, and everything that is to be said."""
    data = Path(path).read_bytes()
    done = verify.verify(data, args.machine_key)
    report, signatures = done.report, done.signatures
    said = {"file": str(path), **asdict(report)}
    said["signatures"] = {
        "machine_key": signatures.machine_key,
        "epochs": signatures.epochs,
        "checked": signatures.checked,
        "not_checked": signatures.not_checked,
    }
    beside = Path(args.evidence) if args.evidence else Path(path).with_suffix(".kev")
    faults = []
    if args.evidence or beside.exists():
        found = evidence.scan(beside.read_bytes(), report.recording, args.server_key)
        faults = found.faults
        witnessed, wrong = evidence.compare(found.receipts, done.places, done.end, done.unknown)
        faults += wrong
        said["evidence"] = {**asdict(witnessed), "faults": faults, "time_stamps": found.stamps}
    if args.key:
        said["sealing"] = open_all(data, args.key, args.passphrase)
    said["intact"] = report.intact and not faults
    return done, said


def words(said):
    """The same for people."""
    yield f"{said['file']}: {'nothing wrong was found' if said['intact'] else 'NOT what was written'}"
    yield f"  recording {said['recording']}, {said['bytes']} bytes, {said['duration_us'] / 1e6:.1f} s, {said['groups']} groups"
    for finding in said["findings"]:
        yield f"  at {finding['offset']} ({finding['time_us'] / 1e6:.1f} s): {finding['kind']}: {finding['what']}"
    keys = said["signatures"]
    if keys["epochs"]:
        yield f"  signed by machine {keys['machine_key']}: {keys['checked']} checkpoints right, {keys['not_checked']} not checked"
    else:
        yield "  not signed: whoever can write the file can write another"
    if "evidence" in said:
        seen = said["evidence"]
        yield from (f"  {fault}" for fault in seen["faults"])
        yield f"  {seen['confirmed']} receipts confirmed, {seen['not_compared']} not compared; {seen['unwitnessed_bytes']} bytes unwitnessed"
        if seen["time_stamps"]:
            yield f"  {seen['time_stamps']} time stamps on receipts; who signed them was not checked"
    else:
        yield "  no evidence file: a missing end would not be noticed"
    if "sealing" in said:
        yield f"  sealed payloads: {said['sealing']['opened']} opened, {said['sealing']['closed']} not for this key"


def main():
    parser = argparse.ArgumentParser(prog="kinescope_verifier", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--evidence", help="the evidence file, where it does not stand beside the recording")
    parser.add_argument("--machine-key", help="the machine's public key, from a source that you trust")
    parser.add_argument("--server-key", help="the server's public key, from a source that you trust")
    parser.add_argument("--key", help="a key file: opens what is sealed")
    parser.add_argument("--passphrase", help="the key file's passphrase")
    parser.add_argument("--json", action="store_true", help="for machines")
    args = parser.parse_args()
    try:
        judged = [judge(path, args) for path in args.files]
    except (OSError, reader.Refused) as error:
        print(f"kinescope_verifier: {error}", file=sys.stderr)
        return 2
    links = [verify.check_link(one, other) for (one, _), (other, _) in zip(judged, judged[1:])]
    if args.json:
        print(json.dumps({"recordings": [said for _, said in judged], "links": links}, indent=2))
    else:
        for _, said in judged:
            print("\n".join(words(said)))
        for count, link in enumerate(links, 1):
            print(f"link from recording {count} to {count + 1}: {link}")
    if any(said["recording"] is None for _, said in judged):
        return 2
    good = all(said["intact"] for _, said in judged) and all(link in ("holds", "not confirmed") for link in links)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
