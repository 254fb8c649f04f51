// Looks again at a part of the page for as long as that part says that it waits for something.
"use strict";

const EVERY_MS = 2000;

async function look(place) {
  try {
    const answer = await fetch(place.dataset.until, { cache: "no-store" });
    if (answer.ok) {
      const html = await answer.text();
      if (place.dataset.shown !== html) place.innerHTML = html;
      place.dataset.shown = html;
    }
  } catch {
    // no answer now: asked again
  }
  next(place);
}

function next(place) {
  if (place.querySelector("[data-waits]")) setTimeout(look, EVERY_MS, place);
}

document.querySelectorAll("[data-until]").forEach(next);
