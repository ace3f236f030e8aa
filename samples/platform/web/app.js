// SPDX-License-Identifier: MIT
// The operators' page over /api/v1. Everything is put on the page as text nodes:
// nothing that a device or an operator has sent is ever read as HTML.
"use strict";

const ROWS = 100; // on a page of a long list
const ROWS_MOST = 1000; // of a list without pages
const RENEW_MS = 3000;
const DAY = 86400;

// --- Small things -----------------------------------------------------------

const state = {
  language: firstLanguage(), // 0 English, 1 Chinese: places in TEXTS
  me: null,
  timer: 0,
  turn: 0, // of showing pages: an answer for an earlier one is thrown away
  shown: null, // the address of the page that is there
  isOffline: false,
};

function firstLanguage() {
  const wanted = localStorage.getItem("language") || navigator.language;
  return wanted.startsWith("zh") ? 1 : 0;
}

// A text of the page; %1, %2 ... are the values.
function t(key, ...values) {
  const text = Object.hasOwn(TEXTS, key) ? TEXTS[key][state.language]
    : String(key);
  return text.replace(/%(\d)/g, (_, digit) => values[digit - 1]);
}

// The same where it begins a line or heads a column.
function title(key) {
  const text = t(key);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// What the platform says; devices' own words stay as they are.
function say(text, sentences = SENTENCES) {
  const known = state.language === 1 && sentences.find(([pattern]) =>
    pattern.test(text));
  return known ? known[0].exec(text).slice(1).reduce((all, part, i) =>
    all.replace(`%${i + 1}`, () => t(part || "")), known[1]) : text;
}

const sayReason = (row) => say(row.reason || "", REASONS);

// What is searched for in reasons: they are kept in English, and read in
// Chinese. When it is in several, what these have in common.
function unsay(text) {
  const isWhole = ([, chinese]) => new RegExp(`^${chinese.replace(/[^%\w]/g,
    "\\$&").replace(/%\d/g, ".*")}$`).test(text);
  const isPart = ([, chinese]) => chinese.split(/%\d/).some((part) =>
    part.includes(text));
  const whole = REASONS.filter(isWhole);
  const said = whole.length > 0 ? whole
    : /\p{Script=Han}/u.test(text) ? REASONS.filter(isPart) : [];
  return said.length > 0 ? commonPart(said.map(([pattern]) =>
    literalPart(pattern))) : text;
}

// The longest of a pattern without its groups.
function literalPart(pattern) {
  const parts = pattern.source.replace(/^\^|\$$/g, "").split(
    /\((?:[^()\\]|\\.)*\)/).map((part) => part.replace(/\\/g, ""));
  return parts.reduce((longest, part) =>
    part.length > longest.length ? part : longest);
}

// The longest that is in all of the texts.
function commonPart([first, ...others]) {
  for (let size = first.length; size > 0; size--) {
    for (let at = 0; at + size <= first.length; at++) {
      const part = first.slice(at, at + size);
      if (others.every((other) => other.includes(part))) {
        return part;
      }
    }
  }
  return "";
}

// What modules name; what they name otherwise stays as it is.
function phaseText(phase) {
  return phase && Object.hasOwn(TEXTS, "phase_" + phase) ? t("phase_" + phase)
    : phase || "";
}

function el(tag, attributes, ...children) {
  const node = ["svg", "rect", "line", "text", "title"].includes(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith("on")) {
      node.addEventListener(name.slice(2), value);
    } else if (value === true) {
      node.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      node.setAttribute(name, value);
    }
  }
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined) {
      node.append(child instanceof Node ? child : String(child));
    }
  }
  return node;
}

function number(value) {
  return value === null || value === undefined ? "" : value.toLocaleString("en");
}

function can(role) {
  const order = ["none", "viewer", "operator", "admin"];
  return state.me && order.indexOf(state.me.role) >= order.indexOf(role);
}

// What is to be done, or for those who may not do it what is the matter only.
const advise = (may, key) => t(may ? key : key + "_only");

// --- Times: of this browser's zone, which the foot of the page names --------

function stamp(seconds) { // Swedes write 2026-01-31 13:05:00
  return new Date(seconds * 1000).toLocaleString("sv-SE");
}

function time(seconds) {
  if (!seconds) {
    return "";
  }
  const utc = new Date(seconds * 1000).toISOString();
  return el("time", { datetime: utc, title: utc }, stamp(seconds));
}

function zone() {
  const minutes = -new Date().getTimezoneOffset();
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  return `UTC${minutes < 0 ? "−" : "+"}${two(Math.abs(minutes) / 60)}:` +
    two(Math.abs(minutes) % 60);
}

function duration(seconds) {
  return seconds % 3600 === 0 ? t("hours", seconds / 3600)
    : t("seconds", seconds);
}

// For an input of datetime-local, and back.
const toMoment = (seconds) => seconds === null ? ""
  : stamp(seconds).replace(" ", "T").slice(0, 16);
const fromMoment = (text) => text === "" ? null
  : Math.floor(new Date(text).getTime() / 1000);

// For an input of a time of day: the platform keeps seconds of the UTC day.
function toClock(seconds) {
  if (seconds === null) {
    return "";
  }
  const here = seconds - new Date().getTimezoneOffset() * 60;
  return new Date(((here % DAY) + DAY) % DAY * 1000).toISOString().slice(11, 16);
}

function fromClock(text) {
  if (text === "") {
    return null;
  }
  const [hours, minutes] = text.split(":").map(Number);
  const utc = (hours * 60 + minutes + new Date().getTimezoneOffset()) * 60;
  return ((utc % DAY) + DAY) % DAY;
}

// --- The API ----------------------------------------------------------------

class Refused extends Error {
  constructor(status, answer) {
    super((answer && answer.error) || t("offline"));
    this.status = status;
    this.answer = answer;
  }
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch (error) {
    return { error: text.slice(0, 200) }; // of a proxy
  }
}

function refuse(status, answer) {
  if (status === 401 && state.me) {
    state.me = null;
    show();
  }
  return new Refused(status, answer);
}

async function api(method, path, body) {
  const headers = {};
  if (state.me) {
    headers["X-CSRF-Token"] = state.me.csrf;
  }
  let response;
  try {
    response = await fetch("api/v1/" + path, { method, headers, body });
  } catch (error) {
    throw new Refused(0, null);
  }
  const answer = parse(await response.text());
  if (!response.ok) {
    throw refuse(response.status, answer);
  }
  return answer;
}

const get = (path) => api("GET", path);
const send = (method, path, object) =>
  api(method, path, JSON.stringify(object));

// With progress, which fetch does not tell.
function upload(path, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", "api/v1/" + path);
    request.setRequestHeader("X-CSRF-Token", state.me.csrf);
    request.upload.onprogress = (event) => {
      progress.max = event.total;
      progress.value = event.loaded;
    };
    request.onerror = () => reject(new Refused(0, null));
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status < 300) {
        resolve(answer);
      } else {
        reject(refuse(request.status, answer));
      }
    };
    request.send(file);
  });
}

// --- Messages ---------------------------------------------------------------

