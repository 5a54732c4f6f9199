"""Opening what is sealed, with a recipient's key. docs/format.md, *Sealing*; HPKE is RFC 9180."""

import hashlib
import hmac
import json

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from .reader import Refused

CLASS_OF = {"screen": "picture", "pointer": "picture", "events": "events", "thumbnails": "thumbnails", "other-5": "text"}
MAY_SKIP = ("events", "thumbnails", "other-5")
KEM = b"KEM\x00\x20"
SUITE = b"HPKE\x00\x20\x00\x01\x00\x02"


def _extract(suite, salt, label, secret):
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + secret, "sha256")


def _expand(suite, key, label, info, length):
    info = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    out, block = b"", b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def hpke_open(private, encapsulated, info, ciphertext):
    """Base mode, single shot, DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, empty associated data."""
    shared = private.exchange(X25519PublicKey.from_public_bytes(encapsulated))
    secret = _extract(KEM, b"", b"eae_prk", shared)
    secret = _expand(KEM, secret, b"shared_secret", encapsulated + public_bytes(private), 32)
    context = b"\x00" + _extract(SUITE, b"", b"psk_id_hash", b"") + _extract(SUITE, b"", b"info_hash", info)
    secret = _extract(SUITE, secret, b"secret", b"")
    key = _expand(SUITE, secret, b"key", context, 32)
    nonce = _expand(SUITE, secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def public_bytes(private):
    """The public key that belongs to a private one."""
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def fingerprint(public):
    """By which a group names a recipient."""
    return hashlib.sha256(b"kinescope-recipient-v1" + public).hexdigest()[:32]


def key_from_text(text, prefix):
    """The 32 bytes of a key written as text, its check compared."""
    digits = text.removeprefix(prefix)
    if digits == text or len(digits) != 72:
        raise Refused(f"no {prefix} key")
    key = bytes.fromhex(digits[:64])
    if hashlib.sha256(b"kinescope-key-check-v1" + prefix.encode() + key).hexdigest()[:8] != digits[64:]:
        raise Refused("the key is mistyped: its check is wrong")
    return key


def read_key_file(text, passphrase=None):
    """The private key in a key file."""
    if len(text) > 4096:
        raise Refused("too large for a key file")
    content = json.loads(text)
    if content.get("kinescope_key") != 1:
        raise Refused("no key file of a version that this program reads")
    public = key_from_text(content["public"], "kinescope-key-")
    if "private" in content:
        secret = key_from_text(content["private"], "kinescope-private-key-")
    else:
        secret = _decrypt(content["encrypted"], public, passphrase)
    private = X25519PrivateKey.from_private_bytes(secret)
    if public_bytes(private) != public:
        raise Refused("the key file's two keys do not belong together")
    return private


def _decrypt(encrypted, public, passphrase):
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    if passphrase is None:
        raise Refused("the key file needs its passphrase")
    cost = encrypted["argon2id"]
    if cost["memory_kib"] > 262_144 or cost["iterations"] > 16 or cost["lanes"] > 4:
        raise Refused("the key file asks for more work than the format allows")
    salt = bytes.fromhex(encrypted["salt"])
    kdf = Argon2id(salt=salt, length=32, iterations=cost["iterations"], lanes=cost["lanes"], memory_cost=cost["memory_kib"])
    try:
        nonce, private = bytes.fromhex(encrypted["nonce"]), bytes.fromhex(encrypted["private"])
        return AESGCM(kdf.derive(passphrase.encode())).decrypt(nonce, private, public)
    except InvalidTag as error:
        raise Refused("the passphrase is wrong") from error


class Opener:
    """Opens the payloads of a recording, group by group."""

    def __init__(self, private, recording):
        self._private = private
        self._name = fingerprint(public_bytes(private))
        self._recording = bytes.fromhex(recording)
        self._number, self._keys, self._tracks, self._counters, self._sealed = 0, {}, {}, {}, set()

    def group(self, group):
        """Takes a group block's content."""
        self._number = group["number"].to_bytes(8, "big")
        self._tracks = {track["id"]: track["kind"] for track in group["tracks"]}
        self._keys, self._counters = {}, {}
        self._sealed = {key["class"] for key in group.get("keys", [])}
        for key in group.get("keys", []):
            info = b"kinescope-group-key-v1" + self._recording + self._number + key["class"].encode()
            for recipient in key["recipients"]:
                if recipient["recipient"] == self._name:
                    wrapped = bytes.fromhex(recipient["wrapped"])
                    self._keys[key["class"]] = hpke_open(self._private, bytes.fromhex(recipient["encapsulated"]), info, wrapped)

    def open(self, entry):
        """The plain payload of a data entry; None where this key does not open it."""
        kind = self._tracks[entry.track]
        group_class = CLASS_OF.get(kind, "text")
        if entry.sealed != (group_class in self._sealed):
            raise Refused(f"the payload at {entry.offset} is sealed and must not be, or the other way round")
        if not entry.sealed:
            return entry.content
        if group_class not in self._keys:
            return None
        counter, start = _varint(entry.content)
        before = self._counters.get(entry.track, -1)
        if counter <= before or (counter != before + 1 and kind not in MAY_SKIP):
            raise Refused(f"the payload at {entry.offset} stands in another place than its writer put it")
        self._counters[entry.track] = counter
        track = entry.track.to_bytes(2, "big")
        nonce = track + bytes(2) + counter.to_bytes(8, "big")
        known = b"kinescope-payload-v1" + self._recording + self._number + track + entry.time_us.to_bytes(8, "big")
        try:
            return AESGCM(self._keys[group_class]).decrypt(nonce, entry.content[start:], known)
        except InvalidTag as error:
            raise Refused(f"the payload at {entry.offset} was changed or moved") from error


def _varint(data):
    value = 0
    for count, byte in enumerate(data[:10]):
        value |= (byte & 0x7F) << 7 * count
        if byte < 0x80:
            return value, count + 1
    raise Refused("a sealed payload does not begin with its counter")
