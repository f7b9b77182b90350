// All that the page does by script; without it every form works as it stands. Comments are not sent.
(() => {
  const find = (what, where = document) => where.querySelector(what),
    clean = find("noscript[data-here]")?.dataset.here;

  // Shows the address without its token, so that it stays out of histories and bookmarks.
  if (clean) history.replaceState(0, "", clean + location.search + location.hash);
  const here = location.pathname,
    news = find("[data-seen]"),
    opened = performance.now();

  // Tells once that somebody has the page in hand: a finger, a wheel or a key moved it while it was in sight.
  // Programs that fetch, render, prefetch or scroll a page by script do none of that.
  let told;
  const touched = (by) => {
    if (told || !by.isTrusted || document.hidden || by.timeStamp - opened < 500) return;
    told = true;
    fetch(here.split("/", 3).join("/") + "/seen", { method: "POST", keepalive: 1 });
  };
  for (const kind of ["pointerdown", "touchmove", "wheel", "keydown"]) addEventListener(kind, touched, { passive: 1 });

  // Copies what stands beside a button, where the browser lets a page do that: else no such button is seen.
  if (navigator.clipboard) document.body.className = "copies";
  addEventListener("click", async ({ target }) => {
    const said = target.dataset.copied;
    if (said) {
      await navigator.clipboard.writeText(target.value);
      news.textContent = target.textContent = said;
    }
  });

  // The look at which a payment's provider is asked is a form: a page that is only fetched changes nothing.
  find("#ask")?.submit();

  // Stays true while it is open: hears that something changed, reads itself anew, and says aloud what is to pay.
  let at = news.dataset.seen, stream, later, reads = 0;
  const fields = "input,select,textarea",
    typed = (field) =>
      field.options
        ? [...field.options].some((each) => each.selected !== each.defaultSelected)
        : field.type !== "hidden" && (field.value !== field.defaultValue || field.checked !== field.defaultChecked),
    inUse = (part) =>
      part.attributes &&
      [part, ...part.querySelectorAll(fields)].some((each) => each.matches(fields) && (each === document.activeElement || typed(each))),
    named = (part) => part.attributes && ["id", "name", "action"].map((name) => part.getAttribute(name)).join(""),
    same = (old, part) => old.nodeName + named(old) === part.nodeName + named(part);

  // Makes the old part as the new one is, where it stands: what has the focus or was typed is neither replaced nor removed.
  const merge = (old, part) => {
    if (!part.attributes) return old.data !== part.data && (old.data = part.data);
    if (old.matches(fields) && typed(old)) return;
    for (const { name } of [...old.attributes, ...part.attributes]) {
      const value = part.getAttribute(name);
      if (name === "open" || value === old.getAttribute(name)) continue;
      value === null ? old.removeAttribute(name) : old.setAttribute(name, value);
    }
    const before = [...old.childNodes],
      pass = (count) => before.splice(0, count).forEach((gone) => inUse(gone) || gone.remove());
    for (const child of [...part.childNodes]) {
      const found = before.findIndex((each, at) => same(each, child) && (named(child) || !at));
      if (found < 0) old.insertBefore(child, before[0]);
      else pass(found), merge(before.shift(), child);
    }
    pass(before.length);
  };

  const heading = () => find("h1")?.textContent,
    read = async () => {
      if (reads++) return;
      try {
        const answer = await fetch(location.href);
        if (!answer.ok && answer.status !== 404) throw answer;
        const page = new DOMParser().parseFromString(await answer.text(), "text/html"),
          said = heading();
        merge(find("main"), find("main", page));
        document.title = page.title;
        if (heading() !== said) news.textContent = heading();
        at = find("[data-seen]", page)?.dataset.seen;
        if (!at) follow();
      } catch {
        later = setTimeout(follow, 3e3);
      }
      if (--reads) {
        reads = 0;
        read();
      }
    };
  const follow = () => {
    clearTimeout(later);
    stream?.close();
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
