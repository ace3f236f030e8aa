#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The operators' page in a browser, used as a person would.

Usage: test_page.py PLATFORM MKDFOTA PAIRS [FOLDER for pictures]
"""

import json
import os
import subprocess
import sys
import tempfile

from platformtest import PASSWORD, Platform, device_path
from webdriver import Browser

PROGRAM, MKDFOTA = sys.argv[1:3]
PAIRS = os.path.abspath(sys.argv[3])
PICTURES = sys.argv[4] if len(sys.argv) > 4 else tempfile.mkdtemp()
EVIL = "<img src=x onerror=alert(1)>"


def button(title):
    return f"//button[normalize-space()='{title}']"


def field(name, form=""):
    return f"{form}//*[@name='{name}']"


def main():
    folder = tempfile.mkdtemp()
    package = os.path.join(folder, "dfota.bin")
    subprocess.run(
        [MKDFOTA, "-q", os.path.join(PAIRS, "movehub-7.27.0.bin"),
         os.path.join(PAIRS, "movehub-7.28.0.bin"), "-o", package,
         "--from-version", "7.27.0", "--to-version", "7.28.0"], check=True)
    platform = Platform(PROGRAM, "--address-rate", "0")
    browser = Browser()
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
    browser.find(upload + "//p[contains(@class, 'message')]")
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
    browser.see("2 devices in the list")


def upload_image(browser):
    browser.click("//a[starts-with(normalize-space(), '←')]")
    form = "//form[.//button[normalize-space()='Upload an image']]"
    browser.fill(field("firmware_name", form), "HUB")
    browser.fill(field("version", form), "7.28.0")
    browser.choose_file(field("file", form),
                        os.path.join(PAIRS, "movehub-7.28.0.bin"))
    browser.click(form + "//button")
    browser.find("//td[.='7.28.0']/following-sibling::td[.='0']")
    browser.click("//td/a[.='7.28.0']")


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

    browser.run("document.querySelector('textarea[name=text]').value = ''")
    browser.run("document.activeElement.blur()")
    browser.click(button("Start"))
    browser.see("Pause")
    assert ask("866714040000001", "7.27.0") == 200
    assert ask("866714040000003", "7.27.0") == 404  # not in the list
    running = "//div[@class='facts']/div[span='running']/b[.='1']"
    browser.find(running)
    assert ask("866714040000001", "7.28.0") == 404  # it has upgraded
    browser.find("//div[@class='facts']/div[span='succeeded']/b[.='1']")
    assert ask("866714040000002", "7.27.0") == 200
    report = {"project_key": key, "imei": "866714040000002",
              "version": "7.27.0", "success": False, "phase": "selftest",
              "error": EVIL}
    platform.ask("POST", "/api/site/upgrade_result", json.dumps(report))
    browser.find("//div[@class='facts']/div[span='failed']/b[.='1']")
    picture(browser, "firmware")
    browser.click(button("Pause"))
    browser.see("by hand")
    browser.click(button("Resume"))
    browser.see("Pause")
    for _ in range(7):
        ask("866714040000002", "7.27.0")


def release(browser):
    browser.click("//a[starts-with(normalize-space(), '←')]")
    browser.click("//nav//a[.='Devices']")
    browser.see("upgrade forbidden")
    picture(browser, "devices")
    browser.fill(field("search"), "0000002")
    browser.click(button("Search"))
    browser.find("//tbody[count(tr)=1]")
    browser.click(button("Release"))
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
    browser.see("concluded from its next request")
    picture(browser, "overview")
    browser.click("//button[@id='language']")
    browser.see("概览")
    browser.see("由下次请求推断")
    picture(browser, "overview-zh")
    browser.size(390, 844)
    wide = browser.run("return document.documentElement.scrollWidth - "
                       "document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels too wide for a phone"
    picture(browser, "overview-phone")
    browser.size(1280, 900)
    browser.click("//button[@id='language']")
    browser.click("//a[.='Accounts']")
    browser.fill(field("name", "(//form)[2]"), "ci")
    browser.click("(//form)[2]//button")
    browser.see("The token; it is shown only now:")
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


def use(platform, browser, package, folder):
    key = first_start(platform, browser)
    change_settings(browser)
    set_up_firmware(browser, package, folder)
    upload_image(browser)
    watch(platform, browser, key)
    release(browser)
    look_around(browser)


main()
