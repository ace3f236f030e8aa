#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The operators' page in a browser, used as a person would.

Usage: test_page.py PLATFORM MKDFOTA PAIRS [FOLDER for pictures]
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from platformtest import PASSWORD, Person, Platform, device_path
from webdriver import Browser

PROGRAM, MKDFOTA = sys.argv[1:3]
PAIRS = os.path.abspath(sys.argv[3])
PICTURES = sys.argv[4] if len(sys.argv) > 4 else tempfile.mkdtemp()
EVIL = "<img src=x onerror=alert(1)>"
ZONE, AHEAD = "Asia/Shanghai", 8 * 3600
LONG = "PROJECT_Luat_RDA8910_TTS_NOVOLTE_FLOAT"


def button(title):
    return f"//button[normalize-space()='{title}']"


def field(name, form=""):
    return f"{form}//*[@name='{name}']"


def fact(name, value):
    return f"//div[@class='facts']/div[*[.='{name}']]/b[.='{value}']"


def main():
    folder = tempfile.mkdtemp()
    package = os.path.join(folder, "dfota.bin")
    subprocess.run(
        [MKDFOTA, "-q", os.path.join(PAIRS, "movehub-7.27.0.bin"),
         os.path.join(PAIRS, "movehub-7.28.0.bin"), "-o", package,
         "--from-version", "7.27.0", "--to-version", "7.28.0"], check=True)
    platform = Platform(PROGRAM, "--address-rate", "0")
    browser = Browser(zone=ZONE)
    try:
        try:
            use(platform, browser, package, folder)
        except (AssertionError, LookupError):
            picture(browser, "failed")
            raise
        errors = [entry for entry in browser.run("return window.faults")
                  or [] if entry]
        assert not errors, errors
    finally:
        browser.close()
        platform.stop()
    print("pictures:", PICTURES)


def picture(browser, name):
    browser.picture(os.path.join(PICTURES, name + ".png"))


def first_start(platform, browser):
    address = f"http://127.0.0.1:{platform.port}/"
    browser.open(address + "#setup=" + platform.setup_secret())
    browser.see("Make the first account")
    browser.run("window.faults = []; window.addEventListener('error', "
                "(e) => window.faults.push(e.message))")
    browser.fill(field("name"), "root")
    browser.fill(field("password"), PASSWORD)
    browser.click(button("Create"))
    browser.see("New project")
    browser.fill(field("name"), EVIL)
    browser.click(button("New project"))
    browser.see("Overview")
    browser.see(EVIL)  # as text
    return browser.run("return document.querySelector('main code').innerText")


def set_up_firmware(browser, package, folder):
    browser.click("//nav//a[.='Firmware']")
    browser.fill(field("firmware_name"), "HUB")
    browser.fill(field("version"), "7.28.0")
    browser.click(button("Create"))
    browser.see("HUB 7.28.0")
    with open(os.path.join(folder, "wrong.bin"), "wb") as file:
        file.write(b"no package")
    upload = "//form[.//button[normalize-space()=" \
        "'Upload a package (dfota.bin)']]"
    browser.choose_file(field("file", upload),
                        os.path.join(folder, "wrong.bin"))
    browser.click(upload + "//button")
    browser.see("no dfota package")
    browser.choose_file(field("file", upload), package)
    browser.click(upload + "//button")
    browser.see("ready")
    browser.fill(field("text"), "866714040000001\n12\n866714040000002")
    save = "//form[.//textarea]//button"
    browser.click(save)
    browser.see("line 2: 12: an IMEI has 14 to 17 digits")
    picture(browser, "list-fault")
    browser.fill(field("text"), "866714040000001\n866714040000002")
    browser.click(save)
    browser.see("2 in the list")


def upload_image(browser):
    browser.click("//a[starts-with(normalize-space(), '←')]")
    form = "//form[.//button[normalize-space()='Upload an image']]"
    browser.fill(field("firmware_name", form), "HUB")
    browser.fill(field("version", form), "7.28.0")
    browser.choose_file(field("file", form),
                        os.path.join(PAIRS, "movehub-7.28.0.bin"))
    browser.click(form + "//button")
    browser.find("//td[.='7.28.0']/following-sibling::td[.='0']")
    remove_image(browser, form)
    browser.click("//td/a[.='7.28.0']")


