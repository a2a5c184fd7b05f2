#!/usr/bin/env python3
"""Checks a bundle of Cordon's history, offline, with nothing but Python 3.8 or later.

    python3 verify.py BUNDLE.zip --policy POLICY.txt [--since CHECKPOINT] [--tsa-ca FILE] [--json]

POLICY.txt is the auditor's own: it names the log's key and, where there are any, the witnesses (C2SP tlog-policy). It must
come from elsewhere than the bundle. CHECKPOINT is a checkpoint that the auditor kept from last time. Ends with 0 when all
that was checked holds, with 1 at the first fault, and with 2 when there is nothing to check: wrong usage, no such file.

The format, and what each level means, is docs/audit.md of Cordon. The parts below follow its sections: signatures, strict
JSON, strict zip, notes, the tree, time-stamps, then the levels. Nothing here is shared with Cordon's own verifier.
What a fault says never repeats a value that somebody typed.
"""
import argparse
import base64
import binascii
import datetime
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

MAX_LEAF = 65_535
MAX_LINE = 16 * 1024 * 1024
MAX_MANIFEST = 64 * 1024 * 1024
MAX_NOTE = 1024 * 1024
MAX_SIGNATURES = 64
MAX_LEAVES = 10**8
MAX_MEMBERS = 10**5
MAX_PATH = 255
MAX_DEPTH = 256
SLACK = 5 * 60
MAX_SAFE = 2**53 - 1
CHUNK = 256 * 1024

LEVELS = ['bytes', 'chain', 'time', 'openings', 'semantics']

# The order in which the format describes the checks; tens are levels. Of two faults the one of the lower rank counts, of
# the same rank the one that was found first.
FORM, MANIFEST, MANIFEST_SIGNATURE, CHECKPOINT, SIZE, ROOT, OLDER, PROOF = range(10, 18)
CHAIN, COMPLETE, ORDER, WINDOW, STAMP, QUORUM, OPENING, ATTACHMENT, MACHINE = 20, 21, 30, 31, 32, 33, 40, 41, 50


class Fault(Exception):
    """The bundle does not hold: the code of docs/audit.md section 5, and the entry where there is one."""

    def __init__(self, rank, code, message, **where):
        super().__init__(message)
        self.rank, self.code, self.where = rank, code, where


class Unusable(Exception):
    """There is nothing to check: no such file, a policy that cannot be read."""


# ---------------------------------------------------------------------------------------------------------------------
# Ed25519, RFC 8032 section 5.1. A point is (X, Y, Z, T) with x = X/Z, y = Y/Z, x*y = T/Z.

P = 2**255 - 19
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def point_add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    i, j, k, m = f - e, h - g, h + g, f + e
    return i * j % P, k * m % P, j * k % P, i * m % P


def point_decode(data):
    """The point of these 32 bytes; None where they are not its one encoding."""
    y = int.from_bytes(data, 'little')
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * SQRT_MINUS_1 % P
    if v * x * x % P != u or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def point_encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, 'little')


BASE = point_decode((4 * pow(5, P - 2, P) % P).to_bytes(32, 'little'))


def ed25519_verify(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], 'little')
    a = point_decode(public)
    if a is None or s >= GROUP_ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), 'little') % GROUP_ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    table = [None, BASE, minus_a, point_add(BASE, minus_a)]
    total = NEUTRAL
    for bit in range(252, -1, -1):
        total = point_add(total, total)
        pick = (s >> bit & 1) | (k >> bit & 1) << 1
        if pick:
            total = point_add(total, table[pick])
    return point_encode(total) == signature[:32]


# ---------------------------------------------------------------------------------------------------------------------
# JSON in the form of RFC 8785. Python's own encoder gives that form for everything but fractions, numbers that a double
# does not hold, and members whose names lie beyond U+FFFF: these go the slow way.


class NotJson(Exception):
    pass


class NotPlain(Exception):
    pass


def refuse_plain(_text):
    raise NotPlain()


def refuse_constant(text):
    raise NotJson(text + ' is no JSON')


def read_number(text):
    """As JavaScript reads it: a double. Whole ones come back as int."""
    if len(text) > 40:
        raise NotPlain()
    value = float(text)
    return int(value) if abs(value) <= MAX_SAFE and value == int(value) else value


def read_plain_int(text):
    if len(text) > 15:
        raise NotPlain()
    return int(text)


FAST = json.JSONDecoder(parse_float=refuse_plain, parse_int=read_plain_int, parse_constant=refuse_constant)
SLOW = json.JSONDecoder(parse_float=read_number, parse_int=read_number, parse_constant=refuse_constant)
slow_encode = json.JSONEncoder(
    sort_keys=True, separators=(',', ':'), ensure_ascii=False, allow_nan=False, check_circular=False
).encode


def quick_encoder():
    """What JSONEncoder makes anew for each value, made once; JSONEncoder itself where this Python has no such thing."""
    try:
        text_encoder = json.encoder.encode_basestring
        chunks = json.encoder.c_make_encoder(None, slow_encode, text_encoder, None, ':', ',', True, False, False)
        quick = lambda value: ''.join(chunks(value, 0))
        good = quick({'b': ['"\u00e9', 1, None, True], 'a': {}}) == '{"a":{},"b":["\\"\u00e9",1,null,true]}'
    except (AttributeError, TypeError):
        good = False
    return quick if good else slow_encode


encode_plain = quick_encoder()
quote = json.JSONEncoder(ensure_ascii=False).encode
NOT_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+')


def spell_number(value):
    """ECMAScript Number.prototype.toString; repr gives the same digits."""
    if value != value or value in (float('inf'), float('-inf')):
        raise ValueError('not finite')
    if value == 0:
        return '0'
    mantissa, _, exponent = repr(abs(float(value))).partition('e')
    whole, _, fraction = mantissa.partition('.')
    digits = (whole + fraction).lstrip('0')
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip('0')
    if len(digits) <= point <= 21:
        text = digits + '0' * (point - len(digits))
    elif 0 < point <= 21:
        text = digits[:point] + '.' + digits[point:]
    elif -6 < point <= 0:
        text = '0.' + '0' * -point + digits
    else:
        text = digits[0] + ('.' + digits[1:] if len(digits) > 1 else '') + 'e%+d' % (point - 1)
    return ('-' if value < 0 else '') + text


def canonical(value):
    """RFC 8785, for any value. Raises ValueError for what it cannot carry: infinities, lone surrogates."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode('utf-16-be', 'surrogatepass'))
        return '{' + ','.join(quote(name) + ':' + canonical(value[name]) for name in names) + '}'
    if isinstance(value, list):
        return '[' + ','.join(map(canonical, value)) + ']'
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return spell_number(value)
    return quote(value)


def too_deep(text):
    if text.count('[') + text.count('{') <= MAX_DEPTH:
        return False
    depth = 0
    for mark in NOT_NESTING.sub('', text):
        depth += 1 if mark in '[{' else -1
        if depth > MAX_DEPTH:
            return True
    return False


def spells(encode, value):
    """The value's text; None where it has none: infinite numbers."""
    try:
        return encode(value)
    except ValueError:
        return None


def read_json(text):
    """(value, whether the text is its canonical form, the encoder for its parts). Raises NotJson.

    A member that stands twice makes the text longer than its canonical form, so it is seen there.
    """
    if too_deep(text):
        raise NotJson('it is nested too deeply')
    try:
        # Every character within U+FFFF: then it has as many UTF-16 units as characters.
        if text.isascii() or len(text.encode('utf-16-le')) == 2 * len(text):
            try:
                value, end = FAST.raw_decode(text) if text[:1] == '{' else (None, -1)
                if end != len(text):
                    value = FAST.decode(text)
                return value, spells(encode_plain, value) == text, encode_plain
            except NotPlain:
                pass
        value = SLOW.decode(text)
        return value, spells(canonical, value) == text, canonical
    except NotPlain:
        # A number of more than 40 characters is never canonical; what else there is does not matter any more.
        return None, False, canonical
    except (ValueError, RecursionError) as error:
        raise NotJson(getattr(error, 'msg', 'it cannot be read'))


HEX64 = re.compile(r'[0-9a-f]{64}\Z')
DIGEST = re.compile(r'sha256:[0-9a-f]{64}\Z')
UUID = re.compile(r'[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z')
TIME = re.compile(r'[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z\Z')
COMMITMENT = re.compile(r'[A-Za-z0-9_-]{43}\Z')
DECIMAL = re.compile(r'(?:0|[1-9][0-9]{0,15})\Z')


def is_count(value, least=0):
    return type(value) is int and least <= value <= MAX_SAFE


def is_text(value, pattern=None):
    return type(value) is str and (pattern is None or pattern.match(value) is not None)


def decimal(text):
    """A decimal number without leading zeros, or None."""
    value = int(text) if DECIMAL.match(text) else None
    return value if value is not None and value <= MAX_SAFE else None


def base64_bytes(text, length=None):
    """The bytes of the one spelling in base64, or None."""
    try:
        data = base64.b64decode(text.encode('ascii'), validate=True)
    except ValueError:
        return None
    if base64.b64encode(data).decode('ascii') != text or (length is not None and len(data) != length):
        return None
    return data


# ---------------------------------------------------------------------------------------------------------------------
# The zip file, docs/audit.md section 4. Every record is written again from what was read of it and must come out the same,
# and members, directory and end must lie one after the other without a byte between: then all readers see the same.

U32 = 2**32 - 1
U16 = 2**16 - 1
DATE = 0x0021
MEMBER_PATH = re.compile(r'[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*\Z')


class Member:
    __slots__ = ('path', 'offset', 'start', 'size', 'crc')

    def __init__(self, path, offset, size, crc):
        self.path, self.offset, self.size, self.crc = path, offset, size, crc


def zip_fault(message, path=None):
    return Fault(FORM, 'E_ZIP', message, path=path)


