#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Executes the commands of the documents, as a reader would type them.

usage: doccommands.py [-v] MKDFOTA DFOTA_MODULE DFOTA_PLATFORM [DOCUMENT ...]

The ```sh blocks of each document, and the examples of the manual page, are run
in their order, in a copy of the tree and one shell, after doccommands.sh has made the files that they may take for
granted. A command must succeed, or end with the status that its comment names
("# exit status 4"). A ```text block right behind commands is what they print;
in it, ... stands for anything. Commands that are not executed are listed in
doccommands.txt, with reasons. Options of mkdfota that the text names exist. -v prints what each command prints.
DFOTA_PLATFORM may be "-": what needs it is left out then.
"""

import collections
import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from docs import ROOT, documents, read  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
MANUAL = "cli/mkdfota.1"
NEEDS_PLATFORM = "docs/FLEET.md"
SECONDS = 240  # that a document may take
# What an unlabelled block must not begin a line with.
PROGRAM = re.compile(r"(mkdfota|dfota-module|make|cmake|ctest|openssl|python3|"
                     r"tests/\S+\.sh|samples/\S+\.sh|bench/\S+\.py) ")

Command = collections.namedtuple("Command", "text status")
# Commands of one block, and what they print together, or None.
Block = collections.namedtuple("Block", "commands expected")


class Listed:
    """doccommands.txt: a comment is the reason of the lines behind it."""

    def __init__(self):
        self.entries, self.used, reason = {}, set(), None
        for line in read("tests/doccommands.txt").splitlines():
            if line.startswith("#"):
                reason = line
            elif line:
                self.entries[line] = reason

    def has(self, document, text):
        """Whether a line is DOCUMENT: and how the command begins."""
        found = [entry for entry in self.entries
                 if f"{document}: {text}".startswith(entry)]
        self.used.update(found)
        return bool(found)

    def unused(self):
        return [entry for entry in self.entries if entry not in self.used]


def is_complete(text):
    """Whether the shell would not ask for another line."""
    here = re.search(r"<<'?(\w+)'?", text)
    if here and not re.search(rf"\n{here.group(1)}$", text):
        return False
    if text.endswith("\\"):
        return False
    return subprocess.run(["sh", "-n"], input=text, text=True,
                          stderr=subprocess.DEVNULL).returncode == 0


def split(block):
    """The commands of a block."""
    commands, text = [], ""
    for line in block.splitlines():
        text += line if not text else "\n" + line
        if not text.strip() or (text.startswith("#") and "\n" not in text):
            text = ""
        elif is_complete(text):
            status = re.search(r"# .*exit status (\d+)", text)
            commands.append(Command(text, int(status.group(1)) if status
                                    else 0))
            text = ""
    if text:
        raise ValueError(f"not a command: {text}")
    return commands


def blocks_of(document):
    """The blocks of commands, and lines in other blocks that look like some."""
    if document == MANUAL:
        examples = read(MANUAL).split("\n.Sh EXAMPLES\n")[1]
        return [Block(split(body), None) for body in re.findall(
            r"^\.Bd .*?\n(.*?)^\.Ed$", examples, re.DOTALL | re.MULTILINE)], []
    blocks, stray = [], []
    fences = re.finditer(r"^```(\w*)\n(.*?)^```\n(?:\n```text\n(.*?)^```$)?",
                         read(document), re.DOTALL | re.MULTILINE)
    for language, body, expected in (match.groups() for match in fences):
        if language == "sh":
            blocks.append(Block(split(body), expected))
        elif not language:
            stray += [line for line in body.splitlines()
                      if PROGRAM.match(line)]
    return blocks, stray


@functools.cache
def help_of(mkdfota, command):
    """What mkdfota says of a command; of `make` for a word that is none."""
    text = subprocess.run([mkdfota, command, "--help"], text=True,
                          capture_output=True).stdout
    if not text.startswith("Usage:") and command != "make":
        return help_of(mkdfota, "make")
    return text + "--help"


def check_options(document, mkdfota):
    """Options of mkdfota in code within the text."""
    prose = re.sub(r"```.*?```", "", read(document), flags=re.DOTALL)
    for code in re.findall(r"`mkdfota\s([^`]+)`", prose):
        for option in re.findall(r"--[a-z-]+", code):
            if option not in help_of(mkdfota, code.split()[0]):
                yield f"{document}: no such option: mkdfota {code}"


def matches(expected, found):
    pattern = ".*".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, found, re.DOTALL)


def run(commands, programs):
    """Executes commands; the outputs of those that were begun, and what went
    wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        tree = os.path.join(scratch, "dfota")
        shutil.copytree(ROOT, tree, symlinks=True, ignore=shutil.
                        ignore_patterns(".git", ".deps", "build",
                                        "__pycache__"))
        script = ["set -eu", f". '{HERE}/doccommands.sh' >/dev/null 2>&1"]
        for number, (text, status) in enumerate(commands):
            script.append(f'exec >"{scratch}/{number}" 2>&1')
            if status:
                script += ["set +e", text, f"[ $? -eq {status} ] || exit 1",
                           "set -e"]
            else:
                script.append(text)
        os.mkdir(os.path.join(scratch, "bin"))
        for program in programs:
            os.symlink(program, os.path.join(scratch, "bin",
                                             os.path.basename(program)))
        environment = dict(os.environ, LC_ALL="C.UTF-8", PATH=os.path.join(
            scratch, "bin") + ":" + os.environ["PATH"])
        shell = subprocess.Popen(["sh", "-c", "\n".join(script)], cwd=tree,
                                 env=environment, start_new_session=True,
                                 stdin=subprocess.DEVNULL)
        try:
            result = shell.wait(SECONDS)
        except subprocess.TimeoutExpired:
            result = f"after {SECONDS} s"
        with contextlib.suppress(ProcessLookupError):  # what it left running
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
        outputs = []
        while os.path.exists(os.path.join(scratch, str(len(outputs)))):
            with open(os.path.join(scratch, str(len(outputs))),
                      encoding="utf-8", errors="replace") as file:
                outputs.append(file.read())
        return outputs, result


