#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes one file of the patcher: dfota_patcher.c, and dfota_patcher.h for it.

Usage: amalgamate.py FOLDER

dfota_patcher.h holds the public headers, dfota_patcher.c everything else. The
switches of dfota/config.h work as before. Three rules make one file of many:

  1. A header stands where it was first included.
  2. What the public headers do not declare is static (DFP_LOCAL).
     A .c file that is one #if has prototypes that are static only with it.
  3. A name that a .c file keeps to itself and another file uses too gets the
     .c file's name in front: word_at of a32.c becomes a32_word_at.

Ends with an error when a name cannot be told apart by these rules.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PUBLIC = ("dfota/config.h", "dfota/format.h", "dfota/patcher.h")
FOLDERS = ("codec", "src")

HEADER_TOP = """\
// SPDX-License-Identifier: MIT
// dfota patcher, public headers in one. Made by amalgamate.py: do not edit.
"""
SOURCE_TOP = """\
// SPDX-License-Identifier: MIT
// dfota patcher in one file. Made by amalgamate.py: do not edit.
//
// Needs xxHash's header xxhash.h; with DFP_WITH_SIGNATURE BearSSL, with
// DFP_WITH_DEFLATE zlib's inflate. The switches stand in dfota_patcher.h and
// can be set on the compiler's command line.

#include "dfota_patcher.h"

// What no public header declares. Some of it is used by few configurations.
#ifndef DFP_LOCAL
#ifdef __GNUC__
#define DFP_LOCAL static __attribute__((unused))
#else
#define DFP_LOCAL static
#endif
#endif

// What a switch leaves out: calls of it are there, but never made.
%s
// xxHash comes first, so that what digest.c asks of gcc reaches it here too.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC push_options
#ifdef __OPTIMIZE_SIZE__
#pragma GCC optimize("no-inline")
#endif
#endif
#define XXH_INLINE_ALL
#include <xxhash.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC pop_options
#endif
"""
OPTIONAL = """\
#if {condition}
#define {macro} DFP_LOCAL
#else
#define {macro}
#endif
"""
PRAGMA = """\
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC %s_options
#endif
"""

TOKEN = re.compile(
    r"(?P<comment>//[^\n]*|/\*.*?\*/)"
    r"|(?P<directive>^[ \t]*\#(?:[^\n\\]|\\\n|\\.)*)"
    r"|(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<space>\s+)"
    r"|(?P<mark>->|.)", re.DOTALL | re.MULTILINE)
DEFINE = re.compile(r"\s*#\s*define\s+(\w+)")
INCLUDE = re.compile(r"\s*#\s*include\s+([<\"])([^>\"]+)[>\"]")


def fail(reason):
    sys.exit("amalgamate.py: " + reason)


def tokens(text):
    """(kind, text) of every token; joined they give the text again."""
    return [(match.lastgroup, match.group()) for match in TOKEN.finditer(text)]


def code_names(text):
    """Names that a text uses, in directives too, comments left out."""
    names = set()
    for kind, token in tokens(text):
        if kind == "name":
            names.add(token)
        elif kind == "directive":
            body = token[token.index("#") + 1:]
            names |= {t for k, t in tokens(body) if k == "name"}
    return names


class Declaration:
    """One declaration or definition at file scope."""

    def __init__(self, first):
        self.first = self.last = first # indexes of its tokens
        self.outer = []    # names and marks outside of braces
        self.inner = []    # those within

    def is_function(self):
        return "(" in self.outer and "=" not in self.outer

    def name(self):
        """The function or object declared; None for a type alone."""
        for i, token in enumerate(self.outer):
            if token == "(": # name( or, hidden from a macro, (name)(
                hidden = self.outer[i + 2:i + 4] == [")", "("]
                return self.outer[i + 1] if hidden else self.outer[i - 1]
            if token in ("[", "=", ";"):
                named = self.outer[:i]
                if len(named) < 2 or (named[-2] in ("struct", "union", "enum")
                                      and named[0] == named[-2]):
                    return None
                return named[-1] if named[-1] != "}" else None
        return None

    def types(self):
        """Tags, typedefs and enumeration constants defined here."""
        found = set()
        if (self.outer[0] in ("struct", "union", "enum")
                and self.outer[2] == "{"):
            found.add(self.outer[1])
        if self.outer[0] == "enum" and not self.is_function():
            found |= {name for before, name in zip(["{"] + self.inner,
                                                   self.inner)
                      if before in ("{", ",") and re.match(r"[A-Za-z_]", name)}
        return found