def zip64(values):
    return struct.pack('<HH%dQ' % len(values), 1, 8 * len(values), *values) if values else b''


def local_header(name, size, crc, streamed, wide):
    extra = zip64([0, 0]) if wide else b''
    shown = U32 if wide else 0 if streamed else size
    version, flags = (45 if wide else 20), (8 if streamed else 0)
    numbers = (0x04034B50, version, flags, 0, 0, DATE, 0 if streamed else crc, shown, shown, len(name), len(extra))
    return struct.pack('<IHHHHHIIIHH', *numbers) + name + extra


def descriptor(size, crc, wide):
    return struct.pack('<IIQQ' if wide else '<IIII', 0x08074B50, crc, size, size)


def central_record(name, size, crc, offset, streamed, wide):
    extra = zip64(([size, size] if size >= U32 else []) + ([offset] if offset >= U32 else []))
    version, shown = (45 if extra or wide else 20), min(size, U32)
    numbers = (0x02014B50, version, version, 8 if streamed else 0, 0, 0, DATE, crc, shown, shown, len(name), len(extra))
    return struct.pack('<IHHHHHHIIIHHHHHII', *numbers, 0, 0, 0, 0, min(offset, U32)) + name + extra


def end_records(members, size, offset):
    count = min(members, U16)
    plain = struct.pack('<IHHHHIIH', 0x06054B50, 0, 0, count, count, min(size, U32), min(offset, U32), 0)
    if members < U16 and size < U32 and offset < U32:
        return plain
    wide = struct.pack('<IQHHIIQQQQ', 0x06064B50, 44, 45, 45, 0, 0, members, members, size, offset)
    return wide + struct.pack('<IIQI', 0x07064B50, 0, offset + size, 1) + plain


