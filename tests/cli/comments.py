# SPDX-License-Identifier: MIT
"""build-packages.sh post: one comment on a merge request, which a second run
replaces, as GitLab's and GitHub's interfaces want it. Usage: SCRIPT DIR"""

import http.server
import json
import os
import subprocess
import sys
import threading

comments, calls = [], []


class Server(http.server.BaseHTTPRequestHandler):
    def answer(self):
        size = int(self.headers.get("Content-Length", 0))
        content = json.loads(self.rfile.read(size)) if size else None
        path, _, query = self.path.partition("?")
        calls.append((self.command, path, self.headers.get("PRIVATE-TOKEN") or
                      self.headers.get("Authorization")))
        result = content
        if self.command == "GET":
            result = comments if query.endswith("page=1") else []
        elif self.command == "POST":
            comments.append({"id": 70 + len(comments), **content})
        else:
            comments[int(path.rsplit("/", 1)[1]) - 70].update(content)
        body = json.dumps(result).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = answer

    def log_message(self, *_):
        pass


def run(script, folder, settings, expected):
    comments[:] = [{"id": 70, "body": "by somebody"}]
    for method, path in expected:
        calls.clear()
        subprocess.run([script, "post", folder], check=True,
                       env={**os.environ, **settings})
        assert calls[-1][:2] == (method, path), calls
        assert calls[-1][2].endswith("secret"), calls
    assert len(comments) == 2 and comments[0]["body"] == "by somebody", comments
    with open(f"{folder}/comment.md", encoding="utf-8") as file:
        assert comments[1]["body"] == file.read()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
root = f"http://127.0.0.1:{server.server_port}"
notes = "/projects/5/merge_requests/8/notes"
run(*sys.argv[1:], {"CI_API_V4_URL": root, "CI_PROJECT_ID": "5",
                    "CI_MERGE_REQUEST_IID": "8", "GITLAB_TOKEN": "secret"},
    [("POST", notes), ("PUT", f"{notes}/71")])
issues = "/repos/a/b/issues"
run(*sys.argv[1:], {"GITHUB_API_URL": root, "GITHUB_REPOSITORY": "a/b",
                    "GITHUB_REF": "refs/pull/9/merge", "GITHUB_TOKEN": "secret"},
    [("POST", f"{issues}/9/comments"), ("PATCH", f"{issues}/comments/71")])
