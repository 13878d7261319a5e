"""Members of a zip archive, read with bounds; nothing is ever extracted to a path.

Knows the zip container and no model format. Refused: encryption, methods other than stored and deflated, members
larger or denser than the limits, a name that occurs twice where it is asked for, and a member whose content is not
what the directory says. The standard `zipfile` is not used: it reads a whole directory of any size before a caller
can refuse it, and its import costs more than a whole read here.

Source: APPNOTE.TXT, PKWARE's .ZIP File Format Specification 6.3.10, sections 4.3 and 4.5.3 (zip64).
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lintnet.loaders.errors import LoadError
from lintnet.loaders.limits import KIB, MIB

if TYPE_CHECKING:
    from typing import BinaryIO

    from lintnet.loaders.limits import Limits

__all__ = ["Member", "members", "read_head", "read_member"]

_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64: Final = struct.Struct("<4sLQL")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT: Final = 0xFFFF
_ENCRYPTED: Final = 0x1 | 0x40
_UTF8: Final = 0x800
_STORED: Final = 0
_DEFLATED: Final = 8
_FULL_16: Final = 0xFFFF
_FULL_32: Final = 0xFFFFFFFF
_DIRECTORY_PER_MEMBER: Final = 4 * KIB
_CHUNK: Final = 64 * KIB


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the directory. packed and size are bytes, offset is where its local header begins."""

    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int


def members(file: BinaryIO, path: str, limits: Limits) -> tuple[Member, ...]:
    """Read the directory of the archive.

    Raises:
        LoadError: it is no complete zip archive, or has more members than allowed.
    """
    count, length, start = _directory(file, path)
    if count > limits.members or length > count * _DIRECTORY_PER_MEMBER:
        reason = f"the zip directory is too large ({count} members in {length} bytes, allowed are {limits.members})"
        raise LoadError(path, reason)
    file.seek(start)
    data = file.read(length)
    if len(data) < length:
        raise LoadError(path, "the zip directory is cut short", place=f"byte {start}")
    found: list[Member] = []
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > length or data[at : at + 4] != b"PK\x01\x02":
            raise LoadError(path, "the zip directory is damaged", place=f"byte {start + at}")
        (
            _,
            _,
            _,
            flags,
            method,
            _,
            _,
            crc,
            packed,
            size,
            name_length,
            extra_length,
            comment_length,
            _,
            _,
            _,
            offset,
        ) = _ENTRY.unpack_from(data, at)
        names = at + _ENTRY.size
        extras = names + name_length
        raw = data[names:extras]
        extra = data[extras : extras + extra_length]
        size, packed, offset = _wide(extra, (size, packed, offset))
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437", "replace")
        if _leads_out(name):
            # Nothing is ever unpacked here; but no framework writes such a name, and other tools would follow it.
            raise LoadError(path, "the zip archive holds a name that leads out of it; refused", place=name)
        found.append(Member(name, method, flags, crc, packed, size, offset))
        at = extras + extra_length + comment_length
    return tuple(found)


def _leads_out(name: str) -> bool:
    """Whether a member's name is absolute or climbs above the archive, on any system."""
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or ":" in parts[0]


