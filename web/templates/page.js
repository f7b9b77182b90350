// All that the page does by script; without it every form works as it stands. Comments are not sent.
(() => {
  const find = (what, where = document) => where.querySelector(what);

  // Shows the address without its token, so that it stays out of histories and bookmarks.
  const clean = find("noscript[data-here]")?.dataset.here;
  if (clean) history.replaceState(null, "", clean + location.search + location.hash);
  const here = location.pathname;

  // Tells once that somebody has the page in hand: a finger, a wheel or a key moved it while it was in sight.
  // Programs that fetch, render, prefetch or scroll a page by script do none of that.
  const opened = performance.now();
  let told = false;
  const touched = (by) => {
    if (told || !by.isTrusted || document.hidden || performance.now() - opened < 500) return;
    told = true;
    fetch(here.replace("/account", "") + "/seen", { method: "POST", keepalive: true });
  };
  for (const kind of ["pointerdown", "touchmove", "wheel", "keydown"]) addEventListener(kind, touched, { passive: true });

  // Stays true while it is open: hears that something changed, reads itself anew, and says aloud what is to pay.
  const news = find("[data-seen]");
  let at = news.dataset.seen, stream, later, reads, again;
  const typed = (field) =>
    field.options
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((option) => option.defaultSelected))
      : field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  const fields = "input,select,textarea";
  const inUse = (part) =>
    part.attributes &&
    [part, ...part.querySelectorAll(fields)].some((each) => each.matches(fields) && (each === document.activeElement || typed(each)));
  const named = (part) => part.attributes && ["id", "name", "action"].map((name) => part.getAttribute(name)).join("");
  const same = (old, part) => old.nodeName === part.nodeName && named(old) === named(part);

  // Makes the old part as the new one is, where it stands: what has the focus or was typed is neither replaced nor removed.
  const merge = (old, part) => {
    if (!part.attributes) return old.data !== part.data && (old.data = part.data);
    if (old.matches(fields) && typed(old)) return;
    for (const { name } of [...old.attributes]) if (name !== "open" && !part.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of part.attributes)
      if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
    let next = old.firstChild;
    const pass = () => {
      const gone = next;
      next = next.nextSibling;
      if (!inUse(gone)) gone.remove();
    };
    for (const child of [...part.childNodes]) {
      let found = next;
      while (found && !same(found, child) && named(child)) found = found.nextSibling;
      if (!found || !same(found, child)) {
        old.insertBefore(child, next);
        continue;
      }
      while (next !== found) pass();
      next = next.nextSibling;
      merge(found, child);
    }
    while (next) pass();
  };

  const heading = () => find("h1")?.textContent;
  const read = async () => {
    if (reads) return (again = true);
    reads = true;
    try {
      const answer = await fetch(location.href);
      if (!answer.ok && answer.status !== 404) throw answer;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const said = heading();
      merge(find("main"), find("main", page));
      document.title = page.title;
      if (heading() !== said) news.textContent = heading();
      at = find("[data-seen]", page)?.dataset.seen;
      if (!at) close();
    } catch {
      later = setTimeout(follow, 3e3);
    }
    reads = false;
    if (again) {
      again = false;
      read();
    }
  };
  const close = () => {
    clearTimeout(later);
    stream?.close();
  };
  const follow = () => {
    close();
    if (document.hidden || !at || !navigator.cookieEnabled) return;
    stream = new EventSource(`${here}/events?last=${at}`);
    stream.onmessage = read;
    stream.onerror = () => stream.readyState === 2 && ask();
  };
  const ask = async () => {
    later = setTimeout(follow, 3e4);
    try {
      const answer = await fetch(`${here}/changes?last=${at}`);
      if (answer.status === 404 || (answer.ok && (await answer.json()).changed[0])) read();
    } catch {}
  };
  addEventListener("visibilitychange", follow);
  follow();
})();