def declarations(path, parts):
    """What stands at file scope, in order."""
    found, current, depth = [], None, 0
    for index, (kind, token) in enumerate(parts):
        if kind not in ("name", "mark", "number"):
            continue
        if current is None:
            current = Declaration(index)
            found.append(current)
        depth -= token == "}"
        (current.outer if depth == 0 else current.inner).append(token)
        depth += token == "{"
        current.last = index
        ends = token == ";" or (token == "}" and current.is_function())
        if depth == 0 and ends:
            current = None
    if depth != 0:
        fail(f"{path}: braces do not match")
    return found


class File:
    """A source or private header."""

    def __init__(self, path):
        self.path = path
        self.stem, self.ending = os.path.splitext(os.path.basename(path))
        with open(os.path.join(HERE, path), encoding="utf-8") as file:
            self.text = file.read()
        self.names = code_names(self.text)
        self.parts = tokens(self.text)
        self.scope = declarations(path, self.parts)
        self.members = self.find_members()
        self.condition = self.find_condition()

    def find_members(self):
        """Indexes of the names of members in structs at file scope."""
        found, before = set(), None
        for d in self.scope:
            if d.outer[0] not in ("struct", "union") or d.is_function():
                continue
            for index in range(d.first, d.last):
                kind, token = self.parts[index]
                if before is not None and token in (";", "[", ":", ","):
                    found.add(before)
                if kind not in ("space", "comment"):
                    before = index if kind == "name" else None
        return found

    def find_condition(self):
        """The condition of a .c file that is one #if, else None."""
        stack, closed, condition = [], False, None
        for kind, token in self.parts:
            directive = token.split() if kind == "directive" else [""]
            if directive[0] in ("#if", "#ifdef", "#ifndef"):
                stack.append([token.strip()[3:].strip(), directive[0] == "#if"])
            elif directive[0] in ("#else", "#elif"):
                stack[-1][1] = False
            elif directive[0] == "#endif":
                text, plain = stack.pop()
                closed, condition = not stack and plain, text
            elif kind not in ("space", "comment") and not stack:
                closed = False
        return condition if closed and self.ending == ".c" else None

    def macro(self):
        """How its functions are declared."""
        if self.condition is None:
            return "DFP_LOCAL"
        return "DFP_LOCAL_" + self.stem.upper()

    def own_names(self):
        """Names that this .c file defines for itself."""
        own = set()
        for kind, token in self.parts:
            define = DEFINE.match(token) if kind == "directive" else None
            if define:
                own.add(define.group(1))
        for declaration in self.scope:
            own |= declaration.types()
            if declaration.outer[0] in ("static", "typedef"):
                own.add(declaration.name())
        return own - {None}

    def shared_names(self):
        """(declaration, name) of functions and tables that are not static."""
        return [(d, d.name()) for d in self.scope if d.name() is not None
                and d.outer[0] not in ("static", "typedef")]

    def make_static(self, public, macros):
        """Rule 2. Not all that is inline in headers is used here either."""
        for d in self.scope:
            if self.ending == ".h" and d.outer[:2] == ["static", "inline"]:
                self.parts[d.first] = ("name", "DFP_LOCAL")
        for d, name in self.shared_names():
            if name not in public:
                macro = macros.get(name, "") if self.ending == ".h" else ""
                kind, token = self.parts[d.first]
                rest = "" if token == "extern" else " " + token
                self.parts[d.first] = (kind, (macro or "DFP_LOCAL") + rest)

    def rename(self, old, new):
        """Rule 3. A member of a struct keeps its name."""
        before = ""
        for index, (kind, token) in enumerate(self.parts):
            if kind == "directive":
                token = re.sub(rf"(?<![\w.>]){old}\b", new, token)
                self.parts[index] = (kind, token)
            elif (kind == "name" and token == old
                  and before not in (".", "->") and index not in self.members):
                self.parts[index] = (kind, new)
            if kind not in ("space", "comment"):
                before = token