function message(text, kind) {
  return el("p", { class: `message ${kind || ""}`.trim(),
    role: kind ? "status" : "alert" }, text);
}

function explain(error) {
  const lines = (error.answer && error.answer.lines) || [];
  return [say(error.message), ...lines.map((one) =>
    `${t("line", one.line)} ${one.text}: ${say(one.error)}`),
  error.answer && error.answer.faults > lines.length
    ? t("faults_shown", error.answer.faults, lines.length) : ""].join("\n").trim();
}

// At the foot of the window, where it is seen however long the page is.
function notify(text, kind) {
  const node = message([el("span", {}, text), el("button", { type: "button",
    "aria-label": t("close"), onclick: () => node.remove() }, "×")], kind);
  document.getElementById("notice").replaceChildren(node);
  if (kind) {
    setTimeout(() => node.remove(), 8000);
  }
}

// --- Parts of pages ---------------------------------------------------------

// columns: [title key, cell of a row, is a number]
function table(rows, columns, empty) {
  if (rows.length === 0) {
    return el("p", { class: "dim" }, empty || t("nothing"));
  }
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map(([key, , numeric]) =>
      el("th", { class: numeric ? "number" : null, scope: "col" },
        title(key))))),
    el("tbody", {}, rows.map((row) => el("tr", {},
      columns.map(([key, cell, numeric]) =>
        el("td", { class: numeric ? "number" : null, "data-title": title(key) },
          cell(row))))))));
}

// Lists that end at a limit say so.
function cut(rows, most) {
  return rows.length < most ? null
    : el("p", { class: "dim" }, t("first_shown", number(most)));
}

// A page of a long list. One row more is asked for, which tells of others.
async function getPage(path, query) {
  const wanted = new URLSearchParams(query);
  wanted.set("limit", ROWS + 1);
  const { rows } = await get(`${path}?${wanted}`);
  return { rows: rows.slice(0, ROWS), isMore: rows.length > ROWS };
}

// Long lists go on from the last row: "after" or "before" its id.
function pager(path, query, { rows, isMore }, name) {
  const link = (id, text) => {
    const wanted = new URLSearchParams(query);
    wanted.delete(name);
    if (id) {
      wanted.set(name, id);
    }
    return el("a", { href: `${path}?${wanted}` }, text);
  };
  return !isMore && !query.has(name) ? null : el("p", {},
    query.has(name) ? [link(0, t("first_page")), " · "] : null,
    isMore ? [t("rows_shown", ROWS), " ",
      link(rows[rows.length - 1].id, t("next_page"))] : t("no_more"));
}

// Of all that matches, not of the page that is shown.
function exports(path, query) {
  const link = (more, text) => {
    const wanted = new URLSearchParams({ ...Object.fromEntries(query || []),
      ...more });
    wanted.delete("after");
    wanted.delete("before");
    return el("a", { href: `api/v1/${path}?${wanted}`, download: "" }, text);
  };
  return el("p", { class: "dim" }, t("export"), " ",
    link({ format: "csv" }, t("export_csv")), " · ",
    link({ limit: ROWS_MOST }, t("export_json", number(ROWS_MOST))));
}

function field(name, label, attributes) {
  const kind = (attributes && attributes.type) || "text";
  const input = el("input", { name, type: "text", ...attributes });
  return kind === "checkbox" ? el("label", { class: "check" }, input, label)
    : el("label", {}, label, input);
}

// values: keys of texts, or [value, title]
function choice(name, label, values, chosen) {
  return el("label", {}, label, el("select", { name }, values.map((one) => {
    const [value, text] = Array.isArray(one) ? one : [one, t(one)];
    return el("option", { value, selected: value === chosen }, text);
  })));
}

// What was sent is no longer being filled in.
function settle(node) {
  for (const input of node.querySelectorAll("input,textarea")) {
    if (input.type === "checkbox") {
      input.defaultChecked = input.checked;
    } else if (input.type !== "file") {
      input.defaultValue = input.value;
    }
  }
  for (const option of node.querySelectorAll("option")) {
    option.defaultSelected = option.selected;
  }
}

// A form whose action may throw. A text that it returns is shown for a while, a
// node stays; after false all is as before.
function form(children, submitText, action, kind) {
  const note = el("div", { class: "wide note" });
  const submit = el("button", { class: "main", type: "submit" }, submitText);
  const tell = (node) => note.replaceChildren(node);
  const node = el("form", {
    class: `panel ${kind || ""}`.trim(),
    onsubmit: async (event) => {
      event.preventDefault();
      submit.disabled = true;
      node.setAttribute("aria-busy", "true");
      note.replaceChildren();
      try {
        const done = await action(new FormData(node), node);
        if (done !== false) {
          settle(node);
        }
        if (done instanceof Node) {
          tell(done);
        } else if (done) {
          const told = message(done, "good");
          tell(told);
          setTimeout(() => told.remove(), 8000);
        }
      } catch (error) {
        tell(message(explain(error)));
      }
      submit.disabled = false;
      node.removeAttribute("aria-busy");
    },
  }, children, submit, note);
  return node;
}

// A button whose action may throw.
function button(text, action, attributes) {
  const node = el("button", {
    type: "button",
    onclick: async () => {
      node.disabled = true;
      try {
        await action();
      } catch (error) {
        notify(explain(error));
      }
      node.disabled = false;
    },
    ...attributes,
  }, text);
  return node;
}

function stateText(value) {
  const kind = { done: "good", ready: "good", failed: "bad", aborted: "bad" };
  return el("span", { class: kind[value] || null }, t(value));
}

function fact(value, name, href) {
  const isText = value instanceof Node || /[^\d,]/.test(value);
  return el("div", {}, el("b", { class: isText ? "text" : null }, value),
    href ? el("a", { class: "of", href }, name)
      : el("span", { class: "of" }, name));
}

function back(href, text) {
  return el("p", {}, el("a", { href }, "← " + text));
}

// Results by day: bars, done below, failed on them.
function chart(days) {
  const width = 720, height = 180, left = 40, bottom = 26;
  const today = Math.floor(Date.now() / 1000 / DAY) * DAY;
  const sums = new Map();
  const all = { done: 0, failed: 0 };
  let most = 1;
  for (const row of days.filter((one) => one.state !== "running")) {
    const sum = sums.get(row.day) || { done: 0, failed: 0 };
    sum[row.state] = row.upgrades;
    all[row.state] += row.upgrades;
    sums.set(row.day, sum);
    most = Math.max(most, sum.done + sum.failed);
  }
  const scale = (height - bottom - 10) / most;
  const bars = [];
  for (let i = 0; i < 30; i++) {
    const day = today - (29 - i) * DAY;
    const sum = sums.get(day) || { done: 0, failed: 0 };
    const x = left + i * (width - left) / 30;
    const label = new Date(day * 1000).toISOString().slice(5, 10);
    let y = height - bottom;
    for (const kind of ["done", "failed"]) {
      y -= sum[kind] * scale;
      bars.push(el("rect", { class: kind, x: x + 2, y,
        width: (width - left) / 30 - 4, height: sum[kind] * scale },
        el("title", {}, `${label}: ${sum[kind]} ${t(kind)}`)));
    }
    if (i % 5 === 4) {
      bars.push(el("text", { x: left + (i + 1) * (width - left) / 30,
        y: height - 5, "text-anchor": "end" }, label));
    }
  }
  const legend = ["done", "failed"].map((kind) => [kind,
    `${t(kind)} ${number(all[kind])}`]);
  return el("div", {}, el("svg", { class: "chart", role: "img",
    "aria-label": `${t("over_time")}: ${legend.map(([, text]) => text)}`,
    viewBox: `0 0 ${width} ${height}` },
    el("line", { x1: left, x2: width, y1: height - bottom,
      y2: height - bottom }),
    el("text", { x: 0, y: 18 }, most), el("text", { x: 0,
      y: height - bottom }, 0), bars),
    el("p", { class: "legend dim" }, legend.map(([kind, text]) =>
      el("span", {}, el("i", { class: kind }), text))));
}