class Zip:
    """The members of a bundle, read where they lie. Memory: their names."""

    def __init__(self, file):
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        count, length, start = self.read_end()
        self.members, self.order, self.cut = {}, [], set()
        self.read_directory(count, length, start)
        at = 0
        for member in self.order:
            at = self.read_local(member, at, start)
        if at != start:
            raise zip_fault('there is something between the last member and the directory')

    def at(self, offset, length):
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) != length:
            raise zip_fault('the file ends too early')
        return data

    def read_end(self):
        if self.size < 22:
            raise zip_fault('the file is too short for a zip file')
        end = self.at(self.size - 22, 22)
        count, length, start = struct.unpack('<10xHIIxx', end)
        if end[:4] != b'PK\x05\x06':
            raise zip_fault('the file does not end with the end record of a zip file')
        wide = (count == U16 or length == U32 or start == U32) and self.size >= 98
        if wide:
            count, length, start = struct.unpack('<32xQQQ', self.at(self.size - 98, 56))
        closing = self.at(self.size - 98, 98) if wide else end
        if count > MAX_MEMBERS:
            raise Fault(FORM, 'E_LIMIT', 'there are more than %d members' % MAX_MEMBERS)
        if max(length, start) > MAX_SAFE or closing != end_records(count, length, start):
            raise zip_fault('the end record is not in the one form')
        if start + length + len(closing) != self.size:
            raise zip_fault('the directory does not lie right before the end record')
        if length > count * (46 + MAX_PATH + 28):
            raise zip_fault('the directory is longer than its records')
        return count, length, start

    def read_directory(self, count, length, start):
        directory = self.at(start, length)
        seen = set()
        at = 0
        for _ in range(count):
            if len(directory) - at < 46:
                raise zip_fault('the directory is shorter than its records')
            fields = struct.unpack_from('<IHHHHHHIIIHHHHHII', directory, at)
            flags, crc, size, name_length, extra_length, offset = (fields[i] for i in (3, 7, 9, 10, 11, 16))
            stop = at + 46 + name_length + extra_length
            name = directory[at + 46 : at + 46 + name_length]
            extra = directory[at + 46 + name_length : stop]
            path = name.decode('latin-1')
            if len(path) > MAX_PATH or not MEMBER_PATH.match(path) or '..' in path or '.' in path.split('/'):
                raise zip_fault('a member has a name that none may have')
            values = list(struct.unpack_from('<%dQ' % (len(extra[4:]) // 8), extra, 4)) if len(extra) >= 4 else []
            if size == U32 and values:
                size = values[0]
                values = values[2:]
            if offset == U32 and values:
                offset = values[0]
            streamed = flags == 8
            forms = [central_record(name, size, crc, offset, streamed, wide) for wide in {False, streamed}]
            if max(size, offset) > MAX_SAFE or directory[at:stop] not in forms:
                raise zip_fault('its record in the directory is not in the one form', path)
            if path.lower() in seen:
                raise zip_fault('two members have this name', path)
            seen.add(path.lower())
            self.members[path] = member = Member(path, offset, size, crc)
            member.start = (streamed, directory[at + 4] == 45)
            self.order.append(member)
            at = stop
        if at != length:
            raise zip_fault('the directory is longer than its records')

    def read_local(self, member, at, end):
        """Checks what stands before and after the member's bytes; says where the next one begins."""
        (streamed, may_be_wide), name = member.start, member.path.encode('ascii')
        if member.offset != at:
            raise zip_fault('it does not begin where the member before it ends', member.path)
        wide = streamed and may_be_wide and self.at(at + 18, 4) == b'\xff\xff\xff\xff'
        header = local_header(name, member.size, member.crc, streamed, wide)
        member.start = at + len(header)
        tail = descriptor(member.size, member.crc, wide) if streamed and (wide or member.size < U32) else b''
        stop = member.start + member.size + len(tail)
        if stop > end:
            raise zip_fault('it reaches into the directory', member.path)
        small = member.size < U32
        if not (small or wide) or (may_be_wide and small and member.offset < U32 and not wide):
            raise zip_fault('its header has no room for its size', member.path)
        if self.at(at, len(header)) != header:
            raise zip_fault('its header is not what the directory says', member.path)
        if self.at(stop - len(tail), len(tail)) != tail:
            raise zip_fault('what follows it is not what the directory says', member.path)
        return stop

    def chunks(self, path):
        """Its bytes, held against their CRC-32."""
        member = self.members[path]
        done = crc = 0
        while done < member.size:
            chunk = self.at(member.start + done, min(CHUNK, member.size - done))
            crc = zlib.crc32(chunk, crc)
            done += len(chunk)
            yield chunk
        if crc != member.crc:
            raise zip_fault('its bytes do not have its CRC-32', path)

    def bytes(self, path, most):
        if self.members[path].size > most:
            raise Fault(FORM, 'E_LIMIT', 'it has more than %d bytes' % most, path=path)
        return b''.join(self.chunks(path))

    def lines(self, path, most):
        """Its lines without their line feeds. Where the last one has none, the path is in `cut` afterwards."""
        rest = b''
        for chunk in self.chunks(path):
            parts = (rest + chunk).split(b'\n') if rest else chunk.split(b'\n')
            rest = parts.pop()
            if len(rest) > most or max(map(len, parts), default=0) > most:
                raise Fault(FORM, 'E_LIMIT', 'a line has more than %d bytes' % most, path=path)
            yield from parts
        if rest:
            self.cut.add(path)
            yield rest


# ---------------------------------------------------------------------------------------------------------------------
# Signed notes, checkpoints, cosignatures, policy: docs/audit.md section 2, and the C2SP documents of these names.

LOG_KEY, WITNESS_KEY = 1, 4


class NoteFault(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Key:
    """A verifier key, `name+hash+base64(type, public key)`."""

    def __init__(self, text):
        name, _, rest = text.partition('+')
        digest, _, encoded = rest.partition('+')
        data = base64_bytes(encoded, 33)
        if not valid_key_name(name) or not re.match(r'[0-9a-f]{8}\Z', digest) or data is None:
            raise ValueError('it is not a verifier key')
        self.name, self.type, self.public = name, data[0], data[1:]
        self.id = hashlib.sha256(name.encode() + b'\n' + data).digest()[:4]
        self.text = text
        if self.id.hex() != digest or self.type not in (LOG_KEY, WITNESS_KEY):
            raise ValueError('its hash does not fit, or it is of an unknown type')


def valid_key_name(name):
    return name != '' and '+' not in name and not any(one.isspace() for one in name)


class Note:
    """A signed note: `text` ends with a line feed, `signatures` are (name, key id, signature)."""

    def __init__(self, data):
        if len(data) > MAX_NOTE:
            raise NoteFault('E_LIMIT', 'the note has more than %d bytes' % MAX_NOTE)
        try:
            whole = data.decode('utf-8')
        except UnicodeDecodeError:
            raise NoteFault('E_NOTE_FORMAT', 'the note is not UTF-8')
        if re.search('[\x00-\x09\x0b-\x1f]', whole):
            raise NoteFault('E_NOTE_FORMAT', 'the note has control characters')
        text, gap, rest = whole.rpartition('\n\n')
        if not gap or not rest.endswith('\n'):
            raise NoteFault('E_NOTE_FORMAT', 'the note is not a text, an empty line, and signatures')
        lines = rest[:-1].split('\n')
        if len(lines) > MAX_SIGNATURES:
            raise NoteFault('E_LIMIT', 'the note has more than %d signatures' % MAX_SIGNATURES)
        self.text = text + '\n'
        self.signatures = [self.signature(line) for line in lines]

    @staticmethod
    def signature(line):
        dash, _, rest = line.partition(' ')
        name, _, encoded = rest.partition(' ')
        data = base64_bytes(encoded)
        if dash != '\u2014' or not valid_key_name(name) or data is None or len(data) < 5:
            raise NoteFault('E_NOTE_FORMAT', 'a line of the signatures is none')
        return name, data[:4], data[4:]

    def signed_by(self, keys):
        """Those of the keys that signed. A line of a known key must hold; others are passed over."""
        found = []
        for name, key_id, signature in self.signatures:
            for key in keys:
                if key.name == name and key.id == key_id:
                    if not ed25519_verify(key.public, self.text.encode(), signature):
                        raise NoteFault('E_SIG', 'the signature of %s does not hold' % key.name)
                    found.append(key)
        return found

    def cosigned_by(self, witnesses):
        """(key, seconds) of each witness that cosigned."""
        found = []
        for name, key_id, signature in self.signatures:
            for key in witnesses:
                if key.name == name and key.id == key_id:
                    seconds = int.from_bytes(signature[:8], 'big')
                    message = ('cosignature/v1\ntime %d\n' % seconds).encode() + self.text.encode()
                    good = len(signature) == 72 and seconds <= MAX_SAFE
                    if not good or not ed25519_verify(key.public, message, signature[8:]):
                        raise NoteFault('E_SIG', 'the cosignature of %s does not hold' % key.name)
                    found.append((key, seconds))
        return found


class Checkpoint:
    def __init__(self, text):
        lines = text.split('\n')
        size = decimal(lines[1]) if len(lines) == 4 else None
        root = base64_bytes(lines[2], 32) if len(lines) == 4 else None
        if size is None or root is None or lines[0] == '' or lines[3] != '':
            raise NoteFault('E_NOTE_FORMAT', 'the checkpoint is not an origin, a size and a root')
        self.origin, self.size, self.root = lines[0], size, root


class Policy:
    """C2SP tlog-policy. Raises Unusable with the line."""

    def __init__(self, text):
        self.logs, self.witnesses, self.groups, self.grouped, self.quorum = [], {}, {}, set(), None
        for number, line in enumerate(text.split('\n'), 1):
            words = line.split()
            if words and not words[0].startswith('#'):
                try:
                    self.line(words)
                except (ValueError, IndexError) as error:
                    raise Unusable('line %d of the policy: %s' % (number, error))
        if not self.logs or self.quorum is None:
            raise Unusable('the policy needs a line "log VKEY" and a line "quorum NAME" or "quorum none"')

    def line(self, words):
        kind, rest = words[0], words[1:]
        if kind == 'log' and len(rest) in (1, 2):
            key = Key(rest[0])
            if key.type != LOG_KEY:
                raise ValueError('it is not the key of a log')
            self.logs.append(key)
        elif kind == 'witness' and len(rest) in (2, 3):
            self.name_is_new(rest[0])
            key = Key(rest[1])
            if key.type != WITNESS_KEY or any(one.public == key.public for one in self.witnesses.values()):
                raise ValueError('it is not the key of a witness, or that of two')
            self.witnesses[rest[0]] = key
        elif kind == 'group' and len(rest) >= 3:
            name, members = rest[0], rest[2:]
            self.name_is_new(name)
            known = all(one in self.witnesses or one in self.groups for one in members)
            need = {'any': 1, 'all': len(members)}.get(rest[1]) or decimal(rest[1]) or 0
            fresh = len(set(members)) == len(members) and not self.grouped & set(members)
            if not known or not fresh or not 1 <= need <= len(members):
                raise ValueError('a group is "group NAME K MEMBERS", of members that are named before it, each once')
            self.groups[name] = (need, members)
            self.grouped |= set(members)
        elif kind == 'quorum' and len(rest) == 1 and self.quorum is None:
            if rest[0] != 'none' and rest[0] not in self.witnesses and rest[0] not in self.groups:
                raise ValueError('the quorum is not named before it')
            self.quorum = rest[0]
        else:
            raise ValueError('it is none of log, witness, group and quorum, or stands twice')

    def name_is_new(self, name):
        if name == 'none' or name in self.witnesses or name in self.groups:
            raise ValueError('the name is taken')

    def met(self, cosigned):
        """Whether these keys are the quorum."""
        ids = {key.text for key in cosigned}
        held = {name: key.text in ids for name, key in self.witnesses.items()}
        for name, (need, members) in self.groups.items():
            held[name] = sum(held[one] for one in members) >= need
        return self.quorum == 'none' or held[self.quorum]


# ---------------------------------------------------------------------------------------------------------------------
# The tree: RFC 6962 section 2.1, proofs as in RFC 9162 sections 2.1.3.2 and 2.1.4.2.


def sha256(data):
    return hashlib.sha256(data).digest()


def leaf_hash(data):
    return hashlib.sha256(b'\x00' + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b'\x01' + left + right).digest()


class Frontier:
    """A tree that grows at its right side: one hash for each bit that is set in its size."""

    def __init__(self):
        self.size, self.hashes = 0, []

    def append(self, value, level=0):
        size = self.size >> level
        while size & 1:
            value = hashlib.sha256(b'\x01' + self.hashes.pop() + value).digest()
            size >>= 1
        self.hashes.append(value)
        self.size += 1 << level

    def root(self):
        if not self.hashes:
            return sha256(b'')
        total = self.hashes[-1]
        for value in reversed(self.hashes[:-1]):
            total = node_hash(value, total)
        return total


def included(value, index, size, proof, root):
    if not 0 <= index < size or any(len(one) != 32 for one in [value, root, *proof]):
        return False
    last = size - 1
    for sibling in proof:
        if last == 0:
            return False
        if index & 1 or index == last:
            value = node_hash(sibling, value)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and value == root


def consistent(old_size, old_root, size, root, proof):
    if not 0 < old_size <= size or any(len(one) != 32 for one in [old_root, root, *proof]):
        return False
    if old_size == size:
        return not proof and old_root == root
    proof = list(proof)
    if old_size & (old_size - 1) == 0:
        proof.insert(0, old_root)
    if not proof:
        return False
    first, second = old_size - 1, size - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    old = new = proof[0]
    for sibling in proof[1:]:
        if second == 0:
            return False
        if first & 1 or first == second:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not first & 1 and first:
                first, second = first >> 1, second >> 1
        else:
            new = node_hash(new, sibling)
        first, second = first >> 1, second >> 1
    return second == 0 and old == old_root and new == root


# ---------------------------------------------------------------------------------------------------------------------
# Time-stamps, RFC 3161: what was stamped and when is read here, who signed it is left to openssl.

OID_SIGNED_DATA = bytes.fromhex('2a864886f70d010702')
OID_TST_INFO = bytes.fromhex('2a864886f70d0109100104')
HASHES = {'608648016503040201': 'sha256', '608648016503040202': 'sha384', '608648016503040203': 'sha512'}


def der(data, want=None):
    """The content of the first DER value, and what follows it. Raises ValueError."""
    if len(data) < 2:
        raise ValueError('DER is cut short')
    length, start = data[1], 2
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= 4 or len(data) < 2 + count:
            raise ValueError('a DER length cannot be read')
        length, start = int.from_bytes(data[2 : 2 + count], 'big'), 2 + count
    if start + length > len(data) or (want is not None and data[0] != want):
        raise ValueError('DER is not as expected')
    return data[start : start + length], data[start + length :]


def read_timestamp(reply):
    """(name of the hash, hash, seconds) of a time-stamp reply. Raises ValueError."""
    response, rest = der(reply, 0x30)
    status, token = der(response, 0x30)
    granted, _ = der(status, 0x02)
    if rest or granted not in (b'\x00', b'\x01'):
        raise ValueError('the time-stamp was not granted')
    content, _ = der(token, 0x30)
    oid, content = der(content, 0x06)
    if oid != OID_SIGNED_DATA:
        raise ValueError('it is not signed data')
    signed, _ = der(der(content, 0xA0)[0], 0x30)
    _, signed = der(signed, 0x02)
    _, signed = der(signed, 0x31)
    oid, holder = der(der(signed, 0x30)[0], 0x06)
    if oid != OID_TST_INFO:
        raise ValueError('it is not a time-stamp')
    info, _ = der(der(der(holder, 0xA0)[0], 0x04)[0], 0x30)
    _, info = der(info, 0x02)
    _, info = der(info, 0x06)
    imprint, info = der(info, 0x30)
    algorithm, digest = der(imprint, 0x30)
    name = HASHES.get(der(algorithm, 0x06)[0].hex())
    digest, _ = der(digest, 0x04)
    _, info = der(info, 0x02)
    when = der(info, 0x18)[0].decode('ascii')
    match = re.match(r'([0-9]{14})(\.[0-9]+)?Z\Z', when)
    if name is None or not match:
        raise ValueError('its hash or its time is of an unknown form')
    moment = datetime.datetime.strptime(match.group(1), '%Y%m%d%H%M%S').replace(tzinfo=datetime.timezone.utc)
    return name, digest, moment.timestamp() + float(match.group(2) or 0)


def openssl_accepts(reply, message, ca_file):
    """Whether openssl holds the reply's signature good under that CA; None where there is no openssl."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ('reply', 'message')]
        for path, data in zip(paths, (reply, message)):
            with open(path, 'wb') as file:
                file.write(data)
        command = ['openssl', 'ts', '-verify', '-in', paths[0], '-data', paths[1], '-CAfile', ca_file]
        try:
            return subprocess.run(command, capture_output=True, timeout=60).returncode == 0
        except FileNotFoundError:
            return None
        except subprocess.TimeoutExpired:
            return False


# ---------------------------------------------------------------------------------------------------------------------
# The bundle, docs/audit.md sections 4 to 6.

FIXED = ['VERIFY.txt', 'verify/verify.py', 'policy.example.txt', 'log/checkpoint', 'log/consistency.jsonl']
FIXED += ['log/gaps.txt', 'log/entries.jsonl', 'log/openings.jsonl']
FAMILIES = [re.compile(one + r'\Z') for one in map(re.escape, FIXED)] + [
    re.compile(one + r'\Z')
    for one in (
        r'log/heads\.json',
        r'log/timestamps/(?:0|[1-9][0-9]{0,15})\.tsr',
        r'proofs/[A-Za-z0-9._-]+\.tlog-proof',
        r'machines/[0-9a-f]{64}\.json',
        r'attachments/[0-9a-f]{64}',
        r'views/.+',
        r'MANIFEST\.json',
        r'MANIFEST\.note',
    )
]


def members(value, *names):
    return type(value) is dict and set(value) == set(names)


def document(data, rank, code, path):
    """The object that the bytes are, in canonical form."""
    try:
        value, exact, _ = read_json(data.decode('utf-8'))
    except (UnicodeDecodeError, NotJson):
        raise Fault(rank, code, 'it is not JSON', path=path)
    if not exact or type(value) is not dict:
        raise Fault(rank, code, 'it is not a JSON object in the form of RFC 8785', path=path)
    return value


def hashes(value):
    """The bytes of a list of hashes in base64; None where it is none."""
    if type(value) is not list or len(value) > 128:
        return None
    found = [base64_bytes(one, 32) if type(one) is str else None for one in value]
    return None if None in found else found


def read_manifest(data):
    def need(holds, what):
        if not holds:
            raise Fault(MANIFEST, 'E_MANIFEST', what, path='MANIFEST.json')

    value = document(data, MANIFEST, 'E_MANIFEST', 'MANIFEST.json')
    names = ('attachments', 'checkpoint', 'entries', 'export', 'files', 'format', 'origin', 'scope')
    need(members(value, *names) and value['format'] == 'cordon-bundle/1', 'it is not that of a bundle of version 1')
    point, scope = value['checkpoint'], value['scope']
    need(members(point, 'root', 'size') and is_count(point['size'], 1), 'it does not say which checkpoint')
    need(is_text(point['root']) and base64_bytes(point['root'], 32) is not None, 'its root is not a hash')
    need(value['attachments'] in ('included', 'left out', 'none'), 'it does not say what became of attachments')
    need(is_count(value['entries'], 1) and is_count(value['export']), 'entries and export are not numbers')
    need(value['export'] < point['size'] and is_text(value['origin']) and value['origin'], 'export or origin cannot be')
    if members(scope, 'from', 'kind', 'to') and scope['kind'] == 'log':
        need(is_count(scope['from']) and is_count(scope['to']), 'its scope is not one of numbers')
        need(scope['from'] <= scope['to'] <= point['size'], 'its scope does not lie within the checkpoint')
    else:
        need(members(scope, 'incident', 'kind', 'ref', 'seq') and scope['kind'] == 'incident', 'its scope is unknown')
        need(is_text(scope['incident'], UUID) and is_text(scope['ref']), 'its scope names no incident')
        need(is_count(scope['seq'], 1), 'its scope does not say how many entries')
    before = ''
    need(type(value['files']) is list, 'files is not a list')
    for one in value['files']:
        need(members(one, 'bytes', 'path', 'sha256') and is_text(one['path']), 'it lists a member without path')
        need(is_count(one['bytes']) and is_text(one['sha256'], HEX64), 'it lists a member without size and digest')
        need(one['path'] > before, 'its members are not in the order of their paths, each once')
        before = one['path']
    return value


JOURNAL_FORM = {'v', 'kind', 'log', 'incident', 'seq', 'revision', 'prev'}
JOURNAL_FORM |= {'at', 'occurredAt', 'actor', 'event', 'from', 'to'}
ALL_NAMES = JOURNAL_FORM | {'machine', 'state', 'rejection', 'sd', 'pd', 'system'}
KINDS = {'opened', 'transition', 'rejection', 'journal'}
ACTOR_FORM, SYSTEM_FORM, EVENT_FORM = {'id', 'roles', 'type'}, {'id', 'from', 'to'}, {'type', 'step', 'subject'}
known_days = {}


def is_time(value):
    """RFC 3339 UTC with three decimals, of a day that there is."""
    if type(value) is not str or not TIME.match(value):
        return False
    day = value[:10]
    if day not in known_days:
        if len(known_days) > 10000:
            known_days.clear()
        try:
            datetime.date(int(day[:4]) % 400 + 400, int(day[5:7]), int(day[8:]))
            known_days[day] = True
        except ValueError:
            known_days[day] = False
    return known_days[day]


def leaf_problem(leaf):
    """What is wrong with a leaf by the table of section 1; None where nothing is. Asked of every leaf, so it is plain."""
    if type(leaf) is not dict:
        return 'it is not an object'
    names = leaf.keys()
    if not JOURNAL_FORM <= names:
        return 'a member is missing'
    if not names <= ALL_NAMES:
        return 'it has a member that it cannot have'
    kind = leaf['kind']
    if type(kind) is not str or kind not in KINDS or type(leaf['v']) is not int or leaf['v'] != 1:
        return 'it is of another version, or of an unknown kind'
    if ('rejection' in leaf) != (kind == 'rejection') or type(leaf.get('rejection', '')) is not str:
        return 'the reason of a rejection is missing, or stands where nothing was refused'
    if type(leaf['log']) is not str or not is_text(leaf['incident'], UUID) or not is_text(leaf['prev'], HEX64):
        return 'log, incident or prev is not what it must be'
    if not is_count(leaf['seq'], 1) or not is_count(leaf['revision']):
        return 'seq or revision is not a number'
    at, occurred = leaf['at'], leaf['occurredAt']
    if not is_time(at) or (occurred != at and not is_time(occurred)):
        return 'a time is not one'
    if is_of_journal(leaf):
        if leaf['from'] is not None or leaf['to'] is not None:
            return 'an entry of the journal has no state'
    elif kind == 'journal' or not is_text(leaf.get('machine'), DIGEST) or not is_text(leaf.get('state'), DIGEST):
        return 'machine or state is not a digest, or stands in the journal'
    return who_problem(leaf['actor'], leaf['event']) or rest_problem(leaf)


def who_problem(actor, event):
    if type(actor) is not dict or actor.keys() != ACTOR_FORM or type(actor['id']) is not str:
        return 'the actor is not one'
    roles = actor['roles']
    if actor['type'] not in ('person', 'system') or type(roles) is not list:
        return 'the actor is not one'
    for role in roles:
        if type(role) is not str:
            return 'the actor is not one'
    if type(event) is not dict or 'type' not in event or not event.keys() <= EVENT_FORM:
        return 'the event is not one'
    for one in event.values():
        if type(one) is not str:
            return 'the event is not one'
    return None


def rest_problem(leaf):
    if 'system' in leaf:
        system = leaf['system']
        if type(system) is not dict or system.keys() != SYSTEM_FORM or not all(map(is_text, system.values())):
            return 'the system is not one'
    if 'sd' in leaf:
        before, commitments = '', leaf['sd']
        if type(commitments) is not list or not commitments:
            return 'the commitments are none'
        for one in commitments:
            if type(one) is not str or not COMMITMENT.match(one) or one <= before:
                return 'a commitment is none, or they are not in order'
            before = one
    return personal_problem(leaf) if 'pd' in leaf else None


def personal_problem(leaf):
    before, personal, commitments = '', leaf['pd'], leaf.get('sd', ())
    if type(personal) is not list or not personal:
        return 'the commitments that are about persons are none'
    for one in personal:
        if type(one) is not list or len(one) != 3 or not all(map(is_text, one)):
            return 'a commitment that is about a person is none'
        if one[0] not in commitments or one[0] <= before:
            return 'what is about persons is not committed to, or not in order'
        before = one[0]
    return None


def is_of_journal(leaf):
    return 'machine' not in leaf and 'state' not in leaf and leaf['kind'] in ('journal', 'rejection')


def is_opening(value):
    if type(value) is not dict or not is_text(value.get('key')) or not is_text(value.get('subject', '')):
        return False
    if 'withheld' in value:
        return value['withheld'] is True and members(value, 'key', 'subject', 'withheld')
    return is_text(value.get('salt')) and set(value) - {'subject'} == {'key', 'salt', 'value'}


def commitment(encode, salt, key, value):
    disclosure = base64url(encode([salt, key, value]).encode('utf-8'))
    return base64url(hashlib.sha256(disclosure).digest()).decode('ascii')


URL_SAFE = bytes.maketrans(b'+/', b'-_')


def base64url(data):
    return binascii.b2a_base64(data, newline=False).translate(URL_SAFE, b'=')


def moment_text(seconds):
    """RFC 3339 of a moment, for comparing; what lies outside of four-digit years is before or after everything."""
    try:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(milliseconds=int(seconds * 1000))
    except OverflowError:
        return '' if seconds < 0 else '~'
    return moment.strftime('%Y-%m-%dT%H:%M:%S.').zfill(20) + '%03dZ' % (moment.microsecond // 1000)


class Chain:
    """Where one incident, or the journal, stands."""

    __slots__ = ('seq', 'revision', 'hash', 'at', 'index', 'closed')


class Verifier:
    """One bundle, one policy. `run` gives the report; what it holds in memory does not grow with the number of entries,
    but for one head for each chain and one line for each person whose values are withheld."""

    def __init__(self, file, policy=None, since=None, tsa_ca=None):
        self.file, self.policy, self.kept, self.tsa_ca = file, policy, since, tsa_ca
        self.witnesses = list(policy.witnesses.values()) if policy else []
        self.fault = self.export = self.zip = None
        self.erased_by, self.openings_read, self.all_read = {}, True, False
        self.not_checked = []
        self.bundle = {}
        self.chains, self.journal = {}, None
        self.key_leaves, self.cosigned = [], []
        self.values = {}
        self.heads = self.heads_leaf = self.heads_match = self.first_index = None
        self.recovered = -1
        self.hidden = False
        self.times, self.window = [], None
        self.withheld, self.erased = {}, []
        self.named, self.machines = {}, {}
        self.proofs = {}
        self.counts = dict.fromkeys(('members', 'entries', 'openings', 'withheld', 'older', 'proofs', 'attachments'), 0)

    def fail(self, rank, code, message, **where):
        self.found(Fault(rank, code, message, **where))

    def found(self, fault):
        if self.open(fault.rank):
            self.fault = fault

    def open(self, rank):
        """Whether a fault of this rank would still count."""
        return self.fault is None or self.fault.rank > rank

    def skip(self, code, what, why, **data):
        self.not_checked.append({'code': code, 'data': data, 'what': what, 'why': why})

    def run(self):
        try:
            self.check()
        except Fault as fault:
            self.found(fault)
        return self.report()

    def check(self):
        self.read_members()
        try:
            self.read_checkpoint()
        except Fault as fault:
            self.found(fault)
        for step in (self.read_older, self.read_since, self.read_proofs):
            try:
                step()
            except Fault as fault:
                self.found(fault)
        self.read_heads()
        self.read_timestamps()
        try:
            self.walk()
        except Fault as fault:
            self.found(fault)
        self.check_bytes()
        self.check_complete()
        self.check_quorum()
        self.check_withheld()
        self.check_attachments()
        self.check_machines()

    # Level 1 before the leaves are read.

    def read_members(self):
        self.zip = Zip(self.file)
        paths = [member.path for member in self.zip.order]
        self.counts['members'] = len(paths)
        ranks = [next((i for i, one in enumerate(FAMILIES) if one.match(path)), None) for path in paths]
        for path, rank in zip(paths, ranks):
            if rank is None:
                raise Fault(MANIFEST, 'E_MANIFEST', 'a bundle has no such member', path=path)
        if ranks != sorted(ranks):
            raise Fault(MANIFEST, 'E_MANIFEST', 'the members are not in the order of the format')
        for path in FIXED + ['MANIFEST.json', 'MANIFEST.note']:
            if path not in self.zip.members:
                raise Fault(MANIFEST, 'E_MANIFEST', 'it is missing', path=path)
        data = self.zip.bytes('MANIFEST.json', MAX_MANIFEST)
        self.manifest = manifest = read_manifest(data)
        self.bundle = {'origin': manifest['origin'], 'scope': manifest['scope'], 'entries': manifest['entries']}
        self.bundle.update(size=manifest['checkpoint']['size'], root=manifest['checkpoint']['root'])
        self.manifest_note = self.note(MANIFEST, 'MANIFEST.note')
        if self.manifest_note.text != '%s/bundle\n%s\n' % (manifest['origin'], hashlib.sha256(data).hexdigest()):
            raise Fault(MANIFEST, 'E_MANIFEST', 'the note is not over this manifest', path='MANIFEST.note')
        listed = {one['path']: one for one in manifest['files']}
        for path in paths[:-2]:
            digest, size = hashlib.sha256(), 0
            for chunk in self.zip.chunks(path):
                digest.update(chunk)
                size += len(chunk)
            one = listed.pop(path, None)
            if one is None or one['bytes'] != size or one['sha256'] != digest.hexdigest():
                raise Fault(MANIFEST, 'E_MANIFEST', 'it is not what the manifest lists', path=path)
        for path in listed:
            raise Fault(MANIFEST, 'E_MANIFEST', 'the manifest lists it, and it is missing', path=path)
        for path in ('MANIFEST.json', 'MANIFEST.note'):
            for _ in self.zip.chunks(path):
                pass

    def note(self, rank, path, data=None):
        try:
            return Note(self.zip.bytes(path, MAX_NOTE) if data is None else data)
        except NoteFault as fault:
            raise Fault(rank, fault.code, str(fault), path=path)

    def opened(self, rank, note, path):
        """The checkpoint of a note that the log's key signed, and who cosigned it when."""
        try:
            point = Checkpoint(note.text)
            signers = note.signed_by(self.log_keys)
            if not signers:
                raise NoteFault('E_UNKNOWN_LOG', 'no key of the policy signed it')
            if all(key.name != point.origin for key in signers):
                raise NoteFault('E_ORIGIN', 'its origin is not the name of the key that signed it')
            return point, note.cosigned_by(self.witnesses)
        except NoteFault as fault:
            raise Fault(rank, fault.code, str(fault), path=path)

    def read_checkpoint(self):
        """Where it does not hold, what the manifest says stands for it, so that a fault of a lower rank is still found."""
        claimed = self.manifest['checkpoint']
        origin = self.manifest['origin'].replace('\n', ' ')
        self.point = Checkpoint('%s\n%d\n%s\n' % (origin, claimed['size'], claimed['root']))
        self.log = re.sub(r'/r(?:[2-9]|[1-9][0-9]+)\Z', '', self.point.origin)
        self.stamped, self.log_keys = {}, []
        if self.manifest['entries'] > MAX_LEAVES:
            raise Fault(FORM, 'E_LIMIT', 'the bundle shows more than %d leaves' % MAX_LEAVES, path='MANIFEST.json')
        if self.policy:
            self.log_keys = self.policy.logs
        else:
            why = 'no policy was given: the signature was held against policy.example.txt, which comes with the bundle'
            self.skip('log_key', "that the log's key is the right one", why)
            try:
                text = self.zip.bytes('policy.example.txt', MAX_NOTE).decode('utf-8')
                self.log_keys = Policy(text).logs
            except (UnicodeDecodeError, Unusable) as error:
                raise Fault(CHECKPOINT, 'E_UNKNOWN_LOG', 'it names no key: %s' % error, path='policy.example.txt')
        note = self.note(CHECKPOINT, 'log/checkpoint')
        point, self.cosigned = self.opened(CHECKPOINT, note, 'log/checkpoint')
        if self.manifest['origin'] != point.origin:
            raise Fault(CHECKPOINT, 'E_ORIGIN', 'the manifest is of another log than the checkpoint', path='MANIFEST.json')
        if (self.point.size, self.point.root) != (point.size, point.root):
            raise Fault(MANIFEST, 'E_MANIFEST', 'the manifest is over another checkpoint', path='MANIFEST.json')
        self.times += [(point.size, seconds) for _, seconds in self.cosigned]
        self.stamped[point.size] = self.zip.bytes('log/checkpoint', MAX_NOTE)

    def read_older(self):
        """The older checkpoints, their form and order; who signed them is known when the keys of the log are."""
        before, path = 0, 'log/consistency.jsonl'
        self.older = []
        for line in self.zip.lines(path, MAX_LINE):
            value = document(line, OLDER, 'E_CONSISTENCY', path)
            proof = hashes(value.get('proof'))
            if not members(value, 'checkpoint', 'proof') or type(value['checkpoint']) is not str or proof is None:
                raise Fault(OLDER, 'E_CONSISTENCY', 'a line is not a checkpoint and its proof', path=path)
            data = value['checkpoint'].encode('utf-8')
            note = self.note(OLDER, path, data)
            try:
                point, cosigned = Checkpoint(note.text), note.cosigned_by(self.witnesses)
            except NoteFault as fault:
                raise Fault(OLDER, fault.code, str(fault), path=path)
            if point.size <= before:
                raise Fault(OLDER, 'E_CONSISTENCY', 'the older checkpoints are not in the order of their sizes', path=path)
            before = point.size
            self.older.append((note, point, proof))
            self.times += [(point.size, seconds) for _, seconds in cosigned]
            self.stamped.setdefault(point.size, data)
        if path in self.zip.cut:
            raise Fault(OLDER, 'E_CONSISTENCY', 'its last line does not end with a line feed', path=path)

    def check_older(self):
        """Each is signed, by a key of the policy or one that the proved tree announces, and begins this tree."""
        path, keys = 'log/consistency.jsonl', list(self.log_keys) + self.announced('log', True)
        for note, point, proof in self.older:
            try:
                signers = note.signed_by(keys)
                if not signers:
                    raise NoteFault('E_UNKNOWN_LOG', 'no known key signed an older checkpoint')
                if all(key.name != point.origin for key in signers):
                    raise NoteFault('E_ORIGIN', 'the origin of an older checkpoint is not the name of its key')
            except NoteFault as fault:
                return self.fail(OLDER, fault.code, str(fault), path=path)
            leads = consistent(point.size, point.root, self.point.size, self.point.root, proof)
            if point.origin != self.point.origin or not leads:
                text = 'the checkpoint of size %d does not lead to this one' % point.size
                return self.fail(OLDER, 'E_CONSISTENCY', text, path=path)
            self.counts['older'] += 1

    def announced(self, purpose, retired=False):
        """Keys that the log announces for a purpose, in force at its end; with those that it took back, where asked for."""
        texts = {}
        for what, said, text in self.key_leaves:
            if said == purpose and what == 'log.key':
                texts[text] = True
            elif said == purpose and not retired:
                texts.pop(text, None)
        keys = []
        for text in texts:
            try:
                keys.append(Key(text))
            except ValueError:
                continue
        return keys

    def read_since(self):
        """What can be said of the checkpoint that the auditor kept, before the leaves are read."""
        self.since, self.since_root = None, None
        if self.kept is None:
            return
        try:
            note = Note(self.kept)
            point = Checkpoint(note.text)
            cosigned = note.cosigned_by(self.witnesses)
            signers = note.signed_by(self.log_keys)
            if not signers or all(key.name != point.origin for key in signers):
                raise NoteFault('E_ORIGIN' if signers else 'E_UNKNOWN_LOG', 'it is not signed by a key of its log')
        except NoteFault as fault:
            raise Fault(OLDER, fault.code, 'the checkpoint that was kept: %s' % fault)
        if point.origin != self.point.origin:
            raise Fault(OLDER, 'E_ORIGIN', 'the checkpoint that was kept is of another log')
        if point.size > self.point.size:
            raise Fault(OLDER, 'E_CONSISTENCY', 'the log is smaller than the checkpoint that was kept: it was rolled back')
        self.times += [(point.size, seconds) for _, seconds in cosigned]
        self.since = point
        known = [old.root for _, old, _ in self.older if old.size == point.size]
        self.since_root = point.root if point.size == 0 else known[0] if known else None

    def read_proofs(self):
        for member in self.zip.order:
            if not member.path.startswith('proofs/'):
                continue

            def need(holds, what, path=member.path):
                if not holds:
                    raise Fault(PROOF, 'E_PROOF', what, path=path)

            try:
                text = self.zip.bytes(member.path, 2 * MAX_NOTE).decode('utf-8')
            except UnicodeDecodeError:
                need(False, 'it is not a tlog-proof')
            head, gap, note = text.partition('\n\n')
            lines = head.split('\n')
            need(gap and lines.pop(0) == 'c2sp.org/tlog-proof@v1', 'it is not a tlog-proof')
            if lines and lines[0].startswith('extra '):
                need(base64_bytes(lines.pop(0)[6:]) is not None, 'its extra data is not base64')
            index = decimal(lines.pop(0)[6:]) if lines and lines[0].startswith('index ') else None
            proof = [base64_bytes(one, 32) for one in lines[:64]]
            need(index is not None and None not in proof and len(proof) < 64, 'it is not a tlog-proof')
            try:
                point, _ = self.opened(PROOF, self.note(PROOF, member.path, note.encode('utf-8')), member.path)
            except Fault as fault:
                raise fault if fault.code == 'E_LIMIT' else Fault(PROOF, 'E_PROOF', str(fault), path=member.path)
            same = (point.origin, point.size, point.root) == (self.point.origin, self.point.size, self.point.root)
            need(same, 'it is over another checkpoint than the bundle')
            self.proofs.setdefault(index, []).append((member.path, proof))

    def read_heads(self):
        if 'log/heads.json' not in self.zip.members:
            return
        try:
            value = document(self.zip.bytes('log/heads.json', MAX_LINE), COMPLETE, 'E_COMPLETENESS', 'log/heads.json')
            proof, leaf = hashes(value.get('proof')), value.get('leaf')
            good = members(value, 'entry', 'index', 'leaf', 'proof') and members(leaf, 'head', 'incident', 'seq')
            good = good and is_count(value['entry']) and is_count(value['index']) and proof is not None
            good = good and is_text(leaf['incident'], UUID) and is_text(leaf['head'], HEX64)
            if not good or not is_count(leaf['seq'], 1):
                raise Fault(COMPLETE, 'E_COMPLETENESS', 'it is not a proof of the heads', path='log/heads.json')
            self.heads = value
        except Fault as fault:
            self.found(fault)

    def read_timestamps(self):
        paths = [one.path for one in self.zip.order if one.path.startswith('log/timestamps/')]
        unknown = 0
        for path in paths:
            size = int(path.split('/')[2].split('.')[0])
            try:
                reply = self.zip.bytes(path, MAX_NOTE)
                if size not in self.stamped:
                    raise ValueError('it is over a checkpoint that the bundle does not have')
                name, digest, seconds = read_timestamp(reply)
                if hashlib.new(name, self.stamped[size]).digest() != digest:
                    raise ValueError('it is over something else than the checkpoint of its size')
            except (ValueError, OverflowError) as error:
                return self.fail(STAMP, 'E_TSR', str(error), path=path)
            verdict = openssl_accepts(reply, self.stamped[size], self.tsa_ca) if self.tsa_ca else None
            if verdict is False:
                return self.fail(STAMP, 'E_TSR', 'openssl does not accept its signature', path=path)
            if verdict:
                self.times.append((size, seconds))
            else:
                unknown += 1
        if unknown:
            why = 'no --tsa-ca was given' if not self.tsa_ca else 'there is no openssl command'
            self.skip('timestamps', 'who signed %d RFC 3161 time-stamps' % unknown, why, count=unknown)

    # The leaves, once through: the tree, and what each of them says.

    def walk(self):
        self.tree = Frontier()
        self.openings = self.read_openings()
        self.next_opening = next(self.openings, None)
        self.times.sort()
        self.scope = self.manifest['scope']
        for index, line in self.leaves():
            hashed = hashlib.sha256(b'\x00' + line).digest()
            self.tree.append(hashed)
            self.counts['entries'] += 1
            for path, proof in self.proofs.pop(index, ()):
                if included(hashed, index, self.point.size, proof, self.point.root):
                    self.counts['proofs'] += 1
                else:
                    self.fail(PROOF, 'E_PROOF', 'it does not prove the leaf of its index', path=path, index=index)
            self.read_leaf(index, line, hashed)
        if self.next_opening is not None:
            self.fail(OPENING, 'E_OPENING', 'there is a line for a leaf that has nothing to open', path='log/openings.jsonl')

    def leaves(self):
        """(index, bytes) of each leaf that is shown; puts the subtrees that are not shown into the tree on the way."""
        path, entries = 'log/entries.jsonl', None
        entries = self.zip.lines(path, MAX_LEAF)
        gaps = self.read_gaps()
        gap, sibling = next(gaps, None), None
        size = self.point.size
        while self.tree.size < size:
            at = self.tree.size
            if self.since and at == self.since.size and self.since_root is None:
                self.since_root = self.tree.root()
            if gap and gap[0] <= at:
                start, level, value = gap
                if start < at:
                    return self.fail(ROOT, 'E_ROOT', 'its subtrees overlap', path='log/gaps.txt')
                if start + (1 << level) > size:
                    return self.fail(SIZE, 'E_SIZE', 'its subtrees hold more leaves than the tree has', path='log/gaps.txt')
                if sibling == (start - (1 << level), level) and start >> level & 1:
                    self.fail(ROOT, 'E_ROOT', 'its subtrees are not the largest that fit', path='log/gaps.txt')
                scope = self.scope
                if scope['kind'] == 'log' and start < scope['to'] and start + (1 << level) > scope['from']:
                    self.hidden = True
                self.tree.append(value, level)
                gap, sibling = next(gaps, None), (start, level)
                continue
            line = next(entries, None)
            if line is None:
                self.all_read = True
                return self.fail(SIZE, 'E_SIZE', 'there are fewer leaves than the tree has', path=path)
            yield at, line
        more = sum(1 for _ in entries)
        self.counts['entries'] += more
        if more:
            self.fail(SIZE, 'E_SIZE', 'there are more leaves than the tree has', path=path)
        self.all_read = True
        if gap is not None:
            self.fail(SIZE, 'E_SIZE', 'its subtrees hold more leaves than the tree has', path='log/gaps.txt')
        if path in self.zip.cut:
            self.fail(CHAIN, 'E_LEAF_FORMAT', 'the last leaf has no line feed', path=path, index=size - 1)

    def read_gaps(self):
        path = 'log/gaps.txt'
        for line in self.zip.lines(path, MAX_LINE):
            parts = line.decode('latin-1').split(' ')
            start, level = (decimal(parts[0]), decimal(parts[1])) if len(parts) == 3 else (None, None)
            value = base64_bytes(parts[2], 32) if len(parts) == 3 else None
            if start is None or level is None or value is None or level > 52 or start % (1 << level):
                raise Fault(ROOT, 'E_ROOT', 'a line is not START LEVEL HASH', path=path)
            yield start, level, value
        if path in self.zip.cut:
            raise Fault(ROOT, 'E_ROOT', 'its last line does not end with a line feed', path=path)

    def read_openings(self):
        """(index, openings, encoder), in order. A line that is none is passed over, once it is remembered."""
        path, before = 'log/openings.jsonl', -1
        for line in self.zip.lines(path, MAX_LINE):
            try:
                value, exact, encode = read_json(line.decode('utf-8'))
                good = exact and path not in self.zip.cut
                good = good and members(value, 'index', 'openings') and is_count(value['index'])
                good = good and before < value['index'] < self.point.size and type(value['openings']) is list
                if not good or not all(map(is_opening, value['openings'])):
                    raise NotJson()
            except (UnicodeDecodeError, NotJson):
                self.openings_read = False
                text = 'a line is not the openings of a leaf, not in order, or without line feed'
                self.fail(OPENING, 'E_OPENING', text, path=path)
                continue
            before = value['index']
            yield before, value['openings'], encode

    def read_leaf(self, index, line, hashed):
        while self.next_opening is not None and self.next_opening[0] < index:
            where = {'path': 'log/openings.jsonl', 'index': self.next_opening[0]}
            self.fail(OPENING, 'E_OPENING', 'there is a line for a leaf that has nothing to open', **where)
            self.next_opening = next(self.openings, None)
        opening = None
        if self.next_opening is not None and self.next_opening[0] == index:
            opening, self.next_opening = self.next_opening, next(self.openings, None)
        try:
            leaf, exact, _ = read_json(line.decode('utf-8'))
        except (UnicodeDecodeError, NotJson):
            return self.fail(CHAIN, 'E_LEAF_FORMAT', 'the leaf is not JSON', index=index)
        if not exact:
            return self.fail(CHAIN, 'E_NONCANONICAL', 'the leaf is not in the form of RFC 8785', index=index)
        problem = leaf_problem(leaf)
        if problem:
            return self.fail(CHAIN, 'E_LEAF_FORMAT', 'the leaf has not the form of a leaf: ' + problem, index=index)
        of_journal = is_of_journal(leaf)
        where = {'index': index, 'incident': leaf['incident'], 'seq': leaf['seq']}
        if self.open(CHAIN):
            self.check_chain(index, leaf, hashed, of_journal, where)
        if self.times and self.open(WINDOW):
            self.check_window(index, leaf['at'], where)
        values = self.check_openings(leaf, opening, where)
        if of_journal:
            self.read_journal(index, leaf, values)
        machine = leaf.get('machine')
        if machine and machine not in self.machines:
            self.machines[machine] = where

    def read_journal(self, index, leaf, opened):
        """Keeps what the entry says about the log itself, by its openings that match. What was refused says nothing."""
        event = leaf['event']
        what = event['type']
        if leaf['kind'] != 'journal':
            return
        values = {name[5:]: value for name, value in opened.items() if name.startswith('data.')}
        if what == 'person.erase':
            self.erased_by.setdefault(event.get('subject'), index)
        elif what in ('log.key', 'log.key_retired') and is_text(values.get('purpose')) and is_text(values.get('vkey')):
            self.key_leaves.append((what, values['purpose'], values['vkey']))
        elif what == 'log.heads':
            self.heads_leaf = (index, values)
        elif what == 'log.recover':
            self.recovered = index
        elif what == 'history.export' and index == self.manifest['export']:
            self.export = values

    # Level 2.

    def check_chain(self, index, leaf, hashed, of_journal, where):
        """Origin and scope, then number, link and revision. In a chain that is shown in part, numbers may only rise."""
        incident, seq, scope = leaf['incident'], leaf['seq'], self.scope
        if leaf['log'] != self.log:
            return self.fail(CHAIN, 'E_FOREIGN_LEAF', 'the leaf is of another log', **where)
        if of_journal and self.journal is None:
            self.journal = incident
        in_scope = scope['from'] <= index < scope['to'] if scope['kind'] == 'log' else incident == scope['incident']
        own_journal = of_journal and scope['kind'] == 'incident' and incident == scope['incident']
        if of_journal != (incident == self.journal) or own_journal or not (in_scope or of_journal):
            return self.fail(CHAIN, 'E_FOREIGN_LEAF', 'the leaf does not belong into this bundle', **where)
        chain = self.chains.get(incident)
        if scope['kind'] == 'incident':
            whole = in_scope
        else:
            whole = in_scope and (chain.index >= scope['from'] if chain else scope['from'] == 0)
        if chain is None:
            chain = self.chains[incident] = Chain()
            chain.seq = chain.revision = 0
            chain.hash, chain.at, chain.closed = leaf_hash(incident.encode()).hex(), '', None
        rise = seq - chain.seq
        if rise < 1 or (whole and rise > 1):
            text = 'the entries before it are missing' if rise > 1 else 'its number stands before it'
            return self.fail(CHAIN, 'E_CHAIN_SEQ', text, **where)
        if rise == 1 and leaf['prev'] != chain.hash:
            return self.fail(CHAIN, 'E_CHAIN_PREV', 'it does not link to the entry before it', **where)
        least = 0 if leaf['kind'] == 'rejection' else 1
        if not least <= leaf['revision'] - chain.revision <= rise - 1 + least:
            return self.fail(CHAIN, 'E_CHAIN_SEQ', 'its revision does not follow from the one before it', **where)
        if not of_journal and (leaf['kind'] == 'opened') != (seq == 1):
            return self.fail(CHAIN, 'E_CHAIN_SEQ', 'the first entry of an incident opens it, and no other', **where)
        what = leaf['event']['type']
        if chain.closed is not None and what != 'incident.reopen':
            if not encode_plain(leaf['from']) == encode_plain(leaf['to']) == chain.closed:
                return self.fail(CHAIN, 'E_CHAIN_SEQ', 'something besides a reopening follows the end', **where)
        if self.open(ORDER) and leaf['at'] < chain.at:
            self.fail(ORDER, 'E_TIME_ORDER', 'it is earlier than the entry before it in its chain', **where)
        chain.seq, chain.revision, chain.hash = seq, leaf['revision'], hashed.hex()
        chain.at, chain.index = leaf['at'], index
        if leaf['kind'] == 'transition' and what in ('incident.close', 'incident.reopen'):
            chain.closed = encode_plain(leaf['to']) if what == 'incident.close' else None
        if seq == 1 and in_scope and scope['kind'] == 'incident':
            self.first_index = index
        if self.heads and incident == self.heads['leaf']['incident'] and seq == self.heads['leaf']['seq']:
            self.heads_match = chain.hash == self.heads['leaf']['head']

    def check_complete(self):
        def need(holds, what, path=None, **where):
            if not holds:
                raise Fault(COMPLETE, 'E_COMPLETENESS', what, path=path, **where)

        try:
            scope, said, index = self.scope, self.export, self.manifest['export']
            need(said is not None, 'the entry that announces this bundle is not in it', index=index)
            same = said.get('format') == 'bundle' and said.get('scope') == scope['kind']
            need(same, 'it announces another bundle', index=index)
            if scope['kind'] == 'log':
                same = (said.get('from'), said.get('to')) == (scope['from'], scope['to'])
                need(same, 'the entry that announces this bundle speaks of other leaves', index=index)
                need('log/heads.json' not in self.zip.members, 'a bundle of the log has no heads', 'log/heads.json')
                need(not self.hidden, 'leaves of its range are not shown', 'log/gaps.txt')
                if scope['from'] > 0:
                    start = scope['from']
                    self.skip('entries_before', 'the entries before leaf %d' % start, 'the bundle begins there', **{'from': start})
                return
            chain = self.chains.get(scope['incident'])
            shown = (scope['incident'], chain.seq, chain.hash) if chain else None
            same = (said.get('incident'), said.get('seq'), said.get('head')) == shown
            same = same and scope['seq'] == chain.seq
            need(same, 'the incident had other entries when the bundle was announced', index=index)
            if self.heads is None:
                return self.check_no_heads(need) if 'log/heads.json' not in self.zip.members else None
            path, leaf = 'log/heads.json', self.heads['leaf']
            newest, values = self.heads_leaf or (None, None)
            need(newest == self.heads['entry'], 'it is not of the newest heads', path)
            root = base64_bytes(values['root'], 32) if is_text(values.get('root')) else None
            need(root is not None and is_count(values.get('count')), 'the heads are not open', path, index=newest)
            data = leaf_hash(encode_plain(leaf).encode('utf-8'))
            proof = hashes(self.heads['proof'])
            need(included(data, self.heads['index'], values['count'], proof, root), 'it is not in the heads', path)
            need(leaf['incident'] == scope['incident'], 'it is of another incident', path)
            need(self.heads_match, 'the heads hold entries that the bundle does not show', path)
        except Fault as fault:
            self.found(fault)

    def check_no_heads(self, need):
        """log/heads.json may be missing where the newest heads that are shown cannot hold the incident: they were taken
        before its first leaf was in the tree, or in the tree that there was before the log was recovered."""
        what = 'that no entry was cut off at the end, other than by the entry of the export'
        if self.heads_leaf is None:
            return self.skip('end_without_heads', what, 'no log.heads is shown')
        index, values = self.heads_leaf
        if index < self.recovered:
            why = 'the log was recovered after the heads of leaf %d, and has no others yet' % index
            return self.skip('end_after_recovery', what, why, index=index)
        said = is_count(values.get('count')) and is_count(values.get('size')) and is_text(values.get('root'))
        need(said, 'the newest heads do not say to what they commit', index=index)
        early = self.first_index is not None and self.first_index < values['size']
        need(not early, 'the newest heads hold the incident, and the proof of that is missing', 'log/heads.json', index=index)
        why = 'the heads of leaf %d were taken before the incident was opened' % index
        self.skip('end_after_heads', what, why, index=index)

    # Level 1 once the leaves were read.

    def check_bytes(self):
        name = self.manifest['origin'] + '/bundle'
        keys = [key for key in self.announced('bundle') if key.name == name and key.type == LOG_KEY]
        try:
            # Where leaves or openings cannot be read, that is what is wrong, and not the signature.
            if not self.manifest_note.signed_by(keys) and self.openings_read and self.all_read:
                raise NoteFault('E_SIG', 'no key that the log announces for bundles signed it')
        except NoteFault as fault:
            self.fail(MANIFEST_SIGNATURE, fault.code, str(fault), path='MANIFEST.note')
        if self.all_read and self.counts['entries'] != self.manifest['entries']:
            self.fail(MANIFEST, 'E_MANIFEST', 'it says another number of leaves than are shown', path='MANIFEST.json')
        if self.tree.size == self.point.size and self.tree.root() != self.point.root:
            self.fail(ROOT, 'E_ROOT', 'the leaves do not give the root of the checkpoint', path='log/checkpoint')
        self.check_older()
        if self.since and self.open(OLDER):
            root = self.tree.root() if self.since.size == self.tree.size else self.since_root
            if root is None:
                text = 'nothing in the bundle leads from the checkpoint that was kept to this one'
                self.fail(OLDER, 'E_CONSISTENCY', text)
            elif root != self.since.root:
                self.fail(OLDER, 'E_CONSISTENCY', 'the checkpoint that was kept is not of this history')
        for index in self.proofs:
            path = self.proofs[index][0][0]
            self.fail(PROOF, 'E_PROOF', 'it is of a leaf that is not shown', path=path, index=index)

    # Level 3.

    def check_window(self, index, at, where):
        """Between what is provable of the trees before and after it, give or take `SLACK`: clocks differ, and an entry
        waits a little before it comes into the tree. A tree was there when any larger one was."""
        if self.window is None or index >= self.window[0]:
            sizes = [size for size, _ in self.times]
            after = next((size for size in sizes if size > index), None)
            before = max((size for size in sizes if size <= index), default=None)
            earliest = lambda least: min(seconds for size, seconds in self.times if size >= least)
            least = '' if before is None else moment_text(earliest(before) - SLACK)
            most = '~' if after is None else moment_text(earliest(after) + SLACK)
            self.window = (MAX_LEAVES + 1 if after is None else after, least, most)
        _, least, most = self.window
        if not least <= at <= most:
            self.fail(WINDOW, 'E_TIME_WINDOW', 'it says a time at which, by its checkpoints, it was not recorded', **where)

    def check_quorum(self):
        if not self.times:
            why = 'no checkpoint is cosigned or time-stamped by somebody known'
            self.skip('recorded_times', 'that entries were recorded when they say', why)
        if not self.policy:
            return self.skip('witnesses', 'cosignatures of witnesses', 'no policy was given that names them')
        if not self.policy.met([key for key, _ in self.cosigned]):
            self.fail(QUORUM, 'E_QUORUM', 'fewer witnesses cosigned than the policy asks for', path='log/checkpoint')
        if self.policy.quorum == 'none':
            self.skip('no_quorum', 'that others saw this checkpoint', 'the policy asks for no witnesses')

    # Level 4.

    def check_openings(self, leaf, opening, where):
        """The values that are open, by name; none of them where the openings are not those of the leaf."""

        def fault(code, message):
            self.openings_read = False
            self.fail(OPENING, code, message, **where)
            return {}

        commitments = leaf.get('sd', ())
        _, openings, encode = opening or (None, [], encode_plain)
        if len(openings) < len(commitments):
            return fault('E_SUPPRESSED', 'there are fewer values than it commits to')
        if len(openings) > len(commitments):
            return fault('E_OPENING', 'there are more values than it commits to')
        keys, seen, values = set(), set(), {}
        personal = {(key, subject): digest for digest, key, subject in leaf.get('pd', ())}
        for one in openings:
            key = one['key']
            if key in keys:
                return fault('E_OPENING', 'two of its values have one name')
            keys.add(key)
            if 'withheld' in one:
                digest = personal.get((key, one['subject']))
                if digest is None or digest in seen:
                    return fault('E_SUPPRESSED', 'a value is withheld that is not committed to as this person\'s')
                seen.add(digest)
                self.counts['withheld'] += 1
                first = self.withheld.setdefault(one['subject'], [0, where])
                first[0] += 1
                continue
            digest = commitment(encode, one['salt'], key, one['value'])
            if digest not in commitments or digest in seen:
                return fault('E_OPENING', 'a value is not the one that it commits to')
            if ('subject' in one or digest in personal.values()) and personal.get((key, one.get('subject'))) != digest:
                return fault('E_OPENING', 'a value is said to be another person\'s than it was when it was committed to')
            seen.add(digest)
            self.counts['openings'] += 1
            values[key] = one['value']
        if leaf['event']['type'] == 'evidence.add' and leaf['kind'] == 'transition':
            if values.get('data.stored') is True and is_text(values.get('data.sha256')):
                self.named.setdefault(values['data.sha256'].lower(), where)
        return values

    def check_withheld(self):
        for subject, (count, where) in self.withheld.items():
            by = self.erased_by.get(subject)
            if by is None:
                self.fail(OPENING, 'E_SUPPRESSED', 'a value is withheld, and no entry says that it was erased', **where)
            else:
                self.erased.append({'subject': subject, 'by': by, 'values': count})

    def check_attachments(self):
        present = {one.path[12:] for one in self.zip.order if one.path.startswith('attachments/')}
        digests = {one['path']: one['sha256'] for one in self.manifest['files']}
        for name in sorted(present):
            path = 'attachments/' + name
            if digests[path] != name:
                self.fail(ATTACHMENT, 'E_ATTACHMENT', 'it does not have the digest that it is named by', path=path)
            elif name not in self.named:
                self.fail(ATTACHMENT, 'E_ATTACHMENT', 'no entry names it', path=path)
            self.counts['attachments'] += 1
        what = self.manifest['attachments']
        if what != 'included' and present:
            self.fail(ATTACHMENT, 'E_ATTACHMENT', 'the manifest says that there are no attachments', path='MANIFEST.json')
        for name, where in self.named.items():
            if what == 'included' and name not in present:
                self.fail(ATTACHMENT, 'E_ATTACHMENT', 'the file that it names is missing', path='attachments/' + name, **where)
            if what == 'none':
                text = 'it names a file, and the manifest says that there are none'
                self.fail(ATTACHMENT, 'E_ATTACHMENT', text, **where)
        if what == 'left out' and self.named:
            count = len(self.named)
            self.skip('evidence_files', '%d evidence files' % count, 'the bundle was made without them', count=count)

    # Level 5, as far as it goes without XState: the sources are the ones that decided.

    def check_machines(self):
        for member in self.zip.order:
            if member.path.startswith('machines/') and self.open(MACHINE):
                self.check_machine(member.path)
        for digest, where in self.machines.items():
            if 'machines/%s.json' % digest[7:] not in self.zip.members:
                self.fail(MACHINE, 'E_MACHINE', 'the source of its machine is missing', **where)

    def check_machine(self, path):
        try:
            value = document(self.zip.bytes(path, MAX_LINE), MACHINE, 'E_MACHINE', path)
        except Fault as fault:
            return self.found(fault)
        texts = members(value, 'digest', 'id', 'source', 'version') and all(type(one) is str for one in value.values())
        if not texts or value['digest'] != path[9:73]:
            return self.fail(MACHINE, 'E_MACHINE', 'it is not the machine of its name', path=path)
        if hashlib.sha256(value['source'].encode('utf-8')).hexdigest() != value['digest']:
            self.fail(MACHINE, 'E_MACHINE', 'its source does not have its digest', path=path)

    def report(self):
        self.skip('replay', 'that each entry follows from its playbook (level 5)', 'it takes XState: see "cordon audit verify"')
        views = [one.path for one in (self.zip.order if self.zip else ()) if one.path.startswith('views/')]
        if views:
            why = 'they prove nothing; read log/entries.jsonl and log/openings.jsonl instead'
            self.skip('views', ', '.join(views), why, paths=views)
        faulty = self.fault.rank // 10 if self.fault else 6
        parts = [('members', 'entries', 'older', 'proofs'), ('entries',), ('entries',)]
        parts += [('openings', 'withheld', 'attachments'), ()]
        levels = []
        for number, name in enumerate(LEVELS, 1):
            outcome = 'fails' if number == faulty else 'not reached' if number > faulty else 'holds'
            if number == 5 and faulty > 5:
                outcome = 'not asked'
            checked = {one: self.counts[one] for one in parts[number - 1]} if number <= faulty else {}
            levels.append({'level': number, 'name': name, 'outcome': outcome, 'checked': checked})
        report = {'ok': self.fault is None, 'levels': levels, 'notChecked': self.not_checked}
        report['erased'] = self.erased if faulty >= 4 else []
        if self.bundle:
            report['bundle'] = self.bundle
        if self.fault:
            where = {name: value for name, value in self.fault.where.items() if value is not None}
            report['fault'] = {'code': self.fault.code, 'level': faulty, 'message': str(self.fault), **where}
        return report


# ---------------------------------------------------------------------------------------------------------------------
# The command.


def verify_file(bundle, policy=None, since=None, tsa_ca=None):
    """The report on a bundle. Raises Unusable."""
    read_policy = Policy(read_text(policy)) if policy else None
    kept = read_text(since).encode('utf-8') if since else None
    if tsa_ca:
        read_text(tsa_ca)
    try:
        with open(bundle, 'rb') as file:
            verifier = Verifier(file, read_policy, kept, tsa_ca)
            return verifier.run()
    except OSError as error:
        raise Unusable('%s cannot be read: %s' % (bundle, error.strerror))
    except MemoryError:
        raise Unusable('there is not enough memory for %s' % bundle)


def read_text(path):
    try:
        with open(path, 'rb') as file:
            return file.read(MAX_NOTE + 1).decode('utf-8')
    except OSError as error:
        raise Unusable('%s cannot be read: %s' % (path, error.strerror))
    except UnicodeDecodeError:
        raise Unusable('%s is not UTF-8' % path)


def print_report(report):
    bundle = report.get('bundle')
    if bundle:
        print('log        ' + bundle['origin'])
        print('tree       %d leaves, root %s' % (bundle['size'], bundle['root']))
        print('shown      %d entries' % bundle['entries'])
    for one in report['levels']:
        checked = ', '.join('%s %d' % pair for pair in one['checked'].items())
        print('level %d    %-10s %-12s%s' % (one['level'], one['name'], one['outcome'], checked))
    for one in report['erased']:
        print('erased     %(values)d values of %(subject)s, by the leaf %(by)d' % one)
    for one in report['notChecked']:
        print('not checked: %(what)s: %(why)s' % one)
    fault = report.get('fault')
    if fault:
        names = [name for name in ('path', 'index', 'incident', 'seq') if name in fault]
        where = ' (%s)' % ', '.join('%s %s' % (name, fault[name]) for name in names) if names else ''
        print('\nNOT VERIFIED  %s at level %d: %s%s' % (fault['code'], fault['level'], fault['message'], where))
    else:
        print('\nVERIFIED, as far as is said above')


def batch(lines):
    """One report a line for requests {"bundle", "policy", "since", "tsaCa"} a line; {"unusable"} where there is none."""
    for line in lines:
        try:
            request = json.loads(line)
            answer = verify_file(request['bundle'], request.get('policy'), request.get('since'), request.get('tsaCa'))
        except (Unusable, ValueError, KeyError, TypeError) as error:
            answer = {'unusable': str(error) or 'it is not a request'}
        print(json.dumps(answer), flush=True)


def main(arguments=None):
    parser = argparse.ArgumentParser(description='Checks a bundle of Cordon\'s history, offline.')
    parser.add_argument('bundle', nargs='?', help='the zip file')
    parser.add_argument('--policy', help="the auditor's own C2SP tlog-policy")
    parser.add_argument('--since', help='a checkpoint that was kept from an earlier bundle')
    parser.add_argument('--tsa-ca', help='certificates (PEM) of the time-stamp authority, for openssl')
    parser.add_argument('--json', action='store_true', help='print the report as JSON')
    parser.add_argument('--batch', action='store_true', help='read requests as lines of JSON, answer with a line each')
    options = parser.parse_args(arguments)
    if options.batch:
        batch(sys.stdin)
        return 0
    if options.bundle is None:
        parser.error('which bundle?')
    try:
        report = verify_file(options.bundle, options.policy, options.since, options.tsa_ca)
    except Unusable as error:
        print('verify.py: %s' % error, file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(report, indent=2))
    else:
        print_report(report)
    return 0 if report['ok'] else 1


if __name__ == '__main__':
    sys.exit(main())
