# SPDX-License-Identifier: MIT
"""What the public headers of libdelta declare, and how a compiler lays it out.

The headers are regular enough to be read by a few patterns: one declaration at
a time, no macros in between. What these patterns miss, does not go unnoticed:
the compiler counts the bytes of each struct.
"""
import glob
import os
import re
import subprocess
import tempfile

INCLUDE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                       "../../libdelta/include")


def text():
    """All headers without comments and preprocessor lines."""
    out = []
    for path in sorted(glob.glob(INCLUDE + "/*.h")):
        with open(path, encoding="utf-8") as file:
            out.append(re.sub(r"//[^\n]*|^#[^\n]*(\\\n[^\n]*)*", "",
                              file.read(), flags=re.M))
    return "\n".join(out)


def structs(source):
    """[(name, [field ...])] in order."""
    found = []
    for name, body in re.findall(r"^struct (\w+) \{(.*?)^\};", source,
                                 re.M | re.S):
        fields = []
        for line in body.split(";"):
            pointer = re.search(r"\(\*(\w+)\)", line)
            if pointer:
                fields.append(pointer.group(1))
            elif line.strip():
                fields += [re.sub(r"\[.*?\]", "", one).split()[-1].strip("* ")
                           for one in line.split(",")]
        found.append((name, fields))
    return found


def constants(source):
    """Names of all numbers of all enums, in order."""
    return [name for body in re.findall(r"^enum \w+ \{(.*?)^\};", source,
                                        re.M | re.S)
            for name in re.findall(r"\b(DELTA_\w+)\s*=?[^,]*,?", body)]


def functions(source):
    """{name: prototype in one line}"""
    return {name: " ".join(whole.split()) for whole, name in re.findall(
        r"^((?:enum|const|void|bool|size_t)[^;{}]*?\b(delta_\w+)\([^;]*\));",
        source, re.M)}


def measure(compiler):
    """{"struct S": size, "S.field": (offset, size), "CONSTANT": value}"""
    source = text()
    lines = []
    for name, fields in structs(source):
        lines.append(f'printf("struct {name}\\t%zu\\n", sizeof(struct {name}));')
        for field in fields:
            lines.append(
                f'printf("{name}.{field}\\t%zu %zu\\n", '
                f"offsetof(struct {name}, {field}), "
                f"sizeof(((struct {name} *)0)->{field}));")
    for name in constants(source):
        lines.append(f'printf("{name}\\t%d\\n", (int){name});')
    includes = "".join(f'#include "{os.path.basename(path)}"\n'
                       for path in sorted(glob.glob(INCLUDE + "/*.h")))
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "layout")
        with open(path + ".c", "w", encoding="utf-8") as file:
            file.write(includes + "#include <stdio.h>\nint main(void)\n{\n" +
                       "\n".join(lines) + "\nreturn 0;\n}\n")
        subprocess.run([compiler, "-std=c11", "-I" + INCLUDE, path + ".c", "-o",
                        path], check=True)
        shown = subprocess.run([path], check=True, capture_output=True,
                               text=True).stdout
    return dict(line.split("\t") for line in shown.splitlines())