// --- Logging in -------------------------------------------------------------

async function enter(name, password) {
  state.me = await send("POST", "login", { name, password });
  if (!location.hash.startsWith("#/")) {
    location.hash = "#/projects";
  }
  show();
}

function loginPage() {
  return el("div", { class: "narrow" }, el("h1", {}, t("login")), form([
    field("name", t("name"), { autocomplete: "username", required: true }),
    field("password", t("password"), { type: "password", required: true,
      autocomplete: "current-password" }),
  ], t("login"), (data) => enter(data.get("name"), data.get("password"))));
}

function setupPage(secret) {
  return el("div", { class: "narrow" }, el("h1", {}, t("first")), form([
    field("name", t("name"), { autocomplete: "username", required: true }),
    field("password", t("password_hint"), { type: "password", minlength: 10,
      required: true, autocomplete: "new-password" }),
  ], t("create"), async (data) => {
    const person = Object.fromEntries(data);
    await send("POST", "setup", { secret, ...person });
    await enter(person.name, person.password);
  }));
}

// --- Projects ---------------------------------------------------------------

// Of any project: who holds a module knows its identity only.
function findForm() {
  return form([field("identity", t("find_device"), { type: "search",
    required: true })], t("find"), async (data) => {
    const identity = data.get("identity").trim();
    const { rows } = await get("devices?" + new URLSearchParams({ identity }));
    if (rows.length === 0) {
      throw new Error(t("no_device"));
    }
    location.hash = `#/device/${rows[0].id}`;
  });
}

async function projectsPage() {
  const { rows } = await get(`projects?limit=${ROWS_MOST}`);
  return [el("h1", {}, t("projects")), table(rows, [
    ["name", (row) => el("a", { href: `#/project/${row.id}` }, row.name)],
    ["key", (row) => el("code", {}, row.project_key)],
    ["product", (row) => row.product || ""],
    ["created", (row) => time(row.created_at)],
  ], t(can("admin") ? "no_projects" : "no_projects_viewer")),
  cut(rows, ROWS_MOST),
  rows.length > 0 ? findForm() : null,
  can("admin") ? form([field("name", t("name"), { required: true })],
    t("new_project"), async (data) => {
      const one = await send("POST", "projects", { name: data.get("name") });
      location.hash = `#/project/${one.id}`;
    }) : null];
}

function tabs(id, here) {
  const names = ["overview", "firmware", "devices", "log"];
  if (can("admin")) {
    names.push("settings");
  }
  return el("nav", { class: "tabs", "aria-label": t("project") },
    names.map((name) => el("a", { href: `#/project/${id}/${name}`,
      "aria-current": name === here ? "page" : null }, t(name))));
}

function sumOf(rows, state_, isReported) {
  return rows.filter((row) => row.state === state_ &&
    (isReported === undefined || row.is_reported === isReported))
    .reduce((all, row) => all + row.upgrades, 0);
}

function logLink(project, wanted) {
  return `#/project/${project}/log?${new URLSearchParams(wanted)}`;
}

function overviewFacts(id, one) {
  const sum = (...wanted) => number(sumOf(one.states, ...wanted));
  const log = (value) => logLink(id, { state: value });
  const devices = `#/project/${id}/devices`;
  return el("div", { class: "facts" },
    fact(number(one.devices), title("devices"), devices),
    fact(number(one.reporting), title("reporting")),
    fact(sum("running"), title("running"), log("running")),
    fact(sum("done", true), title("done_reported"), log("done")),
    fact(sum("done", false), title("done_concluded"), log("done")),
    fact(sum("failed"), title("failed"), log("failed")),
    fact(number(one.forbidden), title("forbidden"), devices + "?forbidden=1"));
}

function reasonsPart(id, reasons) {
  return [table(reasons, [
    ["phase", (row) => phaseText(row.phase)],
    ["reason", (row) => row.reason ? el("a", { href: logLink(id,
      { state: "failed", phase: row.phase || "", search: row.reason }) },
    sayReason(row)) : ""],
    ["count", (row) => number(row.upgrades), true]], t("no_failures")),
  cut(reasons, 50)];
}

function versionsPart(one) {
  return [table(one.versions, [
    ["firmware_name", (row) => row.firmware_name],
    ["version", (row) => row.version],
    ["share", (row) => el("progress", { max: one.devices, value: row.devices,
      "aria-label": t("share") })],
    ["count", (row) => number(row.devices), true]]),
  cut(one.versions, 100)];
}

async function overviewPage(id) {
  const one = await get(`projects/${id}/statistics`);
  const rollouts = (await get(`projects/${id}/firmware?limit=${ROWS_MOST}`))
    .rows.filter((row) => ["running", "paused"].includes(row.state));
  return [overviewFacts(id, one),
    el("p", { class: "dim" }, t("concluded_hint")),
    one.devices === 0 ? message(t("no_devices", location.host), "hint") : null,
    el("h2", {}, t("rollouts")), table(rollouts, rolloutColumns,
      advise(can("operator"), "no_rollouts")),
    el("h2", {}, t("over_time")), chart(one.days),
    el("h2", {}, t("reasons")), reasonsPart(id, one.reasons),
    el("h2", {}, t("versions")), versionsPart(one),
    el("p", { class: "dim" }, t("export"), " ", el("a", { href:
      `api/v1/projects/${id}/statistics`, download: "statistics.json" },
    t("statistics_json")))];
}