def remove_image(browser, form):
    """One that was uploaded under a wrong version."""
    browser.fill(field("firmware_name", form), " HUB ")
    browser.fill(field("version", form), "7.29.0")
    browser.choose_file(field("file", form),
                        os.path.join(PAIRS, "movehub-7.28.0.bin"))
    browser.click(form + "//button")
    row = "//tr[td[1]='HUB'][td[2]='7.29.0']"
    browser.click(row + button("Remove"))
    assert "HUB 7.29.0, part 0" in browser.dismiss()
    picture(browser, "images")
    browser.click(row + button("Remove"))
    browser.accept()
    browser.find("//main[not(.//td[.='7.29.0'])]")
    browser.find("//td[.='7.28.0']/following-sibling::td[.='0']")


def change_settings(browser):
    browser.click("//nav//a[.='Settings']")
    browser.fill(field("area_size"), "491520")
    browser.click(button("Save"))
    browser.see("Saved.")
    browser.click("//nav//a[.='Overview']")
    browser.see("Failures by reason")
    browser.click("//nav//a[.='Settings']")
    browser.find(field("area_size") + "[@value='491520']")


def watch(platform, browser, key):
    def ask(imei, version):
        return platform.ask("GET", device_path(key, imei, version)).status

    browser.click(button("Start"))
    assert "2 in the list" in browser.dismiss()
    browser.click(button("Start"))
    browser.accept()
    browser.find(button("Pause"))
    assert ask("866714040000001", "7.27.0") == 200
    assert ask("866714040000003", "7.27.0") == 404  # not in the list
    browser.find(fact("Running", 1))
    assert ask("866714040000001", "7.28.0") == 404  # it has upgraded
    browser.find(fact("Succeeded", 1))
    browser.see("1 of 2 devices in the list run it")
    assert ask("866714040000002", "7.27.0") == 200
    report = {"project_key": key, "imei": "866714040000002",
              "version": "7.27.0", "success": False, "phase": "selftest",
              "error": EVIL}
    platform.ask("POST", "/api/site/upgrade_result", json.dumps(report))
    browser.find(fact("Failed", 1))
    picture(browser, "firmware")
    browser.click(button("Pause"))
    browser.see("by hand")
    browser.click(button("Resume"))
    browser.find(button("Pause"))
    for _ in range(7):
        ask("866714040000002", "7.27.0")


def release(browser):
    browser.click("//a[starts-with(normalize-space(), '←')]")
    browser.click("//nav//a[.='Devices']")
    browser.see("upgrade forbidden")
    browser.see("asked too often from one version")
    picture(browser, "devices")
    browser.click("//td/a[.='866714040000002']")
    browser.see("It asked 6 times from version 7.27.0 within 1 h")
    browser.click("//a[starts-with(normalize-space(), '←')]")
    browser.fill(field("search"), "0000002")
    browser.click(button("Search"))
    browser.find("//tbody[count(tr)=1]")
    browser.click(button("Release"))
    browser.see("866714040000002 may ask again.")
    browser.find("//tbody[not(.//button)]")
    assert "upgrade forbidden" not in browser.text()
    browser.click("//td/a[.='866714040000002']")
    browser.see("40 forbidden: asked too often")
    picture(browser, "device")


def look_around(browser):
    browser.click("//a[starts-with(normalize-space(), '←')]")
    browser.click("//nav//a[.='Upgrades']")
    browser.see("selftest")
    browser.see(EVIL)
    browser.click("//nav//a[.='Overview']")
    browser.find(fact("Succeeded, concluded", 1))
    picture(browser, "overview")
    browser.click("//button[@id='language']")
    browser.see("概览")
    browser.see("成功（推断）")
    browser.see("UTC+08:00")
    picture(browser, "overview-zh")
    browser.click("//button[@id='language']")
    browser.click("//a[.='Audit']")
    browser.see("release device")
    browser.click(button("Log out"))
    browser.see("Password")
    browser.fill(field("name"), "root")
    browser.fill(field("password"), "wrong password")
    browser.click(button("Log in"))
    browser.see("name and password do not go together")
    browser.fill(field("password"), PASSWORD)
    browser.click(button("Log in"))
    browser.see("New project")


def go(browser, address):
    browser.run("location.hash = arguments[0]", address)


