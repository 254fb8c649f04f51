// The bench page: puts somebody before the simulated camera, and draws the pins and the screen as they are.
const LOOK_EVERY_MS = 100;
const token = document.querySelector('meta[name="csrf"]').content;
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

const WORDS = {
  idle: 'Waiting for a code',
  reading: 'Somebody is there',
  accepted: 'Accepted',
  already_recorded: 'Already recorded',
  missing: 'No declaration yet',
  refer: 'See a staff member',
  invalid: 'Code not valid',
  not_personal: 'Not a personal code',
  goodbye: 'Goodbye',
  fault: 'Out of order',
  test: 'Lamps and sound are tried',
  none: 'The kiosk does not answer',
};

const REASONS = {
  none: 'nothing on record',
  nearly_full: 'nearly full',
  full: 'the venue is full',
  kiosk_form: 'declared at this kiosk',
  declared_risk: 'a risk was declared',
  payment: 'a payment code',
  place: "a place's own code",
  web: 'a web address',
  wifi: 'a Wi-Fi code',
  contact: 'a contact card',
  page: 'no word from the kiosk',
};

function write(selector, text) {
  const element = one(selector);
  if (element.textContent !== text) element.textContent = text;
}

let slipShown = 0;

function lay(slip) {
  if (!slip || slip === slipShown) return;
  slipShown = slip;
  one('[data-paper] img').src = `/slip-${slip}.png`;
  one('[data-paper]').hidden = false;
}

function draw({ pins, shown, slip }) {
  lay(slip);
  for (const pin of all('[data-pin]')) pin.dataset.on = String(pins[pin.dataset.pin] === true);
  const screen = shown.screen || 'none';
  const panel = one('[data-shown]');
  panel.dataset.shown = screen;
  panel.className = `panel-of-door ${screen}`;
  write('[data-words]', WORDS[screen] ?? screen);
  const reason = shown.reason || '';
  write('[data-detail]', REASONS[reason] ?? reason.replaceAll('_', ' '));
  if (shown.scan_to_light_ms) {
    write('[data-timing]', `From the picture to the lamp: ${Math.round(shown.scan_to_light_ms)} ms`);
  }
}

async function look() {
  try {
    const answer = await fetch('/now.json');
    if (answer.ok) draw(await answer.json());
  } catch {
    draw({ pins: {}, shown: {} });
  }
  setTimeout(look, document.hidden ? 1000 : LOOK_EVERY_MS);
}

async function send(path, body, type, said) {
  const headers = { 'X-CSRF': token, 'Content-Type': type };
  try {
    const answer = await fetch(path, { method: 'POST', headers, body });
    if (answer.status === 400) return write('[data-said]', await answer.text());
    return write('[data-said]', answer.ok ? said : 'This did not work: open the page again.');
  } catch {
    return write('[data-said]', 'The kiosk does not answer.');
  }
}

function press(button) {
  for (const other of all('[data-visitor]')) other.setAttribute('aria-pressed', String(other === button));
}

function showPicture(file) {
  if (!file) return;
  press(null);
  send('/image', file, 'application/octet-stream', `“${file.name}” is held before the camera.`);
}

for (const button of all('[data-visitor]')) {
  button.addEventListener('click', () => {
    press(button);
    send('/show', new URLSearchParams({ visitor: button.dataset.visitor }), 'application/x-www-form-urlencoded',
      `At the door: ${button.innerText}.`);
  });
}
one('[data-clear]').addEventListener('click', () => {
  press(null);
  send('/clear', '', 'application/x-www-form-urlencoded', 'Nobody stands at the door.');
});
one('[data-file]').addEventListener('change', (event) => {
  showPicture(event.target.files[0]);
  event.target.value = '';
});
const drop = one('[data-drop]');
for (const name of ['dragenter', 'dragover']) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add('over'); });
}
for (const name of ['dragleave', 'drop']) drop.addEventListener(name, () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => { event.preventDefault(); showPicture(event.dataTransfer.files[0]); });
look();