async function settingsPage(id) {
  const one = await get(`projects/${id}`);
  const figure = (name, attributes) => field(name, t(name), { type: "number",
    min: 1, required: true, value: one[name], ...attributes });
  const figures = ["area_size", "ram", "scratch_size", "block_size",
    "hour_count", "hour_seconds", "day_count", "day_seconds"];
  return form([
    field("name", t("name"), { value: one.name, required: true }),
    field("project_key", t("key"), { value: one.project_key, required: true,
      pattern: "[A-Za-z0-9]{32}", title: t("key_hint") }),
    field("product", t("product_hint"), { value: one.product || "" }),
    el("h2", { class: "wide" }, t("modules")),
    figure("area_size"), figure("ram", { min: 4096 }),
    field("is_in_place", t("is_in_place"), { type: "checkbox",
      checked: one.is_in_place }),
    figure("scratch_size", { min: 64 }), figure("block_size", { min: 64 }),
    el("h2", { class: "wide" }, t("limits")),
    ["hour_count", "hour_seconds", "day_count", "day_seconds"].map((name) =>
      figure(name)),
    field("needs_approval", t("needs_approval"), { type: "checkbox",
      checked: one.needs_approval }),
    el("label", { class: "wide" }, t("public_key"), el("textarea",
      { name: "public_key", spellcheck: "false" }, one.public_key || "")),
  ], t("save"), async (data) => {
    if (data.get("project_key") !== one.project_key &&
        !confirm(t("key_sure"))) {
      return false;
    }
    const changes = { name: data.get("name"),
      project_key: data.get("project_key"),
      product: data.get("product") || null,
      is_in_place: data.has("is_in_place"),
      needs_approval: data.has("needs_approval"),
      public_key: data.get("public_key").trim()
        ? data.get("public_key").trim() + "\n" : null };
    for (const name of figures) {
      changes[name] = Number(data.get(name));
    }
    await send("PATCH", `projects/${id}`, changes);
    one.project_key = changes.project_key;
    return t("saved");
  }, "grid");
}

async function projectPage(id, tab, query) {
  const one = await get(`projects/${id}`);
  const pages = { overview: overviewPage, firmware: firmwareListPage,
    devices: devicesPage, log: logPage };
  if (can("admin")) {
    pages.settings = settingsPage;
  }
  return [back("#/projects", t("projects")), el("h1", {}, one.name),
    el("p", { class: "dim" }, t("key"), " ",
      el("code", {}, one.project_key)), tabs(id, tab),
    await (pages[tab] || overviewPage)(id, query)];
}

// --- Firmware ---------------------------------------------------------------

const rolloutColumns = [
  ["version", (row) => el("a", { href: `#/firmware/${row.id}` }, row.version)],
  ["firmware_name", (row) => row.firmware_name],
  ["state", (row) => [stateText(row.state),
    el("div", { class: "dim" }, stateNote(row))]],
  ["devices", (row) => audience(row)],
  ["running", (row) => number(row.running), true],
  ["done", (row) => number(row.done), true],
  ["failed", (row) => number(row.failed), true],
];

function stateNote(one) {
  if (one.pause_reason) {
    return t("pause_" + one.pause_reason);
  }
  // Rows of lists do not tell how many devices of the list run it.
  if (!one.is_whole && one.targets > 0 && one.targets_done >= one.targets) {
    return t("list_finished");
  }
  return one.state === "running" && one.is_held ? t("held") : "";
}

function audience(one) {
  return one.is_whole ? one.percent < 100 ? t("percent_of_all", one.percent)
    : t("all") : t("in_list", number(one.targets));
}

async function firmwareListPage(id) {
  const { rows } = await get(`projects/${id}/firmware?limit=${ROWS_MOST}`);
  const images = (await get(`projects/${id}/images?limit=${ROWS_MOST}`)).rows;
  const mayChange = can("operator");
  const names = [...new Set([...rows, ...images].map((one) =>
    one.firmware_name))];
  const version = () => [
    field("firmware_name", t("firmware_name"), { required: true,
      list: "names", maxlength: 127 }),
    field("version", t("version"), { required: true, pattern: "[0-9.]+",
      placeholder: "1.2.3" })];
  return [
    table(rows, rolloutColumns, t(mayChange ? "no_firmware" : "nothing")),
    cut(rows, ROWS_MOST),
    el("datalist", { id: "names" }, names.map((value) =>
      el("option", { value }))),
    mayChange ? form([version(),
      field("is_whole", t("whole"), { type: "checkbox" }),
    ], t("create"), async (data) => {
      const one = await send("POST", `projects/${id}/firmware`, {
        firmware_name: data.get("firmware_name").trim(),
        version: data.get("version").trim(), is_whole: data.has("is_whole") });
      location.hash = `#/firmware/${one.id}`;
    }) : null,
    el("h2", {}, t("images")), el("p", { class: "dim" }, t("images_hint")),
    imagesPart(id, images),
    mayChange ? uploadForm([version(), field("part", t("part"),
      { type: "number", min: 0, max: 7, value: 0, required: true }),
    ], t("upload_image"), (data) => imagePath(id, data.get("firmware_name"),
      data.get("version"), data.get("part"))) : null];
}

const imagePath = (project, name, version, part) =>
  `projects/${project}/images?` + new URLSearchParams(
    { firmware_name: name.trim(), version: version.trim(), part });

function removeImageButton(project, { firmware_name: name, version, part }) {
  return button(t("remove"), async () => {
    if (confirm(t("image_sure", name, version, part))) {
      await api("DELETE", imagePath(project, name, version, part));
      show(true);
    }
  }, { class: "danger", "aria-label": `${t("remove")} ${name} ${version}` });
}

function imagesPart(project, images) {
  return [table(images, [
    ["firmware_name", (row) => row.firmware_name],
    ["version", (row) => row.version],
    ["part", (row) => row.part, true],
    ["size", (row) => number(row.size), true],
    ["at", (row) => time(row.created_at)],
    ...can("operator") ? [["action", (row) =>
      removeImageButton(project, row)]] : []]),
  cut(images, ROWS_MOST)];
}

function uploadForm(fields, text, path) {
  const progress = el("progress", { value: 0, max: 1, hidden: true,
    class: "wide", "aria-label": text });
  return form([fields, el("label", {}, t("file"),
    el("input", { type: "file", name: "file", required: true })), progress],
  text, async (data, node) => {
    progress.hidden = false;
    try {
      await upload(path(data), data.get("file"), progress);
    } finally {
      progress.hidden = true;
    }
    node.reset();
    show(true);
    return t("uploaded");
  });
}

function actions(one) {
  const become = (value, question) => async () => {
    const now = await get(`firmware/${one.id}`);
    if (!question || confirm(t(question, audience(now)))) {
      await send("PATCH", `firmware/${one.id}`, { state: value });
      show(true);
    }
  };
  const list = [];
  const mayStart = !one.needs_approval || one.changed_by !== state.me.name;
  if (one.state === "draft" && mayStart) {
    list.push(button(t("start"), become("running", "start_sure"),
      { class: "main" }));
  }
  if (one.state === "running") {
    list.push(button(t("pause"), become("paused")));
  }
  if (one.state === "paused") {
    list.push(button(t("resume"), become("running"), { class: "main" }));
  }
  if (["paused", "aborted"].includes(one.state)) {
    list.push(button(t("reopen"), become("draft")));
  }
  if (one.state !== "aborted") {
    list.push(button(t("abort"), become("aborted", "abort_sure"),
      { class: "danger" }));
  }
  return el("p", {}, list.flatMap((node) => [node, " "]));
}