def accounts(browser):
    browser.click("//a[.='Accounts']")
    new = "//form[.//button[.='Create']]"
    browser.fill(field("name", new), "ci")
    browser.fill(field("password", new), PASSWORD)
    browser.click(new + "//button")
    row = "//tr[td[1]='ci']"
    browser.find(row + "[td[2]='viewer']")
    change = "//form[.//button[.='Change']]"
    browser.choose(field("id", change), "ci")
    browser.choose(field("role", change), "operator")
    browser.click(change + "//button")
    browser.find(row + "[td[2]='operator']")
    browser.click(row + "//button")
    assert browser.accept().startswith("Lock ci out?")
    browser.find(row + "[td[3]='locked']//button[.='Unlock']")
    assert not browser.all("//tr[td[1]='root']//button")  # not oneself
    token = "//form[.//button[.='Create a token']]"
    browser.fill(field("name", token), "pipeline")
    browser.click(token + "//button")
    browser.see("The token; it is shown only now:")
    browser.click("//button[@id='language']")
    browser.see("创建令牌")
    browser.see("The token; it is shown only now:")
    browser.click("//button[@id='language']")
    browser.click("//tr[td[1]='pipeline']//button")
    browser.accept()
    browser.find("//main[not(.//td[.='pipeline'])]")
    browser.click("//header//a[@href='#/password']")
    browser.fill(field("old"), "not this one")
    browser.fill(field("password"), PASSWORD)
    browser.click("//main" + button("Change"))
    browser.see("the old password is wrong")
    browser.fill(field("old"), PASSWORD)
    browser.fill(field("password"), PASSWORD)
    browser.click("//main" + button("Change"))
    browser.see("Saved.")
    browser.click("//a[.='Accounts']")


def fill_project(platform, root):
    """Devices for more than a page, three of them forbidden."""
    one = root.do("POST", "/projects", {"name": "Lights"})
    for i in range(105):
        path = device_path(one["project_key"], 866714050000000 + i, "1.0.0",
                           LONG)
        for _ in range(6 if i < 3 else 1):
            platform.ask("GET", path)
    root.do("PUT", f"/projects/{one['id']}/images?firmware_name={LONG}"
            "&version=1.0.0", "old")
    firmware = root.do("POST", f"/projects/{one['id']}/firmware",
                       {"firmware_name": LONG, "version": "1.1.0"})
    return one, firmware["id"]


def long_lists(browser, project):
    go(browser, f"#/project/{project['id']}/devices")
    browser.see("100 are shown, there are more.")
    browser.click("//a[.='Next page']")
    browser.find("//tbody[count(tr)=5]")
    browser.see("This is the last page.")
    export = browser.run("return document.querySelector("
                         "'a[href*=csv]').getAttribute('href')")
    assert "after" not in export, export  # all, not the page
    visit(browser, f"#/project/{project['id']}/devices?search=8667140500000")
    browser.find("//tbody[count(tr)=100]")
    assert "there are more" not in browser.text()
    go(browser, f"#/project/{project['id']}/devices?forbidden=1")
    browser.find("//tbody[count(tr)=3]")
    browser.click(button("Release all that are shown"))
    assert browser.accept() == "Release these devices: 3?"
    browser.see("Nothing matches.")
    go(browser, "#/projects")
    find = "//form[.//button[.='Find']]"
    browser.fill(field("identity", find), "866714050000999")
    browser.click(find + "//button")
    browser.see("it has never asked")
    browser.fill(field("identity", find), "866714050000104")
    browser.click(find + "//button")
    browser.find("//h1[.='866714050000104']")


def schedule(browser, root, firmware):
    def settings():
        return root.get(f"/firmware/{firmware}")

    go(browser, f"#/firmware/{firmware}")
    browser.see("Nobody gets it yet")
    form = "//form[.//*[@name='percent']]"
    browser.put(field("day_from", form), "22:00")
    browser.click(form + "//button")
    browser.see("Daily hours need a beginning and another end")
    browser.put(field("day_to", form), "06:30")
    browser.put(field("starts_at", form), "2030-01-02T03:04")
    browser.fill(field("hourly_rate", form), "500")
    browser.fill(field("fail_percent", form), "5")
    browser.click(field("is_held", form))
    browser.click(form + "//button")
    browser.see("Saved.")
    one = settings()
    assert (one["day_from"] + AHEAD) % 86400 == 22 * 3600, one
    assert (one["day_to"] + AHEAD) % 86400 == 6 * 3600 + 1800, one
    assert one["starts_at"] + AHEAD == 1893553440, one
    assert (one["hourly_rate"], one["fail_percent"], one["is_held"]) == \
        (500, 5, True), one
    browser.see("Saved.")
    browser.find(form + "[not(.//p[contains(@class, 'good')])]")
    go(browser, "#/projects")
    browser.see("New project")
    go(browser, f"#/firmware/{firmware}")
    browser.find(field("day_to", form) + "[@value='06:30']")
    browser.find(field("starts_at", form) + "[@value='2030-01-02T03:04']")
    browser.click(field("is_whole", form))
    browser.click(form + "//button")
    assert browser.accept() == "Let every device of the project upgrade?"
    browser.see("0 of 105 devices with this firmware name run this version")
    csv_list(browser, root, firmware)


