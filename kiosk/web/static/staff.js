// The staff page: states by name, read again every second.
"use strict";
(() => {
  const line = document.querySelector(".state");
  const counts = document.querySelector("[data-counts]");
  const FAULTS = { storage: "visits cannot be stored", eye: "the reader does not answer", camera: "the camera does not work", paused: "paused by the authority", screen: "the display is dead" };

  function worded(key, value) {
    if (value === null || value === undefined || value === -1) return "–";
    if (key === "documents") return Object.entries(value).map(([kind, { version, age_h }]) => `${kind} ${version} (${age_h} h)`).join(", ") || "–";
    if (key.endsWith("_s")) return value < 120 ? `${value} s` : `${Math.round(value / 60)} min`;
    return key.includes("_ms") ? `${Math.round(value)} ms` : String(value);
  }

  function say(state, text) {
    line.dataset.state = state;
    if (line.textContent !== text) line.textContent = text;
  }

  function draw(status) {
    const troubles = [...(status.faults ?? []).map((name) => FAULTS[name] ?? name), ...(status.notes ?? [])];
    say(troubles.length ? "fault" : "ok", troubles.length ? `Out of order: ${troubles.join(", ")}` : `In service, screen: ${status.screen}`);
    for (const cell of document.querySelectorAll("[data-key]")) {
      cell.textContent = worded(cell.dataset.key, status[cell.dataset.key]);
    }
    counts.replaceChildren(...Object.entries(status.outcomes ?? {}).map(([name, count]) => {
      const row = document.createElement("tr");
      for (const text of [name, count]) row.append(Object.assign(document.createElement("td"), { textContent: text }));
      return row;
    }));
  }

  async function refresh() {
    try {
      draw(await (await fetch("/status.json")).json());
    } catch {
      say("silent", "The kiosk does not answer");
    }
    setTimeout(refresh, 1000);
  }
  refresh();
})();