// The roll-out in one line, for those who may not change it.
function rolloutText(one) {
  const isDaily = one.day_from !== null && one.day_to !== null &&
    one.day_to - one.day_from !== DAY;
  return el("p", {}, [
    audience(one),
    one.hourly_rate ? t("rate_is", number(one.hourly_rate)) : null,
    one.starts_at ? [t("starts_at"), " ", time(one.starts_at)] : null,
    one.ends_at ? [t("ends_at"), " ", time(one.ends_at)] : null,
    isDaily ? t("daily", toClock(one.day_from), toClock(one.day_to)) : null,
    one.fail_percent === null ? null
      : t("pauses_at", one.fail_percent, one.fail_least),
    one.core_generation ? `${t("core_generation")} ${one.core_generation}` : null,
    one.is_held ? t("is_held") : null,
  ].filter((part) => part !== null).flatMap((part, i) =>
    i ? [" · ", part] : [part]));
}

// What the form says, as the platform keeps it.
function rolloutOf(data, one) {
  const optional = (name) => data.get(name) === "" ? null
    : Number(data.get(name));
  const wanted = { is_whole: data.has("is_whole"),
    percent: Number(data.get("percent")),
    hourly_rate: optional("hourly_rate"), fail_percent: optional("fail_percent"),
    fail_least: Number(data.get("fail_least")),
    core_generation: optional("core_generation"),
    is_held: data.has("is_held") };
  // What the inputs round, minutes of times, is only sent when changed.
  for (const [name, to, from] of [["starts_at", toMoment, fromMoment],
    ["ends_at", toMoment, fromMoment], ["day_from", toClock, fromClock],
    ["day_to", toClock, fromClock]]) {
    wanted[name] = data.get(name) === to(one[name]) ? one[name]
      : from(data.get(name));
  }
  return wanted;
}

function checkRollout(wanted) {
  if ((wanted.day_from === null) !== (wanted.day_to === null) ||
      (wanted.day_from !== null && wanted.day_from === wanted.day_to)) {
    throw new Error(t("window_needs"));
  }
  if (wanted.starts_at !== null && wanted.ends_at !== null &&
      wanted.starts_at >= wanted.ends_at) {
    throw new Error(t("ends_early"));
  }
}

function rolloutForm(one) {
  const figure = (name, attributes) => field(name, t(name), { type: "number",
    value: one[name], ...attributes });
  const moment = (name) => field(name, t(name), { type: "datetime-local",
    value: toMoment(one[name]) });
  const clock = (name) => field(name, t(name), { type: "time",
    value: toClock(one[name]) });
  return form([
    field("is_whole", t("whole"), { type: "checkbox", checked: one.is_whole }),
    field("is_held", t("is_held"), { type: "checkbox", checked: one.is_held }),
    figure("percent", { min: 0, max: 100, required: true }),
    figure("hourly_rate", { min: 1, placeholder: t("no_limit") }),
    figure("fail_percent", { min: 0, max: 100, placeholder: t("never") }),
    figure("fail_least", { min: 1, required: true }),
    figure("core_generation", { min: 1, max: 999, placeholder: t("any_core") }),
    moment("starts_at"), moment("ends_at"), clock("day_from"),
    clock("day_to"),
    el("p", { class: "wide dim" }, t("rollout_hint", zone())),
  ], t("save"), async (data) => {
    const wanted = rolloutOf(data, one);
    checkRollout(wanted);
    if (wanted.is_whole && !one.is_whole && !confirm(t("whole_sure"))) {
      return false;
    }
    const changes = Object.fromEntries(Object.entries(wanted).filter(
      ([name, value]) => value !== one[name]));
    Object.assign(one, await send("PATCH", `firmware/${one.id}`, changes));
    show(true);
    return t("saved");
  }, "grid");
}

function listForm(one) {
  return form([
    el("label", { class: "wide" }, t("list_hint"),
      el("textarea", { name: "text", spellcheck: "false" })),
    el("label", {}, t("csv_file"), el("input", { type: "file", name: "file",
      accept: ".csv,.txt,text/*" })),
    choice("how", t("how"), ["replace", "append"], "replace"),
  ], t("save"), async (data, node) => {
    const isAdded = data.get("how") === "append";
    const { targets } = await get(`firmware/${one.id}`);
    if (!isAdded && targets > 0 &&
        !confirm(t("replace_sure", number(targets)))) {
      return false;
    }
    const file = data.get("file");
    const answer = await api("PUT",
      `firmware/${one.id}/targets${isAdded ? "?append=1" : ""}`,
      file && file.size > 0 ? await file.text() : data.get("text"));
    node.reset();
    show(true);
    return t("list_saved", number(answer.devices), number(answer.added));
  });
}

// How far it is: by the versions that devices run, for they may have got theirs
// before, or by another roll-out.
async function rolloutProgress(one) {
  let sum = one.targets, done = one.targets_done;
  if (one.is_whole) {
    const { versions } = await get(`projects/${one.project_id}/statistics`);
    const own = versions.filter((row) =>
      row.firmware_name === one.firmware_name);
    const count = (rows) => rows.reduce((all, row) => all + row.devices, 0);
    sum = count(own);
    done = count(own.filter((row) => row.version === one.version));
  }
  return sum === 0 ? null : el("label", {}, t(one.is_whole ? "run_it"
    : "list_done", number(done), number(sum)),
  el("progress", { max: sum, value: done }));
}

// What has been approved is changed as a draft only.
const isLocked = (one) => one.needs_approval && one.state !== "draft";

const mayChangeRollout = (one) => can("operator") &&
  one.state !== "aborted" && !isLocked(one);

// What stands in the way, or is to be done next.
function advice(one, packages) {
  const count = (...states) => packages.filter((row) =>
    states.includes(row.state)).length;
  const mayChange = mayChangeRollout(one);
  const list = [];
  if (one.state === "aborted") {
    list.push(advise(can("operator"), "advice_aborted"));
  } else {
    if (one.pause_reason === "failures") {
      list.push(one.fail_percent === null ? t("advice_failures_unlimited")
        : t("advice_failures", one.fail_percent));
    }
    if (one.needs_approval && one.state === "draft" && one.changed_by) {
      list.push(t("advice_approval", one.changed_by));
    }
    if (isLocked(one) && can("operator")) {
      list.push(t("advice_locked"));
    }
    if (packages.length === 0) {
      list.push(advise(mayChange, "advice_package"));
    }
    if (!one.is_whole && one.targets === 0) {
      list.push(advise(mayChange, "advice_list"));
    }
    if (count("waiting", "building") > 0) {
      list.push(t(one.is_held ? "advice_held" : "advice_waiting",
        count("waiting", "building")));
    }
    if (count("failed") > 0) {
      list.push(t("advice_failed", count("failed")));
    }
  }
  return list.length > 0 ? message(list.join("\n"), "hint") : null;
}

async function targetsPart(one) {
  const path = `firmware/${one.id}/targets`;
  const { rows } = await get(`${path}?limit=10`);
  const search = (identity) => `#/project/${one.project_id}/devices?` +
    new URLSearchParams({ search: identity });
  return [table(rows, [
    ["identity", (row) => row.seen ? el("a", { href: search(row.identity) },
      row.identity) : row.identity],
    ["version", (row) => row.seen ? row.version : el("span", { class: "dim" },
      t("never_seen"))]], t("no_list")),
  one.targets > rows.length ? el("p", { class: "dim" },
    t("first_shown", rows.length)) : null,
  rows.length > 0 ? exports(path) : null];
}