def csv_list(browser, root, firmware):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("imei,place\n866714050000001,north\nx y,south\n")
        file.flush()
        form = "//form[.//textarea]"
        browser.choose_file(field("file", form), file.name)
        browser.click("//button[@id='language']")
        browser.see("该固件的设备列表")
        browser.click(form + "//button")  # the file is still chosen
        browser.see("第 3 行： x y: 只能包含字母和数字")
        browser.see("部分行不是有效的设备标识，未作任何修改")
    browser.click("//button[@id='language']")
    browser.see("Devices of this firmware")
    visit(browser, "#/projects")
    go(browser, f"#/firmware/{firmware}")
    browser.fill(field("text", form), "866714050000001\n866714050009999")
    browser.click(form + "//button")
    browser.see("In the list: 2; new: 2.")
    browser.see("has never asked")
    browser.fill(field("text", form), "866714050000002")
    browser.click(form + "//button")
    assert browser.dismiss() == "Replace the list? Devices in it now: 2."
    time.sleep(4)  # it is not lost by that
    assert browser.run("return document.querySelector("
                       "'textarea').value") == "866714050000002"
    assert root.get(f"/firmware/{firmware}")["targets"] == 2


def renewal(platform, browser, root, project, firmware):
    """What happens is seen without a touch, and takes nothing away."""
    go(browser, "#/projects")
    browser.see("New project")
    go(browser, f"#/firmware/{firmware}")
    browser.fill(field("text"), "half an IM")
    browser.click("//h1")
    browser.run("document.querySelector('button.danger').focus();"
                "scrollTo(0, 120)")
    root.do("PATCH", f"/firmware/{firmware}", {"state": "running"})
    browser.find(button("Pause"))
    root.do("PUT", f"/firmware/{firmware}/targets", "866714050000001")
    browser.find("//main[not(.//td[.='866714050009999'])]")
    assert browser.run("return document.querySelector("
                       "'textarea').value") == "half an IM"
    assert browser.run("return scrollY") == 120
    go(browser, f"#/project/{project['id']}/devices?search=866714050000007")
    browser.find("//tbody[count(tr)=1]")
    browser.run("document.querySelector('td a').focus()")
    seen = browser.run("return document.querySelector('main').innerText")
    time.sleep(4)
    assert browser.run("return document.activeElement.innerText") == \
        "866714050000007", seen
    platform.ask("GET", device_path(project["project_key"], 866714050000007,
                                    "1.0.1", LONG))
    browser.find("//td[.='1.0.1']")
    browser.offline(True)
    browser.see("The platform cannot be reached.")
    browser.find("//td[.='1.0.1']")
    browser.offline(False)
    browser.find("//div[@id='notice'][not(*)]")


def views(project, firmware, device):
    tabs = ["overview", "firmware", "devices", "log", "settings"]
    return [f"#/project/{project}/{tab}" for tab in tabs] + [
        "#/projects", f"#/firmware/{firmware}", f"#/device/{device}",
        "#/users", "#/audit", f"#/project/{project}/devices?forbidden=1"]


def visit(browser, address):
    """Go there, and wait until it is there."""
    go(browser, address)
    for _ in range(100):
        if browser.run("return state.shown === location.hash"):
            return
        time.sleep(0.05)
    raise AssertionError("not shown: " + address)


UNNAMED = """
return [...document.querySelectorAll("input,select,textarea,button,a,progress")]
  .filter((one) => !one.hidden && !(one.labels && one.labels.length &&
    one.labels[0].innerText.trim()) && !one.innerText.trim() &&
    !one.getAttribute("aria-label")).map((one) => one.outerHTML)"""


