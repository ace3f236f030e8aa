# SPDX-License-Identifier: MIT
"""The templates of samples/ci: YAML of the right shape, whose steps only call
build-packages.sh with arguments that it knows. Usage: pipelines.py FOLDER"""

import re
import sys

import yaml

# What a step may be: one call, or the copy that GitLab's pages want.
CALL = re.compile(r'"?(ci|\$GITHUB_ACTION_PATH/\.\.)/build-packages\.sh"? '
                  r"(build \S+ \S+|merge dfota( shard-[1-4]){4}|post \S+)"
                  r"( *\$\{\{ matrix\.shard \}\})?")
COPY = "cp -r dfota/public public"


def read(name):
    with open(f"{sys.argv[1]}/{name}", encoding="utf-8") as file:
        return file.read()


def check_call(name, line):
    line = line.replace("shard-${{ matrix.shard }}", "shard-K")
    assert CALL.fullmatch(line) or line == COPY, f"{name}: step {line}"
    return line


def check_steps(name, steps):
    calls = [check_call(name, step["run"]) for step in steps if "run" in step]
    for step in steps:
        assert ("run" in step) != ("uses" in step), f"{name}: {step}"
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"]), step
    return calls


def check_action():
    action = yaml.safe_load(read("github/action.yml"))
    assert action["runs"]["using"] == "composite"
    steps = action["runs"]["steps"]
    assert len(check_steps("action.yml", steps)) == 2
    assert all(step["shell"] == "sh" for step in steps)
    used = set(re.findall(r"inputs\.([\w-]+)", read("github/action.yml")))
    assert used == set(action["inputs"]), used ^ set(action["inputs"])
    known = set(re.findall(r"^#   ([A-Z_]+) ", read("build-packages.sh"), re.M))
    assert set(steps[0]["env"]) - {"LIST", "OUTPUT"} <= known


def check_github():
    jobs = yaml.safe_load(read("github/packages.yml"))["jobs"]
    build, merge = jobs["build"], jobs["merge"]
    assert build["strategy"]["matrix"]["shard"] == [1, 2, 3, 4]
    assert merge["needs"] == "build"
    assert len(check_steps("packages.yml", build["steps"])) == 1
    assert len(check_steps("packages.yml", merge["steps"])) == 2
    assert not check_steps("packages.yml", jobs["publish"]["steps"])
    assert merge["permissions"]["pull-requests"] == "write"


def check_gitlab():
    pipeline = yaml.safe_load(read("gitlab-ci.yml"))
    jobs = {name: job for name, job in pipeline.items()
            if isinstance(job, dict) and "script" in job}
    assert set(jobs) == {"packages", "merge", "pages"}, set(jobs)
    for name, job in jobs.items():
        assert job["stage"] in pipeline["stages"]
        assert set(job.get("needs", [])) <= set(jobs)
        for line in job["script"] + job.get("after_script", []):
            check_call(name, line)
    assert jobs["packages"]["parallel"] == 4
    assert jobs["packages"]["variables"]["SHARD"] == "auto"


def check_jenkins():
    text = read("Jenkinsfile")
    calls = re.findall(r"\bsh '([^']*)'", text)
    assert len(calls) == 2, calls
    for line in calls:
        check_call("Jenkinsfile", line)
    assert text.count("{") == text.count("}")


check_action()
check_github()
check_gitlab()
check_jenkins()
