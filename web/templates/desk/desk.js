// The desk by keyboard: whatever has data-key is pressed by that key, rows are walked with j and k, ? lists all of it. Without it
// everything is reached by Tab and links.
const typing = (at) => at.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at.tagName);
const seen = (each) => each.getClientRects().length > 0;
const keyed = () => [...document.querySelectorAll("[data-key]")].filter(seen);
const rows = () => [...document.querySelectorAll("[data-row]")].filter(seen);
const named = (each) => each.getAttribute("aria-label") || each.labels?.[0]?.textContent || each.textContent;
const places = "desk-rows";

function walk(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("at"));
  const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
  all.forEach((row) => row.classList.toggle("at", row === next));
  const link = next.matches("a") ? next : next.querySelector("a, button, input");
  link?.focus();
  next.scrollIntoView({ block: "nearest" });
  sessionStorage.setItem(places + location.pathname + location.search, next.dataset.row);
}

function list() {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return;
  const told = dialog.querySelector("dl");
  told.replaceChildren();
  const all = keyed().map((each) => [each.dataset.key, named(each).trim()]);
  for (const [key, words] of [...all, ["j k", "↓ ↑"], ["?", dialog.querySelector("h2").textContent]]) {
    const dt = document.createElement("dt"), dd = document.createElement("dd"), kbd = document.createElement("kbd");
    kbd.textContent = key;
    dd.textContent = words;
    dt.append(kbd);
    told.append(dt, dd);
  }
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "j" || event.key === "k") walk(event.key === "j" ? 1 : -1);
  else if (event.key === "?") list();
  else {
    const pressed = keyed().find((each) => each.dataset.key === event.key);
    if (!pressed) return;
    if (typing(pressed)) { pressed.focus(); pressed.select?.(); } else pressed.click();
  }
  event.preventDefault();
});

// Who comes back to a list is where they were.
const kept = sessionStorage.getItem(places + location.pathname + location.search);
const row = kept && rows().find((each) => each.dataset.row === kept);
if (row) { row.classList.add("at"); row.scrollIntoView({ block: "nearest" }); }

// A story goes on in the same scroll: what is older comes below what is there, and whoever walks its rows goes on among them.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-older]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  event.preventDefault();
  if (link.ariaBusy === "true") return;
  link.ariaBusy = "true";
  const page = await fetch(link.href, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  if (page?.status !== 200) return location.assign(link.href);
  const read = new DOMParser().parseFromString(await page.text(), "text/html"), on = read.querySelector("a[data-older]");
  const older = [...read.querySelectorAll(".happened > li")];
  document.querySelector(".happened").append(...older);
  older[0]?.querySelector("a")?.focus({ preventScroll: true });
  if (on) link.replaceWith(on);
  else link.parentElement.remove();
});

// What goes on stays true: a part that is followed is read anew whenever its stream says that it has got on.
for (const part of document.querySelectorAll("[data-live]")) {
  const stream = new EventSource(part.dataset.live);
  stream.onmessage = async (event) => {
    const page = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!page.ok) return stream.close();
    const read = new DOMParser().parseFromString(await page.text(), "text/html").getElementById(part.id);
    if (read) part.replaceChildren(...read.childNodes);
    if (JSON.parse(event.data).ended) stream.close();
  };
}

// Somebody calls: a line that opens the caller's card, on every page that is looked at. It takes neither focus nor what is typed, and
// what was opened or put away in one tab is gone from all.
const calls = document.getElementById("calls");
const put = "desk-calls-away";
const away = () => JSON.parse(localStorage.getItem(put) || "[]");
let ringing = [];
const show = () => {
  const gone = new Set(away());
  const there = ringing.filter((id) => !gone.has(id));
  for (const each of [...calls.children]) if (!there.includes(each.dataset.call)) each.remove();
  for (const id of there) {
    if ([...calls.children].some((each) => each.dataset.call === id)) continue;
    const line = document.getElementById("a-call").content.firstElementChild.cloneNode(true);
    line.dataset.call = id;
    line.querySelector("a").href = `/desk/incoming/${id}`;
    for (const each of line.querySelectorAll("a, button")) each.addEventListener("click", () => leave(id));
    calls.prepend(line);
  }
};
const leave = (id) => {
  localStorage.setItem(put, JSON.stringify([...away(), id].slice(-50)));
  setTimeout(show); // after the link was followed
};
const hear = (ids) => {
  ringing = ids;
  if (calls) show();
};
if (calls) {
  addEventListener("storage", show);
  const [, opened] = location.pathname.match(/^\/desk\/incoming\/([^/]+)/) ?? [];
  if (opened) leave(opened);
}

// What stands in a part is read anew, with what the forms of the page have seen; what is typed stays, and so does where one is.
const part = document.querySelector("[data-anew]");
const anew = async () => {
  const page = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!page.ok) return stream?.close();
  const read = new DOMParser().parseFromString(await page.text(), "text/html"), now = read.getElementById(part.id);
  if (!now) return;
  const had = rows().findIndex((each) => each.classList.contains("at"));
  part.replaceChildren(...now.childNodes);
  if (had >= 0) rows()[had]?.classList.add("at");
  const seen = read.querySelector("[name=seen]");
  if (seen) document.querySelectorAll("[name=seen]").forEach((each) => { each.value = seen.value; });
};

// A page that is looked at has one stream: who calls, who else is here, and what is new. A page behind others hears nothing, and is nobody.
const live = document.querySelector("[data-at]");
let stream, stands = live?.dataset.stands, last = live?.dataset.seen ?? "";
const say = (what, words) => {
  const line = live?.querySelector(what);
  if (!line) return;
  if (words !== undefined) line.querySelector("span").textContent = words;
  line.hidden = words === "";
};
const ask = async () => {
  if (!calls || document.hidden || stream?.readyState === EventSource.OPEN) return;
  const told = await fetch("/desk/live/calls", { redirect: "manual" }).catch(() => null);
  if (told?.status === 200) hear(await told.json());
  if (!told || told.status === 200 || told.status >= 500) setTimeout(ask, 10_000);
};
const watch = () => {
  stream?.close();
  stream = undefined;
  if (document.hidden || !(live || calls)) return;
  stream = new EventSource(`/desk/live?${new URLSearchParams({ at: live?.dataset.at ?? "", last })}`);
  stream.onmessage = (event) => {
    last = event.lastEventId || last;
    if (part) anew();
    else say("[data-changed]");
  };
  stream.addEventListener("calls", (event) => hear(JSON.parse(event.data)));
  stream.addEventListener("here", (event) => say("[data-here]", JSON.parse(event.data).join(", ")));
  stream.addEventListener("stands", (event) => {
    const now = JSON.parse(event.data);
    if (stands !== undefined && stands !== now) anew();
    stands = now;
  });
  stream.onerror = () => { if (stream?.readyState === EventSource.CLOSED) ask(); };
};
document.addEventListener("visibilitychange", watch);
addEventListener("pagehide", () => stream?.close());
watch();
