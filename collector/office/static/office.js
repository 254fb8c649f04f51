// Asks for the moving part of the page every second, while somebody looks at it. Figures that no longer move because
// the collector does not answer are said to be old: they must never pass for live ones.
"use strict";

const EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
const main = document.querySelector("main");
const stale = document.querySelector(".stale");
let etag = "";
let goodAt = new Date();

async function refresh() {
  try {
    const response = await fetch("/live", {
      cache: "no-store",
      headers: etag ? { "If-None-Match": etag } : {},
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.status !== 304) {
      show(await response.text());
      etag = response.headers.get("ETag") || "";
    }
    goodAt = new Date();
    stale.hidden = true;
  } catch {
    stale.querySelector("time").textContent = goodAt.toLocaleTimeString("vi-VN");
    stale.hidden = false;
  }
}

function show(html) {
  const known = new Set([...main.querySelectorAll("[data-id]")].map((row) => row.dataset.id));
  main.innerHTML = html;
  for (const row of main.querySelectorAll("[data-id]")) {
    row.classList.toggle("new", !known.has(row.dataset.id));
  }
}

async function keepFresh() {
  if (!document.hidden) await refresh();
  setTimeout(keepFresh, EVERY_MS);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
keepFresh();
