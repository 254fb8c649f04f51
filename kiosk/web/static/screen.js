// The visitor's screen: shows the newest state. Everything is in the page already, one attribute says what is seen.
import { follow, furnish, post } from './live.js';
import { mirror } from './mirror.js';

const body = document.body;
const all = (selector) => [...document.querySelectorAll(selector)];
const box = document.querySelector('[data-mirror-box]');
const aim = box ? mirror(box) : () => {};
let seq = 0;
let shown = { screen: 'fault', reason: 'page', at: '' };

function write(selector, text) {
  for (const element of all(selector)) {
    if (element.textContent !== text) element.textContent = text;
  }
}

// Of the words that are for one reason each only the right ones are seen; those for "" when none is.
function choose(screen, reason) {
  const texts = all(`.state.${screen} [data-for]`);
  const known = texts.some((text) => text.dataset.for === reason);
  for (const text of texts) text.hidden = text.dataset.for !== (known ? reason : '');
}

function draw({ screen, reason, at }) {
  choose(screen, reason);
  write('[data-at]', at);
  body.dataset.reason = reason;
  body.dataset.screen = screen;
  aim(screen === 'reading');
}

function show(state, restarted) {
  // another kiosk process has other tokens for its forms
  if (restarted) location.reload();
  seq = state.seq;
  shown = state;
  for (const field of all('[data-seq]')) field.value = String(seq);
  draw(state);
}

for (const section of all('[data-touch]')) {
  section.addEventListener('click', () => post('/dismiss', { seq }).catch(() => {}));
}
// Staff hold the upper left corner for three seconds.
if (body.dataset.menu) {
  let held;
  body.addEventListener('pointerdown', ({ clientX, clientY }) => {
    if (Math.max(clientX, clientY) < 90) held = setTimeout(() => location.assign(body.dataset.menu), 3000);
  });
  for (const end of ['pointerup', 'pointercancel']) body.addEventListener(end, () => clearTimeout(held));
}
draw(shown);
furnish();
follow({
  show,
  alive: (state) => write('[data-now]', state.now),
  cut: (isCut) => draw(isCut ? { screen: 'fault', reason: 'page', at: '' } : shown),
});
