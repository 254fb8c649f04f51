// Asks whether the kiosk has joined, until it has; then its four words stand here.
"use strict";

const EVERY_MS = 2000;
const place = document.querySelector("[data-joined]");

async function look() {
  try {
    const answer = await fetch(place.dataset.joined, { cache: "no-store" });
    if (answer.ok) {
      const html = await answer.text();
      if (html.includes("<b>")) {
        place.innerHTML = html;
        return;
      }
    }
  } catch {
    // no answer now: asked again
  }
  setTimeout(look, EVERY_MS);
}

look();