def read_files():
    paths = [f"{folder}/{name}" for folder in FOLDERS
             for name in sorted(os.listdir(os.path.join(HERE, folder)))
             if name.endswith((".c", ".h"))]
    files = [File(path) for path in paths]
    for number, file in enumerate(files):
        if (file.stem, file.ending) in ((f.stem, f.ending)
                                        for f in files[:number]):
            fail(f"two files are named {file.stem}{file.ending}")
    return files


def tell_apart(files, public_text):
    """Rule 3, over all files."""
    shared = code_names(public_text)
    names = set().union(shared, *(f.names for f in files))
    for file in (f for f in files if f.ending == ".c"):
        others = set().union(shared, *(f.names for f in files if f is not file))
        for name in sorted(file.own_names() & others):
            if name in ("XXH_INLINE_ALL", "ZLIB_CONST"):
                continue
            new = f"{file.stem}_{name}"
            new = new.upper() if name.isupper() else new
            if new in names:
                fail(f"{file.path}: {name} would be {new}, which exists")
            names.add(new)
            file.rename(name, new)


class Output:
    """Files one behind the other, each header where first included."""

    def __init__(self, headers):
        self.headers = headers # by name as included
        self.text = ""
        self.done = set()

    def add(self, file):
        optimized = "#pragma GCC optimize" in file.text
        self.text += f"\n// --- {file.path}\n"
        self.text += PRAGMA % "push" if optimized else ""
        for kind, token in file.parts:
            include = INCLUDE.match(token) if kind == "directive" else None
            if "SPDX-License" in token:
                continue
            if include is None or include.group(1) == "<":
                self.text += token
            else:
                self.include(include.group(2), file)
        self.text += PRAGMA % "pop" if optimized else ""

    def include(self, name, file):
        if name in self.done or name in PUBLIC:
            return
        if name not in self.headers:
            fail(f"{file.path}: includes {name}, which is not there")
        self.done.add(name)
        self.add(self.headers[name])


def tidy(text):
    """No run of empty lines."""
    return re.sub(r"\n{3,}", "\n\n", text)


def public_header():
    text = ""
    for name in PUBLIC:
        with open(os.path.join(HERE, "include", name), encoding="utf-8") as f:
            text += f"\n// --- {name}\n" + f.read()
    text = re.sub(r"// SPDX-License[^\n]*\n|#include \"dfota/[^\n]*\n", "", text)
    return tidy(HEADER_TOP + text)


def main():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit("usage: amalgamate.py FOLDER")
    header = public_header()
    public = set(re.findall(r"\b(dfp_\w+)\(", header))
    files = read_files()
    tell_apart(files, header)
    macros = {name: file.macro() for file in files if file.ending == ".c"
              for _, name in file.shared_names()}
    for file in files:
        file.make_static(public, macros)
    optional = "".join(
        OPTIONAL.format(condition=file.condition, macro=file.macro())
        for file in files if file.condition is not None)
    output = Output({f.stem + ".h": f for f in files if f.ending == ".h"})
    for file in files:
        if file.ending == ".c":
            output.add(file)
    for name, text in (("dfota_patcher.h", header),
                       ("dfota_patcher.c", tidy(SOURCE_TOP % optional + output.text))):
        path = os.path.join(sys.argv[1], name)
        with open(path, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)


if __name__ == "__main__":
    main()
