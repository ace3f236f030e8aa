// SPDX-License-Identifier: MIT
// The operators' page over /api/v1. Everything is put on the page as text nodes:
// nothing that a device or an operator has sent is ever read as HTML.
"use strict";

// --- Small things -----------------------------------------------------------

const state = {
  language: localStorage.getItem("language") ||
    (navigator.language.startsWith("zh") ? 1 : 0),
  me: null,
  timer: 0,
  turn: 0, // of showing pages: an answer for an earlier one is thrown away
};

function t(key) {
  return TEXTS[key] ? TEXTS[key][state.language] : key;
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

function time(seconds) {
  return seconds ? new Date(seconds * 1000).toLocaleString(
    state.language ? "zh-CN" : "en-GB") : "";
}

function number(value) {
  return value === null || value === undefined ? "" : value.toLocaleString("en");
}

function can(role) {
  const order = ["none", "viewer", "operator", "admin"];
  return state.me && order.indexOf(state.me.role) >= order.indexOf(role);
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
    if (response.status === 401 && state.me) {
      state.me = null;
      show();
    }
    throw new Refused(response.status, answer);
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
        reject(new Refused(request.status, answer));
      }
    };
    request.send(file);
  });
}

// --- Parts of pages ---------------------------------------------------------

function message(text, good) {
  return el("p", { class: good ? "message good" : "message", role: "status" },
    text);
}

// columns: [title key, cell of a row, is a number]
function table(rows, columns) {
  if (rows.length === 0) {
    return el("p", { class: "dim" }, t("nothing"));
  }
  return el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map(([title, , numeric]) =>
      el("th", { class: numeric ? "number" : null, scope: "col" },
        t(title))))),
    el("tbody", {}, rows.map((row) => el("tr", {},
      columns.map(([, cell, numeric]) =>
        el("td", { class: numeric ? "number" : null }, cell(row))))))));
}

function field(name, label, attributes) {
  const kind = (attributes && attributes.type) || "text";
  const input = el("input", { name, type: "text", ...attributes });
  return kind === "checkbox" ? el("label", { class: "check" }, input, label)
    : el("label", {}, label, input);
}

function choice(name, label, values, chosen) {
  return el("label", {}, label, el("select", { name }, values.map((value) =>
    el("option", { value, selected: value === chosen }, t(value)))));
}

// A form whose action may throw; what it returns is shown.
function form(children, title, action) {
  const note = el("div", { class: "wide" });
  const button = el("button", { class: "main", type: "submit" }, title);
  const node = el("form", {
    class: "panel",
    onsubmit: async (event) => {
      event.preventDefault();
      button.disabled = true;
      note.replaceChildren();
      try {
        const text = await action(new FormData(node), node);
        if (text) {
          note.replaceChildren(message(text, true));
        }
      } catch (error) {
        note.replaceChildren(message(explain(error)));
      }
      button.disabled = false;
    },
  }, children, button, note);
  return node;
}

function explain(error) {
  const lines = (error.answer && error.answer.lines) || [];
  return [error.message, ...lines.map((one) =>
    `${t("line")} ${one.line}: ${one.text}: ${one.error}`)].join("\n");
}

// A button whose action may throw.
function button(title, action, attributes) {
  const node = el("button", {
    type: "button",
    onclick: async () => {
      node.disabled = true;
      try {
        await action();
      } catch (error) {
        node.after(message(explain(error)));
      }
      node.disabled = false;
    },
    ...attributes,
  }, title);
  return node;
}

function stateText(value) {
  const kind = { done: "good", ready: "good", failed: "bad", aborted: "bad" };
  return el("span", { class: kind[value] || null }, t(value));
}

function exports(path) {
  const mark = path.includes("?") ? "&" : "?";
  return el("p", { class: "dim" },
    el("a", { href: `api/v1/${path}${mark}format=csv`, download: "export.csv" },
      t("export_csv")), " · ",
    el("a", { href: `api/v1/${path}${mark}limit=1000`,
      download: "export.json" }, t("export_json")));
}

function fact(value, name) {
  return el("div", {}, el("b", {}, value), el("span", {}, name));
}

