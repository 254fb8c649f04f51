// What every page of the form does: shows other visitors' results as a strip, counts idle time, keeps the draft alive.
import { follow, furnish, post } from '../live.js';
import { keyboard } from './keyboard.js';
import { places } from './places.js';

const page = document.body.dataset;
const own = `/form/${page.token}`;
const idleMs = Number(page.idleS) * 1000;
const warningMs = Number(page.warningS) * 1000;
// the server hears of touches, not of every one
const TELL_MS = 3000;
const find = (name) => document.querySelector(`[data-${name}]`);

// ---- idle time: the server's clock decides, this one only shows it

const still = find('still');
let touchedAt = performance.now();
let toldAt = performance.now();

function touched() {
  touchedAt = performance.now();
  if (!still.hidden) still.hidden = true;
  if (touchedAt - toldAt < TELL_MS) return;
  tell();
}

async function tell() {
  toldAt = performance.now();
  const answer = await post(`${own}/touch`, { typing: page.typing }).catch(() => null);
  if (answer && answer.status === 410) location.replace('/');
}

function count() {
  const idle = performance.now() - touchedAt;
  if (idle >= idleMs + warningMs) {
    location.replace('/');
    return;
  }
  if (still.hidden !== idle < idleMs) still.hidden = idle < idleMs;
  if (idle >= idleMs) find('countdown').textContent = Math.ceil((idleMs + warningMs - idle) / 1000);
}

async function leave() {
  await post(`${own}/leave`).catch(() => {});
  location.replace('/');
}

document.addEventListener('pointerdown', touched, true);
document.addEventListener('keydown', touched, true);
setInterval(count, 500);
for (const button of document.querySelectorAll('[data-leave]')) {
  // "still there" lies under the finger: only a whole tap may end everything
  button.addEventListener('click', leave);
}
find('ask-leave').addEventListener('click', () => { find('leaving').hidden = false; });
for (const button of document.querySelectorAll('[data-stay]')) {
  button.addEventListener('click', () => {
    find('leaving').hidden = true;
    tell();
  });
}

// ---- the others at the door

let hide = 0;
// what stood on the screen when this form was opened is nobody's news
const since = Number(page.since);

function show(state, restarted) {
  // a restarted kiosk knows nothing of this draft
  if (restarted) location.replace('/');
  const result = document.querySelector(`[data-result="${state.screen}"]`);
  // a result of a moment ago, while the page before this one was left, stays for the rest of its time
  if (!result || state.seq <= since) return;
  const leftMs = (result.dataset.holdS - state.age_s) * 1000;
  if (leftMs <= 0) return;
  for (const other of document.querySelectorAll('[data-result]')) other.hidden = other !== result;
  find('strip').hidden = false;
  clearTimeout(hide);
  hide = setTimeout(() => { find('strip').hidden = true; }, leftMs);
}

find('strip').addEventListener('click', () => { find('strip').hidden = true; });
follow({ show, cut(isCut) { find('cut').hidden = !isCut; } });
furnish();

// ---- the slip on its way to paper

const SLIP_MS = 400;

async function followSlip() {
  const slip = find('slip');
  if (!slip || slip.dataset.slip !== 'printing') return;
  // a kiosk that does not answer is told by the page itself
  const answer = await fetch(`${own}/slip.json`).catch(() => null);
  if (answer && answer.ok) slip.dataset.slip = (await answer.json()).state;
  // after a trouble the page comes back with its button: staff may have put in a new roll
  if (!['printing', 'printed'].includes(slip.dataset.slip)) location.reload();
  else setTimeout(followSlip, SLIP_MS);
}

followSlip();

// ---- what is typed

const field = find('field');
const pad = find('pad');
const keys = find('keyboard');

function press(key) {
  if (key === 'letters') {
    document.body.classList.add('lettered');
    keyboard(keys, field);
  } else if (key === 'clear') {
    field.value = '';
  } else if (key === 'erase') {
    field.value = field.value.slice(0, -1);
  } else if (field.value.length < field.maxLength) {
    field.value += key;
  }
}

if (pad) {
  pad.addEventListener('pointerdown', (event) => {
    event.preventDefault(); // the field keeps its focus
    const key = event.target.closest('[data-key]');
    if (key) press(key.dataset.key);
  });
  pad.addEventListener('click', (event) => {
    const key = event.target.closest('[data-key]');
    if (key && event.detail === 0) press(key.dataset.key);
  });
} else if (keys) {
  keyboard(keys, field, find('found') ? places(find('found'), field, own) : undefined);
}
if (field) field.setSelectionRange(field.value.length, field.value.length);
