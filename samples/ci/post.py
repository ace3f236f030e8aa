#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a comment to the merge request that this pipeline is for, in place of
the one it has written before. Usage: post.py COMMENT.md; the variables are those
of GitLab CI and GITLAB_TOKEN, or of GitHub Actions and GITHUB_TOKEN."""

import json
import os
import re
import sys
import urllib.error
import urllib.request


def place(env):
    """Address of the comments, of one to be changed, method for it, headers."""
    if env.get("CI_MERGE_REQUEST_IID") and env.get("GITLAB_TOKEN"):
        url = (f"{env['CI_API_V4_URL']}/projects/{env['CI_PROJECT_ID']}"
               f"/merge_requests/{env['CI_MERGE_REQUEST_IID']}/notes")
        return url, url, "PUT", {"PRIVATE-TOKEN": env["GITLAB_TOKEN"]}
    pull = re.fullmatch(r"refs/pull/(\d+)/merge", env.get("GITHUB_REF", ""))
    if pull and env.get("GITHUB_TOKEN"):
        issues = f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/issues"
        return (f"{issues}/{pull[1]}/comments", f"{issues}/comments", "PATCH",
                {"Authorization": f"Bearer {env['GITHUB_TOKEN']}"})
    return None


def call(method, url, headers, content=None):
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(
        url, data, {"Content-Type": "application/json", **headers},
        method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def written_before(url, headers, mark):
    page = 1
    while found := call("GET", f"{url}?per_page=100&page={page}", headers):
        for comment in found:
            if comment["body"].startswith(mark):
                return comment["id"]
        page += 1
    return None


def main(path):
    where = place(os.environ)
    if where is None:
        print("no merge request, or no token: no comment")
        return 0
    listed, single, method, headers = where
    with open(path, encoding="utf-8") as file:
        body = file.read()
    try:
        known = written_before(listed, headers, body.split("\n", 1)[0])
        if known is None:
            call("POST", listed, headers, {"body": body})
        else:
            call(method, f"{single}/{known}", headers, {"body": body})
    except (urllib.error.URLError, ValueError) as error:
        print(f"{listed}: cannot write the comment ({error})", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
