# SPDX-License-Identifier: MIT
"""libdelta.so.0 as ctypes sees it: structs and prototypes, nothing else.

Each struct is as in the header of the same name; the tests compare size and
fields with what a C compiler makes of them.
"""
import ctypes
import os
from ctypes import (POINTER, byref, c_bool, c_char, c_char_p, c_double, c_int,
                    c_int32, c_size_t, c_ubyte, c_uint, c_uint32, c_uint64,
                    c_void_p)

REGIONS_MAX = 32
SPENT_COUNT = 10


class Error(ctypes.Structure):
    _fields_ = [("status", c_int), ("subject", c_char_p), ("text", c_char * 160)]


class Bytes(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class Key(ctypes.Structure):
    _fields_ = [("is_private", c_bool), ("point", c_ubyte * 65),
                ("scalar", c_ubyte * 32), ("id", c_ubyte * 4)]


class InPlace(ctypes.Structure):
    _fields_ = [(name, c_uint32) for name in (
        "scratch_size", "block_size", "journal_page", "journal_block",
        "journal_size")] + [("minimize", c_int)]


PROGRESS = ctypes.CFUNCTYPE(None, c_void_p, c_uint)


class Options(ctypes.Structure):
    _fields_ = [("codec", c_int), ("level", c_int), ("ram", c_uint32),
                ("has_base", c_bool), ("base", c_uint32),
                ("counter", c_uint32), ("key", POINTER(Key)),
                ("product", c_char_p), ("from_version", c_char_p),
                ("to_version", c_char_p),
                ("progress", PROGRESS), ("context", c_void_p), ("arch", c_int),
                ("threads", c_uint), ("mode", c_int), ("in_place", InPlace)]


class Info(ctypes.Structure):
    _fields_ = [("codec_name", c_char_p), ("mode_name", c_char_p),
                ("arch_name", c_char_p)] + [(name, c_uint32) for name in (
                    "package_size", "format_version", "features", "ram",
                    "counter", "old_size", "new_size", "old_base", "new_base",
                    "chunk_size", "chunk_count", "map_entries", "codec_version",
                    "model_size", "overhead", "part_count", "part_id",
                    "stream_size", "unmanaged_bytes", "block_size",
                    "scratch_blocks", "epoch_blocks", "kept_blocks")] + [
                        ("is_backwards", c_bool), ("is_fresh", c_bool),
                        ("is_signed", c_bool),
                        ("key_id", c_ubyte * 4), ("old_sha256", c_ubyte * 32),
                        ("new_sha256", c_ubyte * 32), ("product", c_char * 65),
                        ("from_version", c_char * 65),
                        ("to_version", c_char * 65)]


class AreaUse(ctypes.Structure):
    _fields_ = [("block_size", c_uint32), ("erased", c_uint32),
                ("erased_most", c_uint32), ("programmed", c_uint64)]


class Report(ctypes.Structure):
    _fields_ = [("info", Info), ("is_same", c_bool), ("is_stored", c_bool),
                ("has_base", c_bool)] + [(name, c_uint32) for name in (
                    "bytes_map", "bytes_hits", "bytes_corrections",
                    "bytes_sources", "bytes_literals", "literals", "regions")
                ] + [(name, AreaUse) for name in ("slot", "scratch", "journal")
                     ] + [("journal_size", c_uint32)]


class Region(ctypes.Structure):
    _fields_ = [("start", c_uint32), ("address", c_uint32), ("arch", c_ubyte),
                ("has_code", c_bool)]


class Image(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size", c_uint32), ("format", c_int),
                ("region_count", c_uint32), ("regions", Region * REGIONS_MAX),
                ("has_addresses", c_bool), ("fill_size", c_uint32),
                ("symbols", c_void_p), ("symbol_count", c_size_t),
                ("sections", c_void_p), ("section_count", c_size_t),
                ("texts", c_void_p)]


class Part(ctypes.Structure):
    _fields_ = [("start", c_uint32), ("size", c_uint32), ("address", c_uint32),
                ("name", c_char * 96), ("section", c_char * 32),
                ("has_symbol", c_bool), ("literals", c_uint32),
                ("corrections", c_uint32), ("hits", c_uint32)] + [
                    (name, c_double) for name in (
                        "bytes", "literal_bytes", "correction_bytes",
                        "hit_bytes")] + [("has_move", c_bool),
                                         ("moved", c_int32),
                                         ("moved_size", c_uint32)]


class Move(ctypes.Structure):
    _fields_ = [(name, c_uint32) for name in (
        "new_start", "old_start", "size", "matched", "new_address",
        "old_address")] + [("moved", c_int32)]


class Advice(ctypes.Structure):
    _fields_ = [("kind", c_int), ("bytes", c_uint32), ("start", c_uint32),
                ("size", c_uint32), ("text", c_char * 320)]


class Explanation(ctypes.Structure):
    _fields_ = [("report", Report), ("old_size", c_uint32),
                ("new_size", c_uint32), ("spent", c_uint32 * SPENT_COUNT),
                ("parts", POINTER(Part)), ("part_count", c_size_t),
                ("sections", POINTER(Part)), ("section_count", c_size_t),
                ("moves", POINTER(Move)), ("move_count", c_size_t),
                ("advice", POINTER(Advice)), ("advice_count", c_size_t),
                ("costs", c_void_p), ("kinds", c_void_p)]


# By the names of the header, for the tests.
STRUCTS = {
    "delta_error": Error, "delta_bytes": Bytes, "delta_key": Key,
    "delta_in_place": InPlace, "delta_options": Options, "delta_info": Info,
    "delta_area_use": AreaUse, "delta_report": Report, "delta_region": Region,
    "delta_image": Image, "delta_part": Part, "delta_move": Move,
    "delta_advice": Advice, "delta_explanation": Explanation,
}

_BUFFER = [c_void_p, c_size_t]  # bytes and their size
_KEYS = [POINTER(Key), c_size_t]

# What returns an enum delta_status and takes an error last.
_CALLS = {
    "delta_key_read": [POINTER(Key)] + _BUFFER,
    "delta_apply": [POINTER(Bytes)] + _BUFFER * 2 + _KEYS,
    "delta_inspect": [POINTER(Info)] + _BUFFER,
    "delta_verify": [POINTER(Info)] + _BUFFER * 3 + _KEYS,
    "delta_image_read": [POINTER(Image)] + _BUFFER + [c_int],
    "delta_make_images": [POINTER(Bytes), POINTER(Report), POINTER(Image),
                          POINTER(Image), POINTER(Options)],
    "delta_explain": [POINTER(Explanation), POINTER(Image), POINTER(Image),
                      POINTER(Options)],
}


def load() -> ctypes.CDLL:
    """The library that DFOTA_LIBRARY names, else the one that is installed."""
    library = ctypes.CDLL(os.environ.get("DFOTA_LIBRARY", "libdelta.so.0"))
    for name, arguments in _CALLS.items():
        function = getattr(library, name)
        function.argtypes = arguments + [POINTER(Error)]
        function.restype = c_int
    for name, argument in (("delta_free", Bytes), ("delta_image_free", Image),
                           ("delta_explanation_free", Explanation)):
        getattr(library, name).argtypes = [POINTER(argument)]
        getattr(library, name).restype = None
    for name in ("delta_arch_name", "delta_file_format_name",
                 "delta_spent_name", "delta_advice_name", "delta_strerror"):
        getattr(library, name).argtypes = [c_int]
        getattr(library, name).restype = c_char_p
    library.delta_version.argtypes = []
    library.delta_version.restype = c_char_p
    return library


LIBRARY = load()


class DfotaError(Exception):
    """A call failed.

    status   enum delta_status, for example -106
    subject  what is at fault: "old", "new", "package", "key", an option
    text     the reason, "... (found ..., expected ...)"
    """

    def __init__(self, status: int, subject: str, text: str) -> None:
        super().__init__(f"{subject}: {text}")
        self.status = status
        self.subject = subject
        self.text = text


def call(name: str, *arguments: object) -> None:
    """Call one of _CALLS; a failure is raised."""
    error = Error()
    status = getattr(LIBRARY, name)(*arguments, byref(error))
    if status != 0:
        raise DfotaError(status, (error.subject or b"").decode(),
                         error.text.decode("utf-8", "replace"))