def check(document, blocks, programs, verbose):
    """Executes one document; its problems."""
    commands = [command for block in blocks for command in block.commands]
    outputs, result = run(commands, programs)
    if verbose:
        for command, output in zip(commands, outputs):
            print(f"{document}$ {command.text}\n{output}", end="")
    if result != 0 or len(outputs) < len(commands):
        where = commands[len(outputs) - 1].text if outputs else "doccommands.sh"
        return [f"{document}: {where}: ended with {result}: "
                f"{outputs[-1] if outputs else ''}"]
    problems = []
    for block in blocks:
        found = "".join(outputs[:len(block.commands)])
        outputs = outputs[len(block.commands):]
        if block.expected is not None and not matches(block.expected, found):
            problems.append(f"{document}: says\n{block.expected}but it is\n"
                            f"{found}")
    return problems


def main(arguments):
    verbose = arguments[:1] == ["-v"]
    programs, chosen = arguments[verbose:][:3], arguments[verbose:][3:]
    listed, problems = Listed(), []
    executed = compared = left_out = run_documents = 0
    for document in sorted(chosen or [*documents(), MANUAL]):
        if document == NEEDS_PLATFORM and programs[2] == "-":
            continue
        blocks, stray = blocks_of(document)
        problems += check_options(document, programs[0])
        problems += [f"{document}: a command in a block that is not sh: {line}"
                     for line in stray]
        for number, block in enumerate(blocks):
            kept = [command for command in block.commands
                    if not listed.has(document, command.text)]
            left_out += len(block.commands) - len(kept)
            if len(kept) < len(block.commands) and block.expected is not None:
                problems.append(f"{document}: output of a command that is in "
                                "doccommands.txt")
            blocks[number] = Block(kept, block.expected)
        if any(block.commands for block in blocks):
            problems += check(document, blocks, programs, verbose)
            executed += sum(len(block.commands) for block in blocks)
            compared += sum(block.expected is not None for block in blocks)
            run_documents += 1
    if not chosen:
        problems += [f"doccommands.txt: no such command: {entry}"
                     for entry in listed.unused()]
    for problem in problems:
        print(problem)
    print(f"{executed} commands of {run_documents} documents executed, "
          f"{compared} outputs compared; {left_out} commands not executed: "
          "tests/doccommands.txt")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