// Results by day: bars, done below, failed on them.
function chart(days) {
  const width = 720, height = 180, left = 40, bottom = 20;
  const today = Math.floor(Date.now() / 86400000) * 86400;
  const sums = new Map();
  let most = 1;
  for (const row of days.filter((one) => one.state !== "running")) {
    const sum = sums.get(row.day) || { done: 0, failed: 0 };
    sum[row.state] = row.upgrades;
    sums.set(row.day, sum);
    most = Math.max(most, sum.done + sum.failed);
  }
  const scale = (height - bottom - 10) / most;
  const bars = [];
  for (let i = 0; i < 30; i++) {
    const day = today - (29 - i) * 86400;
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
      bars.push(el("text", { x: x - 10, y: height - 5 }, label));
    }
  }
  return el("div", {}, el("svg", { class: "chart", role: "img",
    "aria-label": t("over_time"), viewBox: `0 0 ${width} ${height}` },
    el("line", { x1: left, x2: width, y1: height - bottom,
      y2: height - bottom }),
    el("text", { x: 0, y: 14 }, most), el("text", { x: 0,
      y: height - bottom }, 0), bars),
    el("p", { class: "legend dim" }, ["done", "failed"].map((kind) =>
      el("span", {}, el("i", { class: kind }), t(kind)))));
}

// --- Pages ------------------------------------------------------------------

function loginPage() {
  return el("div", { class: "narrow" }, el("h1", {}, "dfota"), form([
    field("name", t("name"), { autocomplete: "username", required: true }),
    field("password", t("password"), { type: "password", required: true,
      autocomplete: "current-password" }),
  ], t("login"), async (data) => {
    state.me = await send("POST", "login", Object.fromEntries(data));
    location.hash = "#/projects";
    show();
  }));
}

function setupPage(secret) {
  return el("div", { class: "narrow" }, el("h1", {}, t("first")), form([
    field("name", t("name"), { autocomplete: "username", required: true }),
    field("password", t("password_hint"), { type: "password", minlength: 10,
      required: true, autocomplete: "new-password" }),
  ], t("create"), async (data) => {
    const person = Object.fromEntries(data);
    await send("POST", "setup", { secret, ...person });
    state.me = await send("POST", "login", person);
    location.hash = "#/projects";
  }));
}

