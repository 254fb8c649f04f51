// Comes anew when the kiosk has something else to show. A kiosk that does not answer is asked again.
const EVERY_MS = 500;

const shown = document.body.dataset.number;

async function look() {
  try {
    const answer = await fetch('/number');
    if (answer.ok && (await answer.text()) !== shown) location.replace('/');
  } catch {
    // it is being started again, or ends: another page follows at this address
    document.body.dataset.cut = 'yes';
  }
  if (document.body.dataset.cut) {
    const back = await fetch('/').then((answer) => answer.ok, () => false);
    if (back) location.replace('/');
  }
}

for (const gesture of ['contextmenu', 'dragstart', 'gesturestart']) {
  document.addEventListener(gesture, (event) => event.preventDefault());
}
setInterval(look, EVERY_MS);
