"""The index: built by a scan, compared with the one that a recording carries. docs/format.md, *Index and footer*."""

import json

from . import blocks as b
from .reader import Refused, copy_numbers, load

MAX_GROUPS, MAX_COPIES, MAX_EVENTS, MAX_GAPS, MAX_THUMBNAILS, MAX_RECIPIENTS = 16_384, 16_384, 8_192, 1_000, 256, 64
MAX_EVENT_BYTES = MAX_THUMBNAIL_BYTES = 32_768
CLASSES = ("picture", "text", "events", "thumbnails")


class Builder:
    """Takes whole blocks in order; `index()` is what stands in the index so far."""

    def __init__(self):
        self._header = None
        self._size = (None, None)
        self._duration_us = self._content_bytes = self._incarnations = 0
        self._groups, self._gaps, self._events, self._thumbnails = [], [], [], []
        self._gaps_left_out = self._events_left_out = self._thumbnails_seen = 0
        self._tracks, self._group_block = {}, None
        self._first_picture = None  # the track whose first payload is not complete yet, and whether it has begun
        self._classes, self._recipients = [], []
        self._copies = []
        self._end = None

    def block(self, block):
        """Takes a block in; index and footer count for nothing."""
        if block.kind in (b.INDEX, b.FOOTER):
            return
        self._duration_us = max(self._duration_us, block.time_us)
        self._content_bytes = block.end
        if block.kind == b.GROUP:
            self._start_group(block)
        if self._groups:
            group = self._groups[-1]
            group["bytes"] = block.end - group["offset"] if group["groups"] == 1 else group["bytes"] + len(block.bytes)
            group["end_us"] = max(group["end_us"], block.time_us)
            group["blocks"] += block.kind == b.DATA
        if block.kind == b.HEADER and self._header is None:
            self._header = load(block)
        elif block.kind == b.DATA:
            self._data(block)
        elif block.kind == b.COPY:
            self._copy(block)
        elif block.kind == b.GAP:
            self._gap(load(block))
        elif block.kind == b.INCARNATION:
            self._incarnations += 1
            self._end = None
        elif block.kind == b.END:
            self._end = load(block)

    def _copy(self, block):
        if block.flags & b.CONTINUES:
            last = self._copies[-1] if self._copies else None
            if last and last["offset"] + last["bytes"] == block.offset:
                last["bytes"] += len(block.bytes)
            return
        try:
            number, *_ = copy_numbers(block.payload)
        except (*b.NotANumber, ValueError):
            return
        if len(self._copies) < MAX_COPIES:
            self._copies.append({"group": number, "offset": block.offset, "bytes": len(block.bytes)})

    def _start_group(self, block):
        content = load(block)
        if len(self._groups) == MAX_GROUPS:
            self._groups = [_merged(*self._groups[at : at + 2]) for at in range(0, MAX_GROUPS, 2)]
        base = {"base": content["base"]} if "base" in content else {}
        self._groups.append(
            {
                "number": content["number"],
                "offset": block.offset,
                **base,
                "bytes": 0,
                "first_picture_bytes": 0,
                "start_us": block.time_us,
                "end_us": block.time_us,
                "blocks": 0,
                "groups": 1,
            }
        )
        self._tracks = {track["id"]: track["kind"] for track in content["tracks"]}
        screens = [track["id"] for track in content["tracks"] if track["kind"] == "screen"]
        self._first_picture = (screens[0], False) if screens else None
        self._group_block = block
        self._end = None
        for key in content.get("keys", []):
            if key["class"] in CLASSES and key["class"] not in self._classes:
                self._classes.append(key["class"])
            for recipient in key["recipients"]:
                name = recipient["recipient"][:32]
                if name not in self._recipients and len(self._recipients) < MAX_RECIPIENTS:
                    self._recipients.append(name)

    def _picture(self, block):
        """Notes where the first payload of the group's first screen track is complete."""
        if self._first_picture is None or self._first_picture[0] != block.track:
            return
        track, begun = self._first_picture
        begun = begun or not block.flags & b.CONTINUES
        self._first_picture = (track, begun)
        if begun and not block.flags & b.MORE:
            group = self._groups[-1]
            if group["groups"] == 1:
                group["first_picture_bytes"] = block.end - group["offset"]
            self._first_picture = None

    def _data(self, block):
        self._picture(block)
        kind = self._tracks.get(block.track)
        whole = not block.flags & (b.MORE | b.CONTINUES)
        if kind == "thumbnails" and whole and len(block.payload) <= MAX_THUMBNAIL_BYTES:
            self._thumbnail(block)
        elif kind == "events" and whole and len(block.payload) <= MAX_EVENT_BYTES:
            if block.flags & b.SEALED:
                self._event(block.time_us, "", "")
                return
            try:
                event = json.loads(block.payload)
                name, fields = event["kind"], event.get("fields", {})
            except (ValueError, KeyError, TypeError, AttributeError):
                return
            width, height = fields.get("width"), fields.get("height")
            sized = isinstance(width, int) and isinstance(height, int)
            if sized and name in ("resize", "session-start"):
                self._size = (width, height)
            text = fields.get("text", f"{width}×{height}" if sized else "")
            if name != "performance":
                self._event(block.time_us, name[:64], text[:200])

    def _event(self, time_us, kind, text):
        if len(self._events) < MAX_EVENTS:
            self._events.append({"time_us": time_us, "kind": kind, "text": text})
        else:
            self._events_left_out += 1

    def _thumbnail(self, block):
        group = self._group_block
        self._thumbnails.append(
            {
                "time_us": block.time_us,
                "offset": block.offset,
                "bytes": len(block.bytes),
                "group_offset": group.offset,
                "group_bytes": len(group.bytes),
            }
        )

    def _gap(self, gap):
        self._duration_us = max(self._duration_us, gap["to_us"])
        if len(self._gaps) == MAX_GAPS:
            self._gaps_left_out += 1
            return
        entry = {name: gap[name] for name in ("from_us", "to_us", "reason", "text")}
        self._gaps.append({**entry, "text": gap["text"][:200]})

    def index(self):
        """The index over the blocks so far, as the JSON of an index block."""
        header = self._header or {}
        step = 1
        while -(-len(self._thumbnails) // step) > MAX_THUMBNAILS:
            step *= 2
        groups = [dict(group) for group in self._groups]
        for group in groups:
            if group["groups"] == 1:
                del group["groups"]
        index = {
            "recording": header.get("recording"),
            "started": header.get("started"),
            "duration_us": self._duration_us,
            "width": self._size[0],
            "height": self._size[1],
            "content_bytes": self._content_bytes,
            "groups": groups,
            "gaps": self._gaps,
            "events": self._events,
            "gaps_left_out": self._gaps_left_out,
            "events_left_out": self._events_left_out,
            "incarnations": self._incarnations,
            "end": self._end,
        }
        if self._classes or self._recipients:
            index["sealed"] = {"classes": self._classes, "recipients": self._recipients}
        if self._copies:
            index["copies"] = [dict(copy) for copy in self._copies]
        if self._thumbnails:
            index["thumbnails"] = self._thumbnails[::step]
        return index


def _merged(first, second):
    sums = {name: first[name] + second[name] for name in ("bytes", "blocks", "groups")}
    return {**first, **sums, "end_us": max(first["end_us"], second["end_us"])}


def stored(found):
    """The index that the blocks at a recording's end carry, or None; raises Refused where it is damaged."""
    at = len(found)
    while at and isinstance(found[at - 1], b.Block) and found[at - 1].kind in (b.INDEX, b.FOOTER):
        at -= 1
    parts = found[at:]
    if not parts:
        return None
    *blocks, footer = parts
    if footer.kind != b.FOOTER or not blocks or len(footer.payload) != 24 or footer.payload[16:] != b"kinindex":
        raise Refused("the footer after the index is missing or is none")
    offset, size = (int.from_bytes(footer.payload[at : at + 8], "little") for at in (0, 8))
    if offset != blocks[0].offset or offset + size != footer.offset:
        raise Refused("the footer points elsewhere than to the index")
    try:
        return json.loads(b"".join(block.payload for block in blocks))
    except ValueError as error:
        raise Refused(f"the index cannot be understood: {error}") from error