function firmwareFacts(one) {
  const log = (value) => logLink(one.project_id,
    { firmware: one.id, state: value });
  return el("div", { class: "facts" },
    fact(stateText(one.state), stateNote(one) || t("state")),
    fact(number(one.running), title("running"), log("running")),
    fact(number(one.done), title("done"), log("done")),
    fact(number(one.failed), title("failed"), log("failed")),
    fact(audience(one), t("devices")));
}

function retryButton(one, row) {
  return !row.reason || !can("operator") || one.state === "aborted" ? ""
    : button(t("retry"), async () => {
      const { packages } = await send("POST",
        `firmware/${one.id}/packages/retry`, {});
      notify(packages ? t("retried", packages) : t("retry_none"),
        packages ? "good" : undefined);
      show(true);
    }, { "aria-label": `${t("retry")} ${row.from_version}` });
}

function packagesPart(one, packages) {
  return [table(packages, [
    ["from_version", (row) => row.from_version || t("any")],
    ["state", (row) => stateText(row.state)],
    ["size", (row) => number(row.size), true],
    ["reason", (row) => [say(row.reason || ""), " ", retryButton(one, row)]],
    ["at", (row) => time(row.created_at)]]),
  cut(packages, ROWS_MOST)];
}

function packageForm(id) {
  return uploadForm([
    field("from", t("from_hint"), { pattern: "[0-9.]*" }),
    field("url", t("url_hint"), { type: "url" }),
  ], t("upload_package"), (data) => `firmware/${id}/packages?` +
    new URLSearchParams([["from_version", data.get("from")],
      ["url", data.get("url")]].filter(([, value]) => value)));
}

async function latestPart(one) {
  const { rows } = await get(
    `projects/${one.project_id}/upgrades?firmware=${one.id}&limit=10`);
  return [table(rows, upgradeColumns), rows.length > 0 ? el("p", {}, el("a",
    { href: logLink(one.project_id, { firmware: one.id }) },
    t("all_upgrades"))) : null];
}

async function firmwarePage(id) {
  const one = await get(`firmware/${id}`);
  const packages = (await get(
    `firmware/${id}/packages?limit=${ROWS_MOST}`)).rows;
  const mayChange = mayChangeRollout(one);
  return [back(`#/project/${one.project_id}/firmware`, t("firmware")),
    el("h1", {}, `${one.firmware_name} ${one.version}`),
    firmwareFacts(one), await rolloutProgress(one), advice(one, packages),
    can("operator") ? actions(one) : null,
    el("h2", {}, t("rollout")),
    mayChange ? rolloutForm(one) : rolloutText(one),
    el("h2", {}, t("packages")), packagesPart(one, packages),
    mayChange ? packageForm(id) : null,
    el("h2", {}, t("list")), await targetsPart(one),
    mayChange ? listForm(one) : null,
    el("h2", {}, t("latest")), await latestPart(one)];
}

// --- Devices and their upgrades ---------------------------------------------

function searchForm(path, query, label, filter, shown) {
  return form([field("search", label, { value: shown || query.get("search") ||
    "", type: "search" }), filter], t("search"), (data) => {
    const wanted = new URLSearchParams();
    for (const [name, value] of data) {
      if (value) {
        wanted.set(name, value === "on" ? "1" : value.trim());
      }
    }
    location.hash = `${path}?${wanted}`;
  });
}

async function release(row) {
  await send("POST", `devices/${row.id}/release`, {});
}

function releaseButton(row) {
  return row.forbidden_at && can("operator") ? button(t("release"), async () => {
    await release(row);
    notify(t("released", row.identity), "good");
    show(true);
  }, { class: "main", "aria-label": `${t("release")} ${row.identity}` }) : null;
}

function releaseAllButton(path) {
  return button(t("release_all"), async () => {
    const rows = (await get(path)).rows.filter((row) => row.forbidden_at);
    if (confirm(t("release_sure", rows.length))) {
      for (const row of rows) {
        await release(row);
      }
      show(true);
    }
  });
}

async function devicesPage(id, query) {
  const path = `projects/${id}/devices`;
  const list = await getPage(path, query);
  const here = `#/project/${id}/devices`;
  const isForbidden = query.get("forbidden") === "1";
  return [searchForm(here, query, t("search_device"),
    field("forbidden", t("only_forbidden"), { type: "checkbox",
      checked: isForbidden })),
  isForbidden ? message(advise(can("operator"), "forbidden_hint"), "hint")
    : null,
  table(list.rows, [
    ["identity", (row) => el("a", { href: `#/device/${row.id}` },
      row.identity)],
    ["version", (row) => row.version],
    ["firmware_name", (row) => row.firmware_name],
    ["last_seen", (row) => time(row.last_seen)],
    ["reports", (row) => t(row.is_reporting ? "reported" : "concluded")],
    ["state", (row) => row.forbidden_at ? [el("div", { class: "bad" },
      t("forbidden")), el("div", { class: "dim" }, t("forbidden_why")),
    time(row.forbidden_at), " ", releaseButton(row)] : ""]],
  query.toString() ? t("not_found") : t("no_devices", location.host)),
  isForbidden && list.rows.length > 1 && can("operator")
    ? el("p", {}, releaseAllButton(`${path}?${query}`)) : null,
  pager(here, query, list, "after"), exports(path, query)];
}

const upgradeColumns = [
  ["at", (row) => time(row.updated_at)],
  ["identity", (row) => el("a", { href: `#/device/${row.device_id}` },
    row.identity)],
  ["from_version", (row) => row.from_version],
  ["to_version", (row) => el("a", { href: `#/firmware/${row.firmware_id}` },
    row.to_version)],
  ["result", (row) => [stateText(row.state), row.state === "running" ? ""
    : el("div", { class: "dim" }, t(row.is_reported ? "reported"
      : "concluded"))]],
  ["phase", (row) => phaseText(row.phase)],
  ["reason", sayReason],
];

const phases = Object.keys(TEXTS).filter((key) => key.startsWith("phase_"))
  .map((key) => key.slice("phase_".length));

async function logPage(id, query) {
  const path = `projects/${id}/upgrades`;
  const asked = new URLSearchParams(query);
  asked.set("search", unsay(query.get("search") || ""));
  const list = await getPage(path, asked);
  const phase = query.get("phase") || "";
  const named = !phase || phases.includes(phase) ? phases : [...phases, phase];
  const firmware = (await get(
    `projects/${id}/firmware?limit=${ROWS_MOST}`)).rows;
  const here = `#/project/${id}/log`;
  return [searchForm(here, query, t("search_upgrade"), [
    choice("state", t("result"), [["", t("all")], "running", "done", "failed"],
      query.get("state") || ""),
    choice("firmware", t("to_version"), [["", t("all")],
      ...firmware.map((one) => [String(one.id),
        `${one.version} ${one.firmware_name}`])],
    query.get("firmware") || ""),
    choice("phase", t("phase"), [["", t("all")],
      ...named.map((one) => [one, phaseText(one)])], phase),
  ], say(query.get("search") || "", REASONS)),
  table(list.rows, upgradeColumns, query.toString() ? t("not_found")
    : t("no_upgrades")),
  pager(here, query, list, "before"), exports(path, asked)];
}

