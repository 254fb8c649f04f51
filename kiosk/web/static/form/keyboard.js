// The keyboard in the page: the system's own would lie behind a fullscreen window (docs/keyboard.md).
// Buttons in a grid; what they do to the text is telex.js.
import { finished, press, standing, text } from './telex.js';

const TONES = [['!s', 'á'], ['!f', 'à'], ['!r', 'ả'], ['!x', 'ã'], ['!j', 'ạ']];
const LETTERS = [...'ăâđêôơư'].map((letter) => [`=${letter}`, letter]);
const DIGITS = [..."1234567890-'"].map((sign) => [sign, sign]);
const QWERTY = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm'];
const ALPHABET = ['abcdefghijklmnopqrstuvwxyz'];
// what the mode key leads to from each mode
const NEXT = { telex: 'abc', abc: '123', 123: 'telex' };
const NAMES = { telex: 'Telex', abc: 'ABC', 123: '123' };
const HELD_MS = 500;
const REPEAT_MS = 90;
// no letter of the field is wider
const WIDEST_PX = 36;

// `changed` is told of every change of the text.
export function keyboard(place, field, changed = () => {}) {
  const upright = window.matchMedia('(orientation: portrait)');
  const asIs = field.dataset.typed === 'number';
  let mode = asIs ? '123' : 'telex';
  let state = standing(field.value);
  let repeating = 0;
  let capital = true;
  let shown = field.value;
  let fits = 0;

  function draw() {
    const rows = upright.matches ? ALPHABET : QWERTY;
    const first = mode === '123' ? DIGITS : [...TONES, ...LETTERS];
    capital = isCapital(text(state));
    const [letters, ...rest] = rows.map((row) => [...row].map((letter) => [letter, cased(letter)]));
    place.replaceChildren(
      // a tone key shows the tone, a digit is no letter
      ...first.map(([key, cap]) => button(key, key[0] === '=' ? cased(cap) : cap, 'mark')),
      ...letters.map(([key, cap]) => button(key, cap, 'wide letter')),
      ...(rest[0] || []).map(([key, cap]) => button(key, cap, 'letter')),
      button('erase', '', 'erase', place.dataset.erase),
      button('clear', '', 'clear', place.dataset.clear),
      button('mode', NAMES[NEXT[mode]], 'mode'),
      ...(rest[1] || []).map(([key, cap]) => button(key, cap, 'letter')),
      button(' ', '', 'space', place.dataset.space),
      button('next', '', 'next', place.dataset.next),
    );
    fits = Math.floor(field.clientWidth / WIDEST_PX);
  }

  function button(key, cap, kind, label) {
    const made = document.createElement('button');
    made.type = 'button';
    made.className = `k ${kind}`;
    made.dataset.key = key;
    if (label) {
      made.setAttribute('aria-label', label);
      made.append(document.querySelector(`template[data-icon="${kind}"]`).content.cloneNode(true));
    } else {
      made.textContent = cap;
    }
    return made;
  }

  // every word of a name begins with a capital, and so do all letters of a passport number
  function isCapital(now) {
    return asIs || now === '' || now.endsWith(' ');
  }

  function cased(letter) {
    return capital ? letter.toUpperCase() : letter;
  }

  function pressed(key) {
    if (key === 'mode') {
      state = standing(finished(state));
      mode = NEXT[mode];
      draw();
    } else if (key === 'next') {
      field.form.requestSubmit();
      return;
    } else if (key === 'clear') {
      state = standing('');
    } else if (key === 'erase' || shown.length < field.maxLength) {
      state = press(state, keyFor(key));
    }
    written();
  }

  function keyFor(key) {
    if (key === 'erase' || key[0] === '!' || !/^=?\p{L}$/u.test(key)) return key;
    const letter = cased(key.slice(-1));
    return key.length > 1 || mode !== 'telex' ? `=${letter}` : letter;
  }

  function written() {
    const now = text(state);
    shown = now;
    field.value = now; // the caret goes to its end by itself
    changed();
    // asking for a width makes the browser lay out the page at once: only when the text may be longer than the field
    if (now.length > fits) field.scrollLeft = field.scrollWidth;
    relabel(now);
  }

  // drawing every cap anew would cost a slow processor more than the press itself
  function relabel(now) {
    if (capital === isCapital(now)) return;
    capital = !capital;
    for (const key of place.querySelectorAll('.letter, .mark[data-key^="="]')) {
      key.textContent = cased(key.dataset.key.slice(-1));
    }
  }

  place.addEventListener('pointerdown', (event) => {
    event.preventDefault(); // the field keeps its focus
    const key = event.target.closest('.k');
    if (!key) return;
    pressed(key.dataset.key);
    if (key.dataset.key !== 'erase') return;
    // the only key that repeats while it is held
    repeating = setTimeout(() => { repeating = setInterval(pressed, REPEAT_MS, 'erase'); }, HELD_MS);
  });
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) {
    place.addEventListener(end, () => { clearTimeout(repeating); clearInterval(repeating); });
  }
  // for assistive technology, which presses without touching; a real touch has a detail
  place.addEventListener('click', (event) => {
    const key = event.target.closest('.k');
    if (key && event.detail === 0) pressed(key.dataset.key);
  });
  // a real keyboard, in `try` and at a desk: what it wrote stands
  field.addEventListener('input', () => {
    state = standing(field.value);
    shown = field.value;
    relabel(shown);
    changed();
  });
  field.form.addEventListener('submit', () => { field.value = finished(state); });
  upright.addEventListener('change', draw);

  draw();
  // the first tap must not be the one that finds the code cold
  for (const key of 'Nguyeenx') finished(press(standing('Th'), key));
}