def everywhere(browser, addresses):
    """No view is wider than a phone, or has what a reader cannot name."""
    browser.phone()
    for language in ("en", "zh"):
        for address in addresses:
            visit(browser, address)
            wide = browser.run("return document.documentElement.scrollWidth - "
                               "document.documentElement.clientWidth")
            assert wide <= 0, f"{address}: {wide} pixels too wide for a phone"
            assert browser.run("return innerWidth") == 390
            unnamed = browser.run(UNNAMED)
            assert not unnamed, (address, unnamed)
            text = browser.text()
            assert "[object" not in text and "undefined" not in text, text
        picture(browser, "phone-" + language)
        browser.click("//button[@id='language']")
    browser.desktop()


def sentences():
    """What the platform says to operators, with something for its values."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    text = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
    for name in ["fleet/packagecheck.c", "http/call.c", "http/jsonfields.c",
                 "http/server.c", "http/settings.c", *(
                     "api/" + one for one in os.listdir(source + "/api"))]:
        with open(os.path.join(source, name), encoding="utf-8") as file:
            code = file.read()
        for found in re.finditer(r"(?:call_answer_error|refuse|add_fault)"
                                 r'\([^";]*?' + text + r"|\{\d{3}, " + text,
                                 code):
            one = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"',
                                     found.group(1) or found.group(2)))
            one = re.sub(r"%[.\d]*s", "x", one.replace("\\", ""))
            if one != "x":
                yield re.sub(r"%(zu|ll?[ud]|[ud])", "1", one)
    with open(os.path.join(source, "fleet/targetlist.c"),
              encoding="utf-8") as file:
        yield from re.findall(r'"(\w+ \w+ [^"\\]*)"', file.read())


def in_chinese(browser, root):
    said = [*sentences(), *(row["action"] for row in
                            root.get("/audit?limit=1000")["rows"])]
    assert len(said) > 50, said
    unknown = browser.run(
        "return arguments[0].filter((text) => !SENTENCES.some(([pattern]) => "
        "pattern.test(text)))", said)
    assert not unknown, unknown


def log_in(browser, name):
    browser.click(button("Log out"))
    browser.find(field("password"))
    browser.fill(field("name"), name)
    browser.fill(field("password"), PASSWORD)
    browser.click(button("Log in"))
    browser.find(f"//header//span[starts-with(., '{name}')]")


def as_viewer(browser, root, addresses):
    """There is nothing to press that would be refused."""
    root.do("POST", "/users", {"name": "viola", "password": PASSWORD,
                               "role": "viewer"})
    log_in(browser, "viola")
    for address in addresses:
        if address in ("#/users", "#/audit"):
            continue
        visit(browser, address)
        shown = browser.run("return [...document.querySelectorAll('main "
                            "button')].map((one) => one.innerText)")
        assert set(shown) <= {"Search", "Find"}, (address, shown)
        wrong = re.search("[Uu]pload |draft again|list devices|release it",
                          browser.text())
        assert not wrong, (address, wrong)
    go(browser, "#/users")
    browser.see("you may not do this")
    log_in(browser, "root")


def fail_and_retry(platform, browser, root):
    """A package that is too large, until the project says otherwise; the
    project."""
    one = root.do("POST", "/projects", {"name": "Meters"})
    root.do("PATCH", f"/projects/{one['id']}", {"area_size": 100})
    for version in ("1.0.0", "1.1.0"):
        root.do("PUT", f"/projects/{one['id']}/images?firmware_name=M"
                f"&version={version}", os.urandom(5000))
    firmware = root.do("POST", f"/projects/{one['id']}/firmware",
                       {"firmware_name": "M", "version": "1.1.0",
                        "is_whole": True})["id"]
    root.do("PATCH", f"/firmware/{firmware}", {"state": "running"})
    path = device_path(one["project_key"], 866714060000001, "1.0.0", "M")
    platform.ask("GET", path)
    go(browser, f"#/firmware/{firmware}")
    browser.see("it is larger than the area that modules have for it")
    picture(browser, "package-failed")
    browser.click(button("Try again"))
    browser.see("To be made again: 1.")
    browser.find(button("Try again"))
    root.do("PATCH", f"/projects/{one['id']}", {"area_size": 100000})
    browser.find("//td[.='1.0.0']/following-sibling::td[.='ready']")
    assert platform.ask("GET", path).status == 200
    pause_by_itself(platform, browser, root, firmware, json.dumps({
        "project_key": one["project_key"], "imei": "866714060000001",
        "version": "1.0.0", "success": False, "phase": "boot"}))
    assert platform.ask("GET", path).status == 200
    return one["id"]


def pause_by_itself(platform, browser, root, firmware, report):
    limits = {"fail_percent": 5, "fail_least": 1}
    root.do("PATCH", f"/firmware/{firmware}", limits)
    platform.ask("POST", "/api/site/upgrade_result", report)
    browser.see("it pauses again when they exceed 5 %.")
    root.do("PATCH", f"/firmware/{firmware}", {"fail_percent": None})
    browser.see("the limit was taken away")
    browser.click(button("Resume"))
    browser.find(button("Pause"))


def abort_and_reopen(browser):
    browser.find(fact("Running", 1))
    browser.click(button("Abort"))
    browser.accept()
    browser.see("Aborted. Create a higher version")
    browser.find(fact("Failed", 2))
    browser.click(button("Make it a draft again"))
    browser.find(button("Start"))
    browser.find(field("percent"))


def search_in_chinese(browser, project):
    """What the page shows in Chinese is found by that."""
    visit(browser, f"#/project/{project}/overview")
    browser.click("//button[@id='language']")
    browser.find("//tr[td[1]='下载']/td/a[.='升级已中止']")
    browser.click("//td/a[.='升级已中止']")
    browser.find(field("search") + "[@value='升级已中止']")
    browser.find(field("phase") + "/option[@value='download'][@selected]")
    browser.find("//tbody[count(tr)=1][contains(., '866714060000001')]")
    picture(browser, "log-zh")
    browser.fill(field("search"), "已中")
    browser.click(button("搜索"))
    browser.find(field("search") + "[@value='已中']")
    browser.find("//tbody[count(tr)=1]")
    browser.choose(field("phase"), "自检")
    browser.click(button("搜索"))
    browser.see("没有匹配的记录")
    browser.click("//button[@id='language']")


def move(browser, device):
    """Its history goes with it."""
    go(browser, f"#/device/{device}")
    browser.choose(field("project_id"), "Lights")
    browser.click(button("Move to this project"))
    assert browser.accept().startswith("Move 866714040000002 to another")
    browser.find("//option[.='" + EVIL + "']")
    browser.find("//td[.='selftest']/following-sibling::td[.='" + EVIL + "']")
    picture(browser, "moved")
    browser.click("//a[starts-with(normalize-space(), '←')]")
    browser.find("//h1[.='Lights']")


def approval(browser, root):
    """Two people: who has changed a roll-out last does not start it."""
    root.do("POST", "/users", {"name": "olga", "password": PASSWORD,
                               "role": "operator"})
    project = root.do("POST", "/projects", {"name": "Careful"})["id"]
    root.do("PATCH", f"/projects/{project}", {"needs_approval": True})
    firmware = root.do("POST", f"/projects/{project}/firmware",
                       {"firmware_name": "C", "version": "2.0.0"})["id"]
    go(browser, f"#/firmware/{firmware}")
    browser.see("Changed last by root: another user must start it.")
    assert not browser.all(button("Start"))
    log_in(browser, "olga")
    go(browser, f"#/firmware/{firmware}")
    browser.click(button("Start"))
    browser.accept()
    browser.see("The project needs approval. To change this roll-out")
    browser.find("//main[not(.//form)]")
    picture(browser, "approved")
    browser.click(button("Pause"))
    browser.click(button("Resume"))
    browser.click(button("Pause"))
    browser.click(button("Make it a draft again"))
    browser.fill(field("percent"), "10")
    browser.click("//form[.//*[@name='percent']]//button")
    browser.see("Changed last by olga: another user must start it.")
    assert not browser.all(button("Start"))
    log_in(browser, "root")
    go(browser, f"#/firmware/{firmware}")
    browser.click(button("Start"))
    browser.accept()
    browser.find(button("Pause"))


def use(platform, browser, package, folder):
    key = first_start(platform, browser)
    change_settings(browser)
    set_up_firmware(browser, package, folder)
    upload_image(browser)
    watch(platform, browser, key)
    release(browser)
    look_around(browser)
    accounts(browser)
    root = Person(platform, "root")
    project, firmware = fill_project(platform, root)
    long_lists(browser, project)
    schedule(browser, root, firmware)
    found = root.get("/devices?identity=866714040000002")["rows"]
    addresses = views(project["id"], firmware, found[0]["id"])
    everywhere(browser, addresses)
    in_chinese(browser, root)
    as_viewer(browser, root, addresses)
    renewal(platform, browser, root, project, firmware)
    meters = fail_and_retry(platform, browser, root)
    abort_and_reopen(browser)
    search_in_chinese(browser, meters)
    move(browser, found[0]["id"])
    approval(browser, root)


main()
