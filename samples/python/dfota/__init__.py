# SPDX-License-Identifier: MIT
"""Makes, applies, explains and checks dfota packages, by libdelta.so.0.

    import dfota
    made = dfota.make(old, new, product="hub", ram=16384, key=private_pem)
    assert dfota.apply(old, made.package, keys=[public_pem]) == new

Images are what their files hold: raw, ELF, Intel HEX ..., as for mkdfota. What
goes wrong is a DfotaError. libdelta has no global state and ctypes lets go of
the interpreter's lock: calls may run in several threads.
"""
import contextlib
import ctypes
from ctypes import byref
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from . import _library as lib
from ._library import DfotaError

__all__ = ["Advice", "DfotaError", "Explanation", "Made", "Move", "Part",
           "apply", "explain", "info", "make", "verify", "version"]

_CODECS = ("range", "deflate")  # enum delta_codec
_MINIMIZE = ("size", "wear")    # enum delta_minimize


@dataclass(frozen=True)
class Made:
    """A package, and how it came about (struct delta_report)."""
    package: bytes
    report: Dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A function, object, section or block of the new image."""
    name: str
    section: str
    start: int
    size: int
    address: int
    bytes: float  # of the package that are spent here
    literals: int
    corrections: int
    hits: int


@dataclass(frozen=True)
class Move:
    """Bytes of the new image that come from one place of the old one."""
    new_start: int
    old_start: int
    size: int
    matched: int
    moved: int


@dataclass(frozen=True)
class Advice:
    """What would make the package smaller."""
    kind: str  # "time", "build-id", "order" ...
    bytes: int
    start: int
    size: int
    text: str


@dataclass(frozen=True)
class Explanation:
    """Where the bytes of a package go. The sum of spent is its size."""
    report: Dict[str, Any]
    spent: Dict[str, int]
    parts: List[Part]
    sections: List[Part]
    moves: List[Move]
    advice: List[Advice]


def version() -> str:
    """Of the library that is loaded."""
    return lib.LIBRARY.delta_version().decode()


def make(old: bytes, new: bytes, *, format: str = "auto",
         **options: Any) -> Made:
    """Make the package that turns old into new.

    Options are those of struct delta_options, zero or None by default: codec
    ("range", "deflate"), level, ram, base, key (a private key, PEM), product,
    from_version, to_version, counter, progress (called with 0 .. 1000), arch
    ("auto", "thumb" ...), threads; in_place=True with scratch_size, block_size,
    journal_page, journal_block, journal_size, minimize ("size", "wear").
    """
    package, report = lib.Bytes(), lib.Report()
    with _image(old, format) as before, _image(new, format) as after:
        lib.call("delta_make_images", byref(package), byref(report),
                 byref(before), byref(after), byref(_options(options)))
    return Made(_taken(package), _fields(report))


def apply(old: bytes, package: bytes, *, keys: Sequence[bytes] = (),
          format: str = "auto") -> bytes:
    """The new image. With keys (public, PEM) one of them must have signed."""
    new = lib.Bytes()
    with _image(old, format) as before:
        lib.call("delta_apply", byref(new), before.data, before.size, package,
                 len(package), *_keys(keys))
    return _taken(new)


def info(package: bytes) -> Dict[str, Any]:
    """What a package says of itself (struct delta_info); digests are checked."""
    found = lib.Info()
    lib.call("delta_inspect", byref(found), package, len(package))
    return _fields(found)


def verify(package: bytes, *, old: Optional[bytes] = None,
           new: Optional[bytes] = None, keys: Sequence[bytes] = (),
           format: str = "auto") -> Dict[str, Any]:
    """Check a package as far as what is given allows; what info tells."""
    found = lib.Info()
    with _image(old, format) as before, _image(new, format) as after:
        lib.call("delta_verify", byref(found), package, len(package),
                 before.data, before.size, after.data, after.size, *_keys(keys))
    return _fields(found)


def explain(old: bytes, new: bytes, *, format: str = "auto",
            **options: Any) -> Explanation:
    """Where the bytes of the package that make would make go, and why."""
    found = lib.Explanation()
    with _image(old, format) as before, _image(new, format) as after:
        lib.call("delta_explain", byref(found), byref(before), byref(after),
                 byref(_options(options)))
    try:
        return _explanation(found)
    finally:
        lib.LIBRARY.delta_explanation_free(byref(found))


def _explanation(found: lib.Explanation) -> Explanation:
    spent_name = lib.LIBRARY.delta_spent_name
    advice_name = lib.LIBRARY.delta_advice_name
    return Explanation(
        _fields(found.report),
        {spent_name(i).decode(): size for i, size in enumerate(found.spent)},
        [_copy(Part, one) for one in found.parts[:found.part_count]],
        [_copy(Part, one) for one in found.sections[:found.section_count]],
        [_copy(Move, one) for one in found.moves[:found.move_count]],
        [Advice(advice_name(one.kind).decode(), one.bytes, one.start, one.size,
                one.text.decode("utf-8", "replace"))
         for one in found.advice[:found.advice_count]])


@contextlib.contextmanager
def _image(data: Optional[bytes], format: str) -> Iterator[lib.Image]:
    """An image file, read; None is no image."""
    image = lib.Image()
    if data is not None:
        number = _number(lib.LIBRARY.delta_file_format_name, "format", format)
        lib.call("delta_image_read", byref(image), data, len(data), number)
    try:
        yield image
    finally:
        lib.LIBRARY.delta_image_free(byref(image))


def _key(pem: bytes) -> lib.Key:
    key = lib.Key()
    lib.call("delta_key_read", byref(key), pem, len(pem))
    return key


def _keys(pems: Sequence[bytes]) -> Any:
    if isinstance(pems, (bytes, str)):
        raise TypeError("keys is a sequence of PEM files, not one of them")
    keys = (lib.Key * len(pems))(*[_key(pem) for pem in pems])
    return (keys if pems else None), len(pems)


def _options(given: Dict[str, Any]) -> lib.Options:
    """struct delta_options; it keeps alive what it points to."""
    options = lib.Options()
    given = {name: value for name, value in given.items() if value is not None}
    if given.pop("in_place", False):
        options.mode = 1  # DELTA_IN_PLACE
    for name, value in given.items():
        if name in dict(lib.InPlace._fields_):
            setattr(options.in_place, name,
                    _index(_MINIMIZE, name, value) if name == "minimize"
                    else value)
        elif name == "codec":
            options.codec = _index(_CODECS, name, value)
        elif name == "arch":
            options.arch = _number(lib.LIBRARY.delta_arch_name, name, value)
        elif name == "base":
            options.has_base, options.base = True, value
        elif name == "key":
            options.key = ctypes.pointer(_key(value))
        elif name == "progress":
            options.progress = _progress(value)
        elif name in ("product", "from_version", "to_version"):
            setattr(options, name, value.encode())
        elif name in ("level", "ram", "counter", "threads"):
            setattr(options, name, value)
        else:
            raise TypeError(f"no such option: {name}")
    return options


def _progress(function: Callable[[int], None]) -> Any:
    return lib.PROGRESS(lambda context, permille: function(permille))


def _index(names: Sequence[str], option: str, value: str) -> int:
    if value not in names:
        raise ValueError(f"{option}: found {value!r}, expected one of {names}")
    return names.index(value)


def _number(name_of: Callable[[int], Optional[bytes]], option: str,
            value: str) -> int:
    """The number of an enum that the library calls value."""
    names = []
    while (name := name_of(len(names))) is not None:
        names.append(name.decode())
    return _index(names, option, value)


def _taken(data: lib.Bytes) -> bytes:
    """What the library allocated, as our own."""
    try:
        return ctypes.string_at(data.data, data.size) if data.size else b""
    finally:
        lib.LIBRARY.delta_free(byref(data))


def _plain(value: Any) -> Any:
    if isinstance(value, ctypes.Structure):
        return _fields(value)
    if isinstance(value, ctypes.Array):
        return bytes(value).hex()  # digests and key ids
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _fields(struct: ctypes.Structure) -> Dict[str, Any]:
    return {field[0]: _plain(getattr(struct, field[0]))
            for field in struct._fields_}


def _copy(kind: Any, struct: ctypes.Structure) -> Any:
    """The fields of a struct that a class of the same names wants."""
    return kind(**{name: _plain(getattr(struct, name))
                   for name in kind.__dataclass_fields__})