async function projectsPage() {
  const { rows } = await get("projects");
  return [el("h1", {}, t("projects")), table(rows, [
    ["name", (row) => el("a", { href: `#/project/${row.id}` }, row.name)],
    ["key", (row) => el("code", {}, row.project_key)],
    ["product", (row) => row.product || ""],
  ]), can("admin") ? form([field("name", t("name"), { required: true })],
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
  return el("nav", { class: "tabs" }, names.map((name) =>
    el("a", { href: `#/project/${id}/${name}`,
      class: name === here ? "here" : null }, t(name))));
}

async function overviewPage(id) {
  const one = await get(`projects/${id}/statistics`);
  const sum = (state_, reported) => one.states.filter((row) =>
    row.state === state_ && (reported === undefined ||
      row.is_reported === reported))
    .reduce((all, row) => all + row.upgrades, 0);
  return [el("div", { class: "facts" },
    fact(number(one.devices), t("devices")),
    fact(number(sum("running")), t("running")),
    fact(number(sum("done", true)), `${t("done")}, ${t("reported")}`),
    fact(number(sum("done", false)), `${t("done")}, ${t("concluded")}`),
    fact(number(sum("failed")), t("failed")),
    fact(number(one.forbidden), t("forbidden"))),
  el("h2", {}, t("over_time")), chart(one.days),
  el("h2", {}, t("reasons")), table(one.reasons, [
    ["phase", (row) => row.phase || ""],
    ["reason", (row) => row.reason || ""],
    ["count", (row) => number(row.upgrades), true]]),
  el("h2", {}, t("versions")), table(one.versions, [
    ["firmware_name", (row) => row.firmware_name],
    ["version", (row) => row.version],
    ["count", (row) => number(row.devices), true]])];
}

async function firmwareListPage(id) {
  const { rows } = await get(`projects/${id}/firmware`);
  const images = (await get(`projects/${id}/images`)).rows;
  const page = [table(rows, [
    ["version", (row) => el("a", { href: `#/firmware/${row.id}` },
      row.version)],
    ["firmware_name", (row) => row.firmware_name],
    ["state", (row) => stateText(row.state)],
    ["devices", (row) => row.is_whole ? t("all")
      : `${number(row.targets)} ${t("in_list")}`],
    ["running", (row) => number(row.running), true],
    ["done", (row) => number(row.done), true],
    ["failed", (row) => number(row.failed), true]])];
  if (can("operator")) {
    page.push(form([
      field("firmware_name", t("firmware_name"), { required: true }),
      field("version", t("version"), { required: true, pattern: "[0-9.]+" }),
      field("is_whole", t("whole"), { type: "checkbox" }),
    ], t("create"), async (data) => {
      const one = await send("POST", `projects/${id}/firmware`, {
        firmware_name: data.get("firmware_name"),
        version: data.get("version"), is_whole: data.has("is_whole") });
      location.hash = `#/firmware/${one.id}`;
    }));
  }
  page.push(el("h2", {}, t("images")), table(images, [
    ["firmware_name", (row) => row.firmware_name],
    ["version", (row) => row.version],
    ["part", (row) => row.part, true],
    ["size", (row) => number(row.size), true],
    ["at", (row) => time(row.created_at)]]));
  if (can("operator")) {
    page.push(uploadForm([
      field("firmware_name", t("firmware_name"), { required: true }),
      field("version", t("version"), { required: true, pattern: "[0-9.]+" }),
      field("part", t("part"), { type: "number", min: 0, max: 7, value: 0 }),
    ], t("upload_image"), (data) => `projects/${id}/images?` +
      new URLSearchParams({ firmware_name: data.get("firmware_name"),
        version: data.get("version"), part: data.get("part") })));
  }
  return page;
}

function uploadForm(fields, title, path) {
  const progress = el("progress", { value: 0, max: 1 });
  return form([fields, el("label", {}, t("file"),
    el("input", { type: "file", name: "file", required: true })), progress],
  title, async (data) => {
    await upload(path(data), data.get("file"), progress);
    show();
  });
}

function actions(one) {
  const become = (value) => async () => {
    await send("PATCH", `firmware/${one.id}`, { state: value });
    show();
  };
  const list = [];
  if (one.state === "draft") {
    list.push(button(t("start"), become("running"), { class: "main" }));
  }
  if (one.state === "running") {
    list.push(button(t("pause"), become("paused")));
  }
  if (one.state === "paused") {
    list.push(button(t("resume"), become("running"), { class: "main" }));
  }
  if (one.state !== "aborted") {
    list.push(button(t("abort"), async () => {
      if (confirm(t("abort_sure"))) {
        await become("aborted")();
      }
    }, { class: "danger" }));
  }
  return el("p", {}, list.flatMap((node) => [node, " "]));
}

function rolloutForm(one) {
  const optional = (data, name, factor) => data.get(name) === "" ? null
    : Number(data.get(name)) * (factor || 1);
  const hours = (seconds) => seconds === null ? "" : seconds / 3600;
  return form([
    field("is_whole", t("whole"), { type: "checkbox", checked: one.is_whole }),
    field("percent", t("percent"), { type: "number", min: 0, max: 100,
      value: one.percent }),
    field("hourly_rate", t("hourly_rate"), { type: "number", min: 1,
      value: one.hourly_rate }),
    field("fail_percent", t("fail_percent"), { type: "number", min: 0,
      max: 100, value: one.fail_percent }),
    field("day_from", t("window"), { type: "number", min: 0, max: 24,
      value: hours(one.day_from) }),
    field("day_to", t("to"), { type: "number", min: 0, max: 24,
      value: hours(one.day_to) }),
    field("is_held", t("is_held"), { type: "checkbox", checked: one.is_held }),
  ], t("save"), async (data) => {
    await send("PATCH", `firmware/${one.id}`, {
      is_whole: data.has("is_whole"), percent: Number(data.get("percent")),
      hourly_rate: optional(data, "hourly_rate"),
      fail_percent: optional(data, "fail_percent"),
      day_from: optional(data, "day_from", 3600),
      day_to: optional(data, "day_to", 3600), is_held: data.has("is_held") });
    return t("saved");
  });
}

function listForm(one) {
  const text = el("textarea", { name: "text", spellcheck: "false" });
  const put = async (data, append) => {
    const file = data.get("file");
    const body = file && file.size > 0 ? await file.text() : text.value;
    const answer = await api("PUT",
      `firmware/${one.id}/targets${append ? "?append=1" : ""}`, body);
    return `${number(answer.devices)} ${t("in_list")}`;
  };
  return form([
    el("label", { class: "wide" }, t("list_hint"), text),
    el("label", {}, "CSV", el("input", { type: "file", name: "file",
      accept: ".csv,.txt,text/*" })),
    choice("how", "", ["replace", "append"], "replace"),
  ], t("save"), (data) => put(data, data.get("how") === "append"));
}

async function firmwarePage(id) {
  const one = await get(`firmware/${id}`);
  const { rows } = await get(`firmware/${id}/packages`);
  const ended = one.done + one.failed;
  const page = [el("p", {}, el("a", { href:
    `#/project/${one.project_id}/firmware` }, "← " + t("firmware"))),
  el("h1", {}, `${one.firmware_name} ${one.version}`),
  el("div", { class: "facts" },
    fact(stateText(one.state), one.pause_reason || t("state")),
    fact(number(one.running), t("running")),
    fact(number(one.done), t("done")),
    fact(number(one.failed), t("failed")),
    fact(one.is_whole ? t("all") : number(one.targets), t("devices"))),
  el("progress", { max: Math.max(ended + one.running, 1), value: ended,
    "aria-label": t("ready_percent") })];
  if (can("operator")) {
    page.push(actions(one), el("h2", {}, t("settings")), rolloutForm(one),
      el("h2", {}, t("list")), el("p", { class: "dim" },
        `${number(one.targets)} ${t("in_list")}`), listForm(one));
  }
  page.push(el("h2", {}, t("packages")), table(rows, [
    ["from_version", (row) => row.from_version || t("any")],
    ["state", (row) => stateText(row.state)],
    ["size", (row) => number(row.size), true],
    ["reason", (row) => row.reason || ""]]));
  if (can("operator")) {
    page.push(uploadForm([field("from", t("from_hint"),
      { pattern: "[0-9.]*" })], t("upload_package"),
    (data) => `firmware/${id}/packages` + (data.get("from")
      ? "?from_version=" + encodeURIComponent(data.get("from")) : "")));
  }
  return page;
}

function searchForm(path, query) {
  return form([
    field("search", t("search"), { value: query.get("search") || "",
      type: "search" }),
    path.endsWith("devices") ? field("forbidden", t("only_forbidden"),
      { type: "checkbox", checked: query.get("forbidden") === "1" })
      : choice("state", t("state"), ["", "running", "done", "failed"],
        query.get("state") || ""),
  ], t("search"), (data) => {
    const wanted = new URLSearchParams();
    for (const [name, value] of data) {
      if (value) {
        wanted.set(name, value === "on" ? "1" : value);
      }
    }
    location.hash = `${path}?${wanted}`;
  });
}

function releaseButton(row) {
  return row.forbidden_at && can("operator") ? button(t("release"), async () => {
    await send("POST", `devices/${row.id}/release`, {});
    show();
  }, { class: "main" }) : null;
}

function deviceState(row) {
  return row.forbidden_at
    ? el("span", { class: "bad" }, t("forbidden"), " ", time(row.forbidden_at))
    : "";
}

async function devicesPage(id, query) {
  const path = `projects/${id}/devices?${query}`;
  const { rows } = await get(path);
  const more = new URLSearchParams(query);
  if (rows.length > 0) {
    more.set("after", rows[rows.length - 1].id);
  }
  return [searchForm(`#/project/${id}/devices`, query), table(rows, [
    ["identity", (row) => el("a", { href: `#/device/${row.id}` },
      row.identity)],
    ["version", (row) => row.version],
    ["firmware_name", (row) => row.firmware_name],
    ["last_seen", (row) => time(row.last_seen)],
    ["reports", (row) => t(row.is_reporting ? "reported" : "concluded")],
    ["state", (row) => [deviceState(row), " ", releaseButton(row)]]]),
  rows.length === 100 ? el("p", {}, el("a", { href:
    `#/project/${id}/devices?${more}` }, t("more"))) : null,
  exports(path)];
}

const upgradeColumns = [
  ["at", (row) => time(row.updated_at)],
  ["identity", (row) => el("a", { href: `#/device/${row.device_id}` },
    row.identity)],
  ["from_version", (row) => row.from_version],
  ["to_version", (row) => row.to_version],
  ["result", (row) => [stateText(row.state), row.state === "running" ? ""
    : el("div", { class: "dim" }, t(row.is_reported ? "reported"
      : "concluded"))]],
  ["phase", (row) => row.phase || ""],
  ["reason", (row) => row.reason || ""],
];

async function logPage(id, query) {
  const path = `projects/${id}/upgrades?${query}`;
  const { rows } = await get(path);
  const more = new URLSearchParams(query);
  if (rows.length > 0) {
    more.set("before", rows[rows.length - 1].id);
  }
  return [searchForm(`#/project/${id}/log`, query),
    table(rows, upgradeColumns),
    rows.length === 100 ? el("p", {}, el("a", { href:
      `#/project/${id}/log?${more}` }, t("more"))) : null,
    exports(path)];
}

async function devicePage(id) {
  const one = await get(`devices/${id}`);
  const upgrades = await get(
    `projects/${one.project_id}/upgrades?device=${id}`);
  const requests = await get(`devices/${id}/requests`);
  return [el("p", {}, el("a", { href: `#/project/${one.project_id}/devices` },
    "← " + t("devices"))), el("h1", {}, one.identity),
  el("div", { class: "facts" }, fact(one.version, one.firmware_name),
    fact(time(one.last_seen), t("last_seen")),
    fact(time(one.first_seen), t("first_seen")),
    fact(t(one.is_reporting ? "reported" : "concluded"), t("reports"))),
  one.forbidden_at ? el("p", {}, deviceState(one), " ", releaseButton(one))
    : null,
  el("h2", {}, t("log")), table(upgrades.rows, upgradeColumns),
  el("h2", {}, t("requests")), table(requests.rows, [
    ["at", (row) => time(row.at)],
    ["version", (row) => row.version],
    ["code", (row) => `${row.code} ${t("code_" + row.code)}`],
    ["counted", (row) => row.is_counted ? "✓" : ""],
    ["address", (row) => row.address]])];
}

async function settingsPage(id) {
  const one = await get(`projects/${id}`);
  const figures = ["area_size", "ram", "scratch_size", "block_size", "hour_count", "hour_seconds",
    "day_count", "day_seconds"];
  return form([
    field("name", t("name"), { value: one.name, required: true }),
    field("project_key", t("key"), { value: one.project_key, required: true }),
    field("product", t("product"), { value: one.product || "" }),
    field("is_in_place", t("is_in_place"), { type: "checkbox",
      checked: one.is_in_place }),
    figures.map((name) => field(name, t(name), { type: "number", min: 1,
      value: one[name] })),
    el("label", { class: "wide" }, t("public_key"),
      el("textarea", { name: "public_key" }, one.public_key || "")),
  ], t("save"), async (data) => {
    const changes = { name: data.get("name"),
      project_key: data.get("project_key"),
      product: data.get("product") || null,
      is_in_place: data.has("is_in_place"),
      public_key: data.get("public_key").trim()
        ? data.get("public_key").trim() + "\n" : null };
    for (const name of figures) {
      changes[name] = Number(data.get(name));
    }
    await send("PATCH", `projects/${id}`, changes);
    return t("saved");
  });
}

async function projectPage(id, tab, query) {
  const one = await get(`projects/${id}`);
  const pages = { overview: overviewPage, firmware: firmwareListPage,
    devices: devicesPage, log: logPage, settings: settingsPage };
  return [el("h1", {}, one.name), el("p", { class: "dim" }, t("key"), " ",
    el("code", {}, one.project_key)), tabs(id, tab),
  await (pages[tab] || overviewPage)(id, query)];
}

async function usersPage() {
  const { rows } = await get("users");
  const tokens = (await get("tokens")).rows;
  const roles = ["viewer", "operator", "admin"];
  const shown = el("div");
  return [el("h1", {}, t("users")), table(rows, [
    ["name", (row) => row.name], ["role", (row) => t(row.role)],
    ["state", (row) => row.is_disabled ? t("disabled") : ""]]),
  form([field("name", t("name"), { required: true }),
    field("password", t("password_hint"), { type: "password", required: true,
      minlength: 10, autocomplete: "new-password" }),
    choice("role", t("role"), roles, "viewer")], t("create"),
  async (data) => {
    await send("POST", "users", Object.fromEntries(data));
    show();
  }),
  el("h2", {}, t("tokens")), table(tokens, [
    ["name", (row) => row.name], ["role", (row) => t(row.role)],
    ["last_seen", (row) => time(row.used_at)],
    ["action", (row) => button(t("remove"), async () => {
      await api("DELETE", `tokens/${row.id}`);
      show();
    }, { class: "danger" })]]),
  form([field("name", t("name"), { required: true }),
    choice("role", t("role"), roles, "operator")], t("create"),
  async (data) => {
    const one = await send("POST", "tokens", Object.fromEntries(data));
    shown.replaceChildren(message(`${t("token_once")}\n${one.token}`, true));
  }), shown];
}

async function auditPage(query) {
  const { rows } = await get(`audit?${query}`);
  return [el("h1", {}, t("audit")), table(rows, [
    ["at", (row) => time(row.at)], ["who", (row) => row.who],
    ["action", (row) => row.action], ["object", (row) => row.object],
    ["reason", (row) => row.detail || ""],
    ["address", (row) => row.address]]),
  rows.length === 100 ? el("p", {}, el("a", { href:
    `#/audit?before=${rows[rows.length - 1].id}` }, t("more"))) : null,
  exports(`audit?${query}`)];
}

// --- The whole --------------------------------------------------------------

function showTop() {
  document.documentElement.lang = state.language ? "zh-CN" : "en";
  const links = state.me ? [["#/projects", t("projects")]] : [];
  if (can("admin")) {
    links.push(["#/users", t("users")], ["#/audit", t("audit")]);
  }
  document.getElementById("top").replaceChildren(
    el("span", { class: "name" }, "dfota"),
    ...links.map(([href, title]) => el("a", { href }, title)),
    el("span", { class: "space" }),
    el("button", { type: "button", id: "language", onclick: () => {
      state.language = state.language ? 0 : 1;
      localStorage.setItem("language", state.language || "");
      show();
    } }, state.language ? "English" : "中文"),
    state.me ? el("span", { class: "dim" },
      `${state.me.name} (${t(state.me.role)})`) : "",
    state.me ? button(t("logout"), async () => {
      await send("POST", "logout", {});
      state.me = null;
      show();
    }) : "");
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
      showTop();
    } catch (error) {
      return [loginPage(), false];
    }
  }
  const [path, search] = hash.replace(/^#\//, "").split("?");
  const query = new URLSearchParams(search || "");
  const [kind, id, tab] = path.split("/");
  switch (kind) {
    case "project":
      return [await projectPage(Number(id), tab || "overview", query),
        !tab || tab === "overview"];
    case "firmware": return [await firmwarePage(Number(id)), true];
    case "device": return [await devicePage(Number(id)), false];
    case "users": return [await usersPage(), false];
    case "audit": return [await auditPage(query), false];
    default: return [await projectsPage(), false];
  }
}

// What somebody is filling in stays.
function isInUse(page) {
  const active = document.activeElement;
  return (page.contains(active) && active.matches("input,textarea,select")) ||
    [...page.querySelectorAll("input,textarea,select")].some((input) =>
      input.type === "checkbox" ? input.checked !== input.defaultChecked
        : input.type === "file" ? input.files.length > 0
          : input.tagName !== "SELECT" && input.value !== input.defaultValue);
}

async function show(isRenewal) {
  const page = document.getElementById("page");
  const turn = ++state.turn;
  clearTimeout(state.timer);
  if (isRenewal && isInUse(page)) {
    state.timer = setTimeout(show, 3000, true);
    return;
  }
  showTop();
  let content, renews = true;
  try {
    [content, renews] = await pageOf(location.hash);
  } catch (error) {
    content = message(explain(error));
  }
  if (turn !== state.turn || (isRenewal && isInUse(page))) {
    state.timer = setTimeout(show, 3000, true);
    return;
  }
  page.replaceChildren(...[content].flat(2).filter((node) => node !== null));
  if (renews) {
    state.timer = setTimeout(show, 3000, true);
  }
}

window.addEventListener("hashchange", () => show());
show();