def read_member(file: BinaryIO, path: str, found: tuple[Member, ...], name: str, limits: Limits) -> bytes | None:
    """Return the content of the member called exactly `name`, or None if there is none.

    Raises:
        LoadError: the name occurs twice, the member is encrypted, packed by another method, larger or denser than
            the limits, or not what the directory says.
    """
    same = [member for member in found if member.name == name]
    if not same:
        return None
    if len(same) > 1:
        raise LoadError(path, f"the zip archive holds {len(same)} members of this name", place=name)
    member = same[0]
    if member.flags & _ENCRYPTED:
        raise LoadError(path, "the zip member is encrypted", place=name)
    if member.method not in {_STORED, _DEFLATED}:
        raise LoadError(path, f"the zip member is packed by method {member.method}, which is not read", place=name)
    if member.size > limits.json:
        raise LoadError(path, f"the zip member has {member.size} bytes, allowed are {limits.json}", place=name)
    if member.size > MIB and member.size > limits.ratio * member.packed:
        raise LoadError(path, _bomb(limits), place=name)
    file.seek(member.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        raise LoadError(path, "the zip member is not where the directory says", place=name)
    name_length, extra_length = _LOCAL.unpack(header)[9:]
    file.seek(member.offset + _LOCAL.size + name_length + extra_length)
    data = _stored(file, member, limits) if member.method == _STORED else _inflated(file, path, member, limits)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise LoadError(path, "the zip member is damaged or cut short", place=name)
    return data


def read_head(file: BinaryIO, member: Member, count: int) -> bytes:
    """Return at most the first `count` bytes of a stored member, to tell what it is; nothing for a packed one."""
    if member.method != _STORED or member.flags & _ENCRYPTED:
        return b""
    file.seek(member.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\x03\x04":
        return b""
    name_length, extra_length = _LOCAL.unpack(header)[9:]
    file.seek(name_length + extra_length, 1)
    return file.read(min(count, member.size))


def _directory(file: BinaryIO, path: str) -> tuple[int, int, int]:
    """Find the end record: number of members, and length and start of the directory, in bytes."""
    end = file.seek(0, 2)
    tail_start = max(0, end - _LONGEST_COMMENT - _END.size)
    file.seek(tail_start)
    tail = file.read(_LONGEST_COMMENT + _END.size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise LoadError(path, "the zip archive is cut short: it has no directory")
    _, _, _, _, count, length, start, _ = _END.unpack_from(tail, at)
    if count == _FULL_16 or _FULL_32 in {length, start}:
        locator = tail_start + at - _LOCATOR_64.size
        file.seek(max(0, locator))
        data = file.read(_LOCATOR_64.size)
        if len(data) == _LOCATOR_64.size and data[:4] == b"PK\x06\x07":
            file.seek(min(_LOCATOR_64.unpack(data)[2], end))
            data = file.read(_END_64.size)
            if len(data) < _END_64.size or data[:4] != b"PK\x06\x06":
                raise LoadError(path, "the zip64 directory is damaged")
            count, length, start = _END_64.unpack(data)[7:]
    if start + length > end:
        raise LoadError(path, "the zip archive is cut short: its directory lies behind the end of the file")
    return count, length, start


def _wide(extra: bytes, narrow: tuple[int, int, int]) -> tuple[int, int, int]:
    """Replace the 32-bit fields that are full by their 64-bit values in the extra field 1."""
    if _FULL_32 not in narrow:
        return narrow
    at = 0
    values: list[int] = []
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            values = list(struct.unpack_from(f"<{len(body) // 8}Q", body))
            break
        at += 4 + length
    wide = [values.pop(0) if value == _FULL_32 and values else value for value in narrow]
    return wide[0], wide[1], wide[2]


def _stored(file: BinaryIO, member: Member, limits: Limits) -> bytes:
    return file.read(min(member.size, member.packed, limits.json))


def _inflated(file: BinaryIO, path: str, member: Member, limits: Limits) -> bytes:
    """Inflate at most one byte more than the directory promises, whatever the stream would give."""
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    room = member.size + 1
    left = member.packed
    parts: list[bytes] = []
    try:
        while room > 0 and not machine.eof:
            source = machine.unconsumed_tail
            if not source:
                source = file.read(min(_CHUNK, left))
                left -= len(source)
                if not source:
                    break
            part = machine.decompress(source, min(room, MIB))
            room -= len(part)
            parts.append(part)
    except zlib.error as error:
        raise LoadError(path, "the zip member is damaged", place=member.name) from error
    if room <= 0:
        raise LoadError(path, _bomb(limits), place=member.name)
    return b"".join(parts)


def _bomb(limits: Limits) -> str:
    return f"the zip member unpacks to more than it says or than {limits.ratio} times its packed size; refused"
