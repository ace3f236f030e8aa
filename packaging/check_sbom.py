#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Is this SPDX 2.3, and is it about this mkdfota?

Usage: check_sbom.py SBOM MKDFOTA
"""
import json
import re
import subprocess
import sys

DOCUMENT = ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace",
            "creationInfo", "packages", "relationships")
PACKAGE = ("SPDXID", "name", "versionInfo", "downloadLocation", "filesAnalyzed",
           "licenseConcluded", "licenseDeclared", "copyrightText")
LIBRARIES = {"bearssl", "bzip2", "cjson", "libcurl", "libdivsufsort", "libelf",
             "libzip", "xxhash", "zlib"}


def wrongs(sbom, shown):
    """What is wrong, one sentence each."""
    for name in DOCUMENT:
        if name not in sbom:
            yield f"no {name}"
            return
    if (sbom["spdxVersion"], sbom["dataLicense"]) != ("SPDX-2.3", "CC0-1.0"):
        yield "not SPDX 2.3 under CC0-1.0"
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        sbom["creationInfo"]["created"]):
        yield f"created {sbom['creationInfo']['created']}"
    ids = [sbom["SPDXID"]]
    for package in sbom["packages"]:
        ids.append(package.get("SPDXID", ""))
        yield from (f"{package.get('name')}: no {name}" for name in PACKAGE
                    if name not in package)
    if len(set(ids)) != len(ids):
        yield "an SPDXID twice"
    yield from (f"{one}: no SPDXID" for one in ids
                if not re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one))
    related = set()
    for relation in sbom["relationships"]:
        for name in ("spdxElementId", "relatedSpdxElement"):
            related.add(relation[name])
            if relation[name] not in ids:
                yield f"{relation[name]} is related, but not there"
    yield from (f"{one} is related to nothing" for one in ids
                if one not in related)

    versions = {one["name"]: one["versionInfo"] for one in sbom["packages"]}
    if set(versions) != LIBRARIES | {"dfota"}:
        yield f"packages {sorted(versions)}"
        return
    if not shown.startswith(f"mkdfota {versions['dfota']}, "):
        yield f"version {versions['dfota']}, but: {shown.splitlines()[0]}"
    said = dict(re.findall(r"(\w+) ([0-9.]+)", shown.splitlines()[1].lower()))
    yield from (f"{name} {versions[name]}, but mkdfota says {said[name]}"
                for name in LIBRARIES & set(said)
                if said[name] not in versions[name])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        sbom = json.load(file)
    shown = subprocess.run([sys.argv[2], "--version"], check=True,
                           capture_output=True, text=True).stdout
    found = list(wrongs(sbom, shown))
    # Each of these has to be noticed, else the check is none.
    for name in DOCUMENT:
        if not list(wrongs({k: v for k, v in sbom.items() if k != name}, shown)):
            found.append(f"would not miss {name}")
    for package in sbom["packages"]:
        others = [one for one in sbom["packages"] if one is not package]
        if not list(wrongs({**sbom, "packages": others}, shown)):
            found.append(f"would not miss {package['name']}")
    print("\n".join(found) or f"{len(sbom['packages'])} packages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
