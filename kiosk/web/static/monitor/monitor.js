// The door on a guard's phone: shows the newest state, rings for what is pressing, sends acts.
import { follow, post } from '../live.js';

const words = JSON.parse(document.getElementById('words').textContent);
const say = (text) => words.own[text] ?? text;
const one = (selector) => document.querySelector(selector);
const SVG = 'http://www.w3.org/2000/svg';
let state = null;
let rung = new Set();
let audio = null;
let told;
// acts of which it is not known yet whether they were saved: what was asked, and the id of the tap
const open = new Map();
const TRIES = 3;
const RETRY_MS = 1500;

function made(tag, text = '', attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function write(selector, text) {
  const element = one(selector);
  if (element.textContent !== String(text)) element.textContent = text;
}

function long(seconds) {
  if (seconds < 5400) return `${Math.max(1, Math.round(seconds / 60))} ${say('minutes')}`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} ${say('hours')}`;
  return `${Math.round(seconds / 86400)} ${say('days')}`;
}

function ring() {
  if (navigator.vibrate) navigator.vibrate([200, 100, 200]);
  if (!audio) return;
  for (const [pitch, at] of [[880, 0], [660, 0.25]]) {
    const tone = audio.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.2);
  }
}

function drawLine() {
  const faults = state.faults ?? [];
  const line = one('[data-line]');
  line.dataset.state = faults.length ? 'fault' : 'ok';
  write('[data-line]', faults.length ? `${say('Out of order')}: ${(words.alerts[faults[0]] ?? [faults[0]])[0]}` : say('In service'));
  const kept = state.waiting ? `${say('Everything is kept')} (${state.waiting} ${say('waiting')}, ${say('oldest')} ${long(state.oldest_s)})` : say('Everything is sent');
  write('[data-sent]', kept);
  one('[data-offline]').hidden = state.uplink === 'connected' || !state.uplink;
  write('[data-offline]', `${say('Offline')}. ${kept}`);
  const paused = faults.includes('paused');
  one('[data-open-only]').hidden = paused;
  one('[data-paused-only]').hidden = !paused;
}

function drawAlerts() {
  const rows = state.alerts.map(({ code, weight }) => {
    const [what, remedy] = words.alerts[code] ?? [code, ''];
    const row = made('li', '', { 'data-weight': weight });
    row.append(made('b', what), made('span', remedy));
    if (code === 'call') row.append(button(say('Call answered'), () => act('call', {})));
    return row;
  });
  one('[data-alerts]').replaceChildren(...(rows.length ? rows : [made('li', say('Nothing to do'), { 'data-weight': 'none' })]));
  const pressing = new Set([
    ...state.alerts.filter(({ weight }) => weight === 'now').map(({ code }) => code),
    ...state.referrals.map(({ id }) => id),
  ]);
  if ([...pressing].some((code) => !rung.has(code))) ring();
  rung = pressing;
}

function button(text, does, kind = '') {
  const element = made('button', text, { type: 'button', class: kind });
  element.addEventListener('click', does);
  return element;
}

function drawReferrals() {
  const box = one('[data-referrals]');
  const known = new Map([...box.children].map((card) => [card.dataset.visit, card]));
  const cards = state.referrals.map((waits) => {
    const card = known.get(waits.id) ?? referral(waits);
    card.querySelector('[data-ask]').hidden = !waits.clear;
    // a clear name stays on no page longer than the kiosk itself keeps it
    if (!waits.clear) card.querySelector('[data-name]').textContent = waits.name;
    return card;
  });
  if (cards.length !== box.children.length || cards.some((card, at) => box.children[at] !== card)) box.replaceChildren(...cards);
}

function referral(waits) {
  const card = made('article', '', { class: 'card referral', 'data-visit': waits.id });
  card.append(made('b', waits.name, { 'data-name': '' }), made('span', waits.at));
  const ask = made('form', '', { 'data-ask': '' });
  const pin = made('input', '', { type: 'password', inputmode: 'numeric', maxlength: '6', required: '', 'aria-label': say('PIN'), placeholder: say('PIN'), autocomplete: 'off' });
  ask.append(pin, made('button', say('Show the name')));
  ask.addEventListener('submit', async (event) => {
    event.preventDefault();
    const answer = await post('/name', { visit: waits.id, pin: pin.value });
    pin.value = '';
    if (answer.ok) card.querySelector('[data-name]').textContent = (await answer.json()).name;
    tell(answer.ok);
  });
  card.append(ask, button(say('Let in'), () => act('refer', { reason: 'let_in', visit: waits.id }), 'main'),
    button(say('Turned away'), () => act('refer', { reason: 'turned_away', visit: waits.id })));
  return card;
}

function drawNumbers() {
  write('[data-inside]', state.inside);
  write('[data-limit]', state.limit ? ` ${say('of')} ${state.limit}` : '');
  one('.inside').dataset.level = state.level;
  for (const cell of document.querySelectorAll('[data-today]')) {
    const counted = state.today[cell.dataset.today] ?? null;
    cell.parentElement.hidden = counted === null; // where nothing counts it
    const number = String(counted ?? '–');
    if (cell.textContent !== number) cell.textContent = number;
  }
}

function drawLast() {
  const rows = state.last.map(({ at, name, outcome, direction }) => {
    const row = made('tr', '', { class: outcome });
    row.append(made('td', at), made('td', name || '–'), made('td', words.outcomes[outcome] ?? outcome), made('td', words.directions[direction] ?? direction));
    return row;
  });
  if (rows.length) one('[data-last]').replaceChildren(...rows);
}

function drawHours() {
  const most = Math.max(1, ...state.hours);
  const bars = state.hours.flatMap((scans, hour) => {
    const bar = document.createElementNS(SVG, 'rect');
    const height = Math.round((scans / most) * 48);
    for (const [name, value] of Object.entries({ x: hour * 10 + 1, y: 50 - height, width: 8, height: Math.max(height, scans ? 1 : 0) })) bar.setAttribute(name, value);
    if (hour % 3) return [bar];
    const label = document.createElementNS(SVG, 'text');
    label.setAttribute('x', hour * 10);
    label.setAttribute('y', 62);
    label.textContent = `${hour}h`;
    return [bar, label];
  });
  one('[data-hours]').replaceChildren(...bars);
  const by = state.coverage_by === 'barrier' ? 'by the light barrier' : 'as usual here';
  write('[data-coverage]', state.coverage === null ? '' : `${Math.round(100 * state.coverage)} % ${say(by)}`);
}

function drawKiosk() {
  write('[data-reading]', `${Math.round(state.read_ms_p50 ?? 0)} / ${Math.round(state.read_ms_p95 ?? 0)} ms`);
  write('[data-camera]', state.camera ?? '–');
  const advice = Object.entries(state.guidance_shares ?? {}).map(([why, share]) => `${words.hints[why] ?? why} ${Math.round(100 * share)} %`);
  write('[data-advice]', advice.join(', ') || '–');
  const documents = Object.entries(state.documents ?? {}).map(([kind, { version, age_h: ageH }]) => `${kind} ${version} (${long(ageH * 3600)})`);
  write('[data-documents]', documents.join(', ') || '–');
}

function show(newest) {
  state = newest;
  for (const draw of [drawLine, drawAlerts, drawReferrals, drawNumbers, drawLast, drawHours, drawKiosk]) draw();
}

function tellInWords(text) {
  write('[data-said]', say(text));
  clearTimeout(told);
  told = setTimeout(() => write('[data-said]', ''), 6000);
}

function tell(saved) {
  tellInWords(saved ? 'Saved' : 'Not saved. Try again');
}

// 0 when no answer has come, 504 when the kiosk does not know yet: then nobody may say that it was not saved.
async function sent(fields) {
  try {
    return (await post('/act', fields)).status;
  } catch {
    return 0;
  }
}

// The id is that of the tap: sent again, by this page or by another tap on the same thing, it is done once.
async function act(kind, fields) {
  const what = JSON.stringify([kind, fields]);
  const id = open.get(what) ?? crypto.randomUUID();
  open.set(what, id);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const status = await sent({ kind, id, ...fields });
    if (status && status !== 504) {
      open.delete(what);
      return settled(status);
    }
    tellInWords('Not known yet whether it was saved. Asking again');
    await new Promise((then) => { setTimeout(then, RETRY_MS); });
  }
  tellInWords('No answer. Look whether it was done, then tap again: it is done once');
  return false;
}

function settled(status) {
  if (status === 401) location.reload();
  // somebody else was quicker: as good as done
  const saved = status === 200 || status === 409;
  if (status === 423) tellInWords('Somebody stands at the door. Try again in a moment');
  else tell(saved);
  return saved;
}

for (const form of document.querySelectorAll('[data-act]')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (await act(form.dataset.act, Object.fromEntries(new FormData(form))) && form.parentElement.tagName === 'DETAILS') form.parentElement.open = false;
  });
}
one('[data-sound]').addEventListener('click', ({ currentTarget }) => {
  audio = audio ? null : new AudioContext();
  currentTarget.setAttribute('aria-pressed', String(Boolean(audio)));
  currentTarget.textContent = audio ? say('Sound is on') : say('Sound is off');
});
follow({
  show,
  beats: false,
  cut: (isCut) => {
    if (!isCut) return;
    one('[data-line]').dataset.state = 'silent';
    write('[data-line]', say('No connection to the kiosk'));
  },
});
