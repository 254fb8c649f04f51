// Fetches the moving part of the page again every second while somebody looks at it.
"use strict";
const arriving = document.getElementById("arriving");

async function refresh() {
  if (!document.hidden) {
    try {
      const response = await fetch("/arriving", { cache: "no-store" });
      if (response.ok) {
        const html = await response.text();
        if (html !== refresh.last) {
          arriving.innerHTML = html;
          refresh.last = html;
        }
      }
    } catch {
      // the collector is restarting: the next turn shows it
    }
  }
  setTimeout(refresh, 1000);
}

refresh();