// Which of the project's limits it came to.
function whyForbidden(device, project, requests) {
  const until = device.forbidden_at;
  for (const [count, seconds] of [[project.hour_count, project.hour_seconds],
    [project.day_count, project.day_seconds]]) {
    const asked = requests.filter((row) => row.is_counted && row.at <= until &&
      row.at > until - seconds && row.version === device.version).length;
    if (asked >= count) {
      return t("forbidden_count", asked, device.version, duration(seconds),
        count);
    }
  }
  return t("forbidden_why");
}

async function forbiddenPart(device, requests) {
  const project = await get(`projects/${device.project_id}`);
  return el("div", { class: "message" }, el("p", {}, el("b", { class: "bad" },
    t("forbidden")), " ", time(device.forbidden_at)),
  el("p", {}, whyForbidden(device, project, requests)),
  el("p", { class: "dim" }, advise(can("operator"), "forbidden_hint")),
  releaseButton(device));
}

async function moveForm(device) {
  const others = (await get(`projects?limit=${ROWS_MOST}`)).rows.filter(
    (row) => row.id !== device.project_id);
  return !can("operator") || others.length === 0 ? null : [
    el("h2", {}, t("project")), form([choice("project_id", t("project"),
      others.map((row) => [String(row.id), row.name]), String(others[0].id)),
    ], t("move"), async (data) => {
      if (!confirm(t("move_sure", device.identity))) {
        return false;
      }
      await send("PATCH", `devices/${device.id}`,
        { project_id: Number(data.get("project_id")) });
      show();
      return t("saved");
    })];
}

// Its history is of whatever project it was in.
async function devicePage(id, query) {
  const one = await get(`devices/${id}`);
  const log = `devices/${id}/upgrades`;
  const history = await getPage(log, query);
  const asked = await getPage(`devices/${id}/requests`);
  return [back(`#/project/${one.project_id}/devices`, t("devices")),
    el("h1", {}, one.identity),
    el("div", { class: "facts" }, fact(el("span", {}, one.version),
      one.firmware_name),
    fact(time(one.last_seen), t("last_seen")),
    fact(time(one.first_seen), t("first_seen")),
    fact(t(one.is_reporting ? "reported" : "concluded"), t("reports")),
    one.core_version ? fact(el("span", {}, one.core_version),
      t("core_version")) : null),
    one.forbidden_at ? await forbiddenPart(one, asked.rows) : null,
    el("h2", {}, t("log")), table(history.rows, upgradeColumns.filter(
      ([key]) => key !== "identity"), t("no_upgrades")),
    pager(`#/device/${id}`, query, history, "before"),
    history.rows.length > 0 ? exports(log) : null,
    el("h2", {}, t("requests")), table(asked.rows, [
      ["at", (row) => time(row.at)],
      ["version", (row) => row.version],
      ["code", (row) => `${row.code} ${t("code_" + row.code)}`],
      ["from_byte", (row) => number(row.range_from), true],
      ["counted", (row) => row.is_counted ? "✓" : ""],
      ["address", (row) => row.address]]),
    asked.isMore ? cut(asked.rows, ROWS) : null,
    asked.rows.length > 0 ? exports(`devices/${id}/requests`) : null,
    await moveForm(one)];
}

// --- Accounts ---------------------------------------------------------------

const roles = ["viewer", "operator", "admin"];

function lockButton(row) {
  const become = (isDisabled) => async () => {
    if (!isDisabled || confirm(t("lock_sure", row.name))) {
      await send("PATCH", `users/${row.id}`, { is_disabled: isDisabled });
      show(true);
    }
  };
  return row.name === state.me.name ? null : row.is_disabled
    ? button(t("unlock"), become(false))
    : button(t("lock"), become(true), { class: "danger" });
}

function newPassword(label, attributes) {
  return field("password", label, { type: "password", minlength: 10,
    autocomplete: "new-password", ...attributes });
}

function changeUserForm(users) {
  return form([
    choice("id", t("account"), users.map((row) => [String(row.id), row.name]),
      String(users[0].id)),
    choice("role", t("role"), [["", t("unchanged")], ...roles], ""),
    newPassword(t("password_new"), { placeholder: t("unchanged") }),
  ], t("change"), async (data, node) => {
    const changes = Object.fromEntries([...data].filter(([name, value]) =>
      name !== "id" && value));
    await send("PATCH", `users/${data.get("id")}`, changes);
    node.reset();
    show(true);
    return t("saved");
  });
}

async function usersPage() {
  const { rows } = await get(`users?limit=${ROWS_MOST}`);
  const tokens = (await get(`tokens?limit=${ROWS_MOST}`)).rows;
  return [el("h1", {}, t("users")), table(rows, [
    ["name", (row) => row.name], ["role", (row) => t(row.role)],
    ["state", (row) => row.is_disabled ? el("span", { class: "bad" },
      t("disabled")) : ""],
    ["created", (row) => time(row.created_at)],
    ["action", (row) => lockButton(row)]]),
  cut(rows, ROWS_MOST), el("p", { class: "dim" }, t("roles_hint")),
  el("h2", {}, t("new_account")),
  form([field("name", t("name"), { required: true, autocomplete: "off" }),
    newPassword(t("password_hint"), { required: true }),
    choice("role", t("role"), roles, "viewer")], t("create"),
  async (data, node) => {
    await send("POST", "users", Object.fromEntries(data));
    node.reset();
    show(true);
    return t("saved");
  }),
  el("h2", {}, t("change_account")), changeUserForm(rows),
  el("h2", {}, t("tokens")), el("p", { class: "dim" }, t("tokens_hint")),
  table(tokens, [
    ["name", (row) => row.name], ["role", (row) => t(row.role)],
    ["created", (row) => time(row.created_at)],
    ["last_used", (row) => time(row.used_at)],
    ["action", (row) => button(t("remove"), async () => {
      if (confirm(t("remove_sure", row.name))) {
        await api("DELETE", `tokens/${row.id}`);
        show(true);
      }
    }, { class: "danger" })]]),
  cut(tokens, ROWS_MOST),
  form([field("name", t("name"), { required: true, maxlength: 50 }),
    choice("role", t("role"), roles, "operator")], t("create_token"),
  async (data, node) => {
    const one = await send("POST", "tokens", Object.fromEntries(data));
    node.reset();
    show(true);
    return message(`${t("token_once")}\n${one.token}`, "good");
  })];
}

function passwordPage() {
  return el("div", { class: "narrow" }, el("h1", {}, t("own_password")), form([
    field("old", t("password_old"), { type: "password", required: true,
      autocomplete: "current-password" }),
    newPassword(t("password_new"), { required: true }),
  ], t("change"), async (data, node) => {
    state.me = await send("POST", "me/password", Object.fromEntries(data));
    node.reset();
    return t("saved");
  }));
}

