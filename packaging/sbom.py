#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what a build is made of as SPDX 2.3.

Usage: sbom.py FACTS OUT
FACTS are the lines that CMake writes: "version V", "static ON|OFF", and one
"library FILE" for each library. The versions of these are dpkg's; what it does
not know is NOASSERTION, as SPDX calls it.
"""
import datetime
import hashlib
import json
import os
import subprocess
import sys

LICENCES = {
    "bearssl": "MIT", "bzip2": "bzip2-1.0.6", "cjson": "MIT",
    "libcurl": "curl", "libdivsufsort": "MIT", "libzip": "BSD-3-Clause",
    "zlib": "Zlib",
    "libelf": "LGPL-3.0-or-later OR GPL-2.0-or-later",
    "xxhash": "BSD-2-Clause",
}
NONE = "NOASSERTION"


def dpkg(path):
    """(source package, version, supplier) of a file."""
    real = os.path.realpath(path)
    for name in (path, real, real.removeprefix("/usr")):
        owner = subprocess.run(["dpkg-query", "-S", name], check=False,
                               capture_output=True, text=True)
        if owner.returncode == 0:
            package = owner.stdout.split(": ")[0].split(",")[0]
            shown = subprocess.run(
                ["dpkg-query", "-W", "-f",
                 "${source:Package}\t${source:Version}", package],
                check=True, capture_output=True, text=True).stdout
            return *shown.split("\t"), "Organization: Debian"
    return None, NONE, NONE


def library(name, path):
    source, version, supplier = dpkg(path)
    package = {
        "SPDXID": "SPDXRef-" + name, "name": name, "versionInfo": version,
        "supplier": supplier, "downloadLocation": NONE, "filesAnalyzed": False,
        "licenseConcluded": NONE, "licenseDeclared": LICENCES[name],
        "copyrightText": NONE,
    }
    if source:
        package["externalRefs"] = [{
            "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
            "referenceLocator": f"pkg:deb/debian/{source}@{version}?arch=source",
        }]
    return package


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind,
            "relatedSpdxElement": other}


def document(facts):
    version = facts.pop("version")
    is_static = facts.pop("static") == "ON"
    own = {
        "SPDXID": "SPDXRef-dfota", "name": "dfota", "versionInfo": version,
        "supplier": "Organization: the dfota authors", "downloadLocation": NONE,
        "filesAnalyzed": False, "licenseConcluded": "MIT",
        "licenseDeclared": "MIT", "copyrightText": "the dfota authors",
        "primaryPackagePurpose": "APPLICATION",
    }
    packages = [own] + [library(*fact) for fact in sorted(facts.items())]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])]
    for package in packages[1:]:
        # xxHash is a header: part of what was compiled.
        kind = "STATIC_LINK" if is_static or package["name"] == "xxhash" \
            else "DYNAMIC_LINK"
        relations.append(relation(own["SPDXID"], kind, package["SPDXID"]))
    created = datetime.datetime.fromtimestamp(
        int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    content = json.dumps([packages, relations]).encode()
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT", "name": f"dfota-{version}",
        "documentNamespace": f"urn:dfota:{version}:"
                             f"{hashlib.sha256(content).hexdigest()}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: dfota-sbom-{version}"],
        },
        "packages": packages, "relationships": relations,
    }


def main():
    facts_path, out_path = sys.argv[1:]
    with open(facts_path, encoding="utf-8") as file:
        facts = dict(line.split(maxsplit=1) for line in file.read().splitlines()
                     if " " in line)
    with open(out_path, "w", encoding="utf-8") as file:
        json.dump(document(facts), file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
