// Shows the address without its token, so that it stays out of histories and bookmarks.
// Tells once that somebody has the page in hand: a finger, a wheel or a key moved it while it was in sight.
// Programs that fetch, render, prefetch or scroll a page by script do none of that.
(() => {
  const clean = document.querySelector("noscript[data-here]")?.dataset.here;
  if (clean) history.replaceState(null, "", clean + location.search + location.hash);
  const opened = performance.now();
  let told = false;
  const touched = (event) => {
    if (told || !event.isTrusted || document.visibilityState !== "visible" || performance.now() - opened < 500) return;
    told = true;
    fetch(location.pathname + "/seen", { method: "POST", keepalive: true });
  };
  for (const kind of ["pointerdown", "touchmove", "wheel", "keydown"]) addEventListener(kind, touched, { passive: true });
})();