async function auditPage(query) {
  const list = await getPage("audit", query);
  return [el("h1", {}, t("audit")), searchForm("#/audit", query,
    t("search_audit")), table(list.rows, [
    ["at", (row) => time(row.at)], ["who", (row) => row.who],
    ["action", (row) => say(row.action)], ["object", (row) => row.object],
    ["detail", (row) => row.detail || ""],
    ["address", (row) => row.address]], t("not_found")),
  pager("#/audit", query, list, "before"), exports("audit", query)];
}

// --- The whole --------------------------------------------------------------

// What somebody is filling in, or is told, goes over: a token is told once.
function carry(old, fresh) {
  if (old.matches(".note")) {
    fresh.replaceChildren(...old.childNodes);
  } else if (isChanged(old)) {
    const what = { file: "files", checkbox: "checked" }[old.type] || "value";
    fresh[what] = old[what];
  }
}

async function setLanguage(language) {
  const inputs = () => [...document.querySelectorAll(
    "main form :is(input,select,textarea,.note)")];
  const old = inputs();
  state.language = language;
  localStorage.setItem("language", language ? "zh" : "en");
  await show();
  const fresh = inputs();
  if (fresh.length === old.length) {
    old.forEach((node, i) => carry(node, fresh[i]));
  }
}

async function logOut() {
  await send("POST", "logout", {});
  state.me = null;
  location.hash = "";
  show();
}

function showFrame() {
  const links = state.me ? [["#/projects", t("projects")]] : [];
  if (can("admin")) {
    links.push(["#/users", t("users")], ["#/audit", t("audit")]);
  }
  document.documentElement.lang = state.language ? "zh-CN" : "en";
  document.getElementById("top").replaceChildren(
    el("span", { class: "name" }, "dfota"),
    el("nav", { "aria-label": "dfota" }, links.map(([href, text]) =>
      el("a", { href, "aria-current": location.hash.startsWith(href) ? "page"
        : null }, text))),
    el("button", { type: "button", id: "language", lang: state.language ? "en"
      : "zh-CN", onclick: () => setLanguage(state.language ? 0 : 1),
    }, state.language ? "English" : "中文"),
    state.me ? el("a", { class: "dim", href: "#/password",
      "aria-label": t("own_password"), title: t("own_password") },
    el("span", {}, `${state.me.name} (${t(state.me.role)})`)) : "",
    state.me ? button(t("logout"), logOut) : "");
  document.getElementById("foot").replaceChildren(t("zone_hint", zone(),
    Intl.DateTimeFormat().resolvedOptions().timeZone));
}

// The page that the address names; and whether it renews itself.
async function pageOf(hash) {
  const setup = hash.match(/^#setup=(\w+)$/);
  if (setup) {
    return [setupPage(setup[1]), false];
  }
  if (!state.me) {
    try {
      state.me = await get("me");
    } catch (error) {
      if (error.status !== 401) {
        throw error;
      }
      return [loginPage(), false];
    }
  }
  const [path, search] = hash.replace(/^#\//, "").split("?");
  const query = new URLSearchParams(search || "");
  const [kind, id, tab] = path.split("/");
  switch (kind) {
    case "project":
      return [await projectPage(Number(id), tab || "overview", query), true];
    case "firmware": return [await firmwarePage(Number(id)), true];
    case "device": return [await devicePage(Number(id), query), true];
    case "users": return [await usersPage(), true];
    case "password": return [passwordPage(), false];
    case "audit": return [await auditPage(query), true];
    default: return [await projectsPage(), true];
  }
}

function isChanged(input) {
  switch (input.type) {
    case "checkbox": return input.checked !== input.defaultChecked;
    case "file": return input.files.length > 0;
    case "select-one": return [...input.options].some((option) =>
      option.selected !== option.defaultSelected);
    default: return input.value !== input.defaultValue;
  }
}

// What somebody is filling in or has sent, or is told about it, stays.
function isInUse(node) {
  const active = document.activeElement;
  return node.nodeType === Node.ELEMENT_NODE && (
    node.hasAttribute("aria-busy") ||
    (node.contains(active) && active.matches("input,textarea,select")) ||
    node.querySelector(".note .message") !== null ||
    [...node.querySelectorAll("input,textarea,select")].some(isChanged));
}

// What is equal stays as well, with its focus and what is marked in it. Tables
// are renewed by rows.
function renew(old, fresh) {
  if (old.isEqualNode(fresh) || isInUse(old)) {
    return;
  }
  if (old.nodeName === fresh.nodeName && old.nodeType === Node.ELEMENT_NODE &&
      old.matches(".scroll,table,tbody")) {
    renewChildren(old, [...fresh.childNodes]);
  } else {
    old.replaceWith(fresh);
  }
}

function renewChildren(old, fresh) {
  const nodes = [...old.childNodes];
  fresh.forEach((node, i) => i < nodes.length ? renew(nodes[i], node)
    : old.append(node));
  nodes.slice(fresh.length).forEach((node) => node.remove());
}

// A part that is not there leaves its place, so that the others keep theirs.
function partsOf(content) {
  return [content].flat(Infinity).map((node) =>
    node === null ? document.createComment("") : node);
}

function showPage(content) {
  const page = document.getElementById("page");
  page.replaceChildren(...partsOf(content));
  const heading = page.querySelector("h1");
  document.title = heading ? `${heading.textContent} – dfota` : "dfota";
}

function tellOffline(error) {
  state.isOffline = true;
  notify(explain(error));
}

function tellOnline() {
  if (state.isOffline) {
    state.isOffline = false;
    document.getElementById("notice").replaceChildren();
  }
}

// A page that takes long to make is renewed less often.
function planRenewal(begun) {
  const took = performance.now() - begun;
  state.timer = setTimeout(show, Math.max(RENEW_MS, 10 * took), true);
}

// Anew, or renewed in place: if the page is there.
async function show(isWish) {
  const turn = ++state.turn;
  const begun = performance.now();
  const isRenewal = isWish && state.shown === location.hash;
  let content, renews = true, fault = null;
  clearTimeout(state.timer);
  state.shown = isRenewal ? state.shown : null;
  try {
    [content, renews] = await pageOf(location.hash);
  } catch (error) {
    fault = error;
  }
  if (turn !== state.turn) {
    return;
  }
  if (fault && isRenewal) {
    tellOffline(fault);
  } else if (isRenewal) {
    tellOnline();
    renewChildren(document.getElementById("page"), partsOf(content));
  } else {
    tellOnline();
    showFrame();
    showPage(fault ? message(explain(fault)) : content);
    state.shown = fault ? null : location.hash;
  }
  if (renews && !document.hidden) {
    planRenewal(begun);
  }
}

window.addEventListener("hashchange", async () => {
  document.getElementById("notice").replaceChildren();
  await show();
  document.getElementById("page").focus();
  scrollTo(0, 0);
});
document.addEventListener("visibilitychange", () =>
  document.hidden ? clearTimeout(state.timer) : show(true));
show();
