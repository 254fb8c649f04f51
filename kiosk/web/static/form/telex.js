// Vietnamese from plain keys: a pure composer, no page and no clock (docs/keyboard.md).
//
// A text is { done, word }: `done` stands as it is, `word` holds the keys of the word being typed. A key is
//   'a'    typed in Telex: a letter that may also act as a mark
//   '=a'   a letter as it is: ABC mode, or a letter key of the first row
//   '!s'   a tone key of the first row
// What is shown is read from the keys afresh each time, so that nothing is ever lost on the way.

const TONES = { s: '\u0301', f: '\u0300', r: '\u0309', x: '\u0303', j: '\u0323' };
const MARKS = Object.values(TONES);
const SHAPED = 'ăâêôơư';
const VOWEL = /[aăâeêioôơuưy]/i;
const LETTER = /[\p{L}\p{M}]/u;

const ONSETS = new Set(['', ...(
  'b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x'
).split(' ')]);
const RIMES = new Set((
  'a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây '
  + 'e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu '
  + 'iêc iêm iên iêng iêp iêt iêu o oa oac oach oai oam oan oang oanh oao oap oat oay '
  + 'oăc oăm oăn oăng oăt oc oe oem oen oeo oet oi om on ong ooc oong op ot '
  + 'ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt '
  + 'u ua uân uâng uât uây uc uê uêch uênh ui um un ung uôc uôi uôm uôn uông uôt uơ up ut '
  + 'uy uya uych uyen uyên uyêt uynh uyp uyt uyu ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu '
  + 'y ych yêm yên yêng yêt yêu ynh yp yt'
).split(' '));
const NUCLEI = new Set([...RIMES].map((rime) => rime.match(/^[aăâeêioôơuưy]+/)[0]));
// what w makes of the vowels before it
const HORNED = { uo: 'ươ', ưo: 'ươ', uơ: 'ươ', ua: 'ưa', uu: 'ưu', oa: 'oă', a: 'ă', o: 'ơ', u: 'ư' };
const HATS = { a: 'â', e: 'ê', o: 'ô' };
const BARE = { ă: 'a', â: 'a', ê: 'e', ô: 'o', ơ: 'o', ư: 'u', đ: 'd' };

export const EMPTY = { done: '', word: [] };

export function text(state) {
  return state.done + compose(state.word);
}

// A text that stands in a field already.
export function standing(value) {
  return { done: value.normalize('NFC'), word: [] };
}

export function press(state, key) {
  if (key === 'erase') return erase(state);
  const sign = key.length > 1 ? key.slice(1) : key;
  if (key[0] === '!' || LETTER.test(sign)) {
    const open = reopened(state);
    // a tone with nothing to stand on is nothing
    if (key[0] === '!' && !splits(read(open.word).letters).some((split) => split.nucleus)) return state;
    return { done: open.done, word: [...open.word, key] };
  }
  return { done: finished(state) + sign, word: [] };
}

// The whole text, its last word ended: what is not Vietnamese stands as it was typed.
export function finished(state) {
  const composed = compose(state.word);
  if (isSyllable(composed)) return state.done + composed;
  return state.done + compose(state.word.map((key) => (key.length === 1 ? `=${key}` : key)));
}

function erase(state) {
  const shown = [...text(state)];
  const last = shown.pop();
  // a mark that has no composed letter goes together with what it stands on
  if (last && /\p{M}/u.test(last) && MARKS.includes(last)) shown.pop();
  return standing(shown.join(''));
}

// Whoever types on at the end of a standing word goes on with that word.
function reopened(state) {
  if (state.word.length) return state;
  const word = state.done.match(/[\p{L}\p{M}]+$/u);
  if (!word) return state;
  const keys = [];
  let tone = null;
  for (const sign of word[0].normalize('NFC')) {
    const { letter, mark } = apart(sign);
    keys.push(`=${letter}`);
    if (mark) tone = `!${Object.keys(TONES).find((key) => TONES[key] === mark)}`;
  }
  if (tone) keys.push(tone);
  // a foreign word with marks of its own (Peña) is left alone
  if (compose(keys) !== word[0].normalize('NFC')) return state;
  return { done: state.done.slice(0, -word[0].length), word: keys };
}

function apart(sign) {
  const parts = sign.normalize('NFD');
  const mark = [...parts].find((part) => MARKS.includes(part)) || '';
  return { letter: parts.replace(mark, '').normalize('NFC'), mark };
}

function compose(keys) {
  const { letters, tone } = read(keys);
  const at = tone ? tonePlace(letters) : -1;
  return letters.map((letter, i) => (i === at ? (letter + TONES[tone]).normalize('NFC') : letter)).join('');
}

function read(keys) {
  let word = { letters: [], tone: '', undone: '' };
  for (const key of keys) word = typed(word, key);
  return word;
}

function typed(word, key) {
  if (key[0] === '!' && key.length > 1) return { ...word, tone: word.tone === key[1] ? '' : key[1] };
  if (key[0] === '=' && key.length > 1) return added(word, key.slice(1));
  const lower = key.toLowerCase();
  // a mark that was taken back by typing it again is a letter for the rest of the word
  if (word.undone.includes(lower)) return added(word, key);
  if (lower in TONES) return toned(word, key, lower);
  if (lower === 'z') return word.tone ? { ...word, tone: '' } : added(word, key);
  if (lower === 'd') return barred(word, key);
  if (lower === 'w') return shaped(word, key, horned, 'ăơư');
  if (lower in HATS) return shaped(word, key, (nucleus) => hatted(nucleus, lower), HATS[lower]);
  return added(word, key);
}

function added(word, letter) {
  return { ...word, letters: [...word.letters, letter] };
}

function toned(word, key, lower) {
  if (!splits(word.letters)[0].nucleus) return added(word, key);
  if (word.tone !== lower) return { ...word, tone: lower };
  return added({ ...word, tone: '', undone: word.undone + lower }, key);
}

function barred(word, key) {
  const first = word.letters[0];
  if (first === undefined || !/^[dđ]$/i.test(first) || /^r$/i.test(word.letters[1] || '')) return added(word, key);
  const isBarred = /đ/i.test(first);
  const letters = [cased(isBarred ? 'd' : 'đ', first), ...word.letters.slice(1)];
  if (!isBarred) return { ...word, letters };
  return added({ ...word, letters, undone: `${word.undone}d` }, key);
}

// The key gives the nucleus another shape, where that makes one that exists; a second time takes it away again.
function shaped(word, key, reshape, undoes) {
  for (const { onset, nucleus } of splits(word.letters)) {
    const start = onset.length;
    const before = word.letters.slice(start, start + nucleus.length);
    const lower = nucleus.toLowerCase();
    const after = reshape(lower);
    if (after) return { ...word, letters: replaced(word.letters, start, before, after) };
    if ([...lower].some((letter) => undoes.includes(letter))) {
      const bare = [...lower].map((letter) => (undoes.includes(letter) ? BARE[letter] : letter)).join('');
      const letters = replaced(word.letters, start, before, bare);
      return added({ ...word, letters, undone: word.undone + key.toLowerCase() }, key);
    }
  }
  return added(word, key);
}

function horned(nucleus) {
  for (const from of Object.keys(HORNED)) {
    const at = nucleus.lastIndexOf(from);
    if (at < 0) continue;
    const after = nucleus.slice(0, at) + HORNED[from] + nucleus.slice(at + from.length);
    if (NUCLEI.has(after)) return after;
  }
  return '';
}

function hatted(nucleus, letter) {
  for (let at = nucleus.lastIndexOf(letter); at >= 0; at = at ? nucleus.lastIndexOf(letter, at - 1) : -1) {
    const after = nucleus.slice(0, at) + HATS[letter] + nucleus.slice(at + 1);
    if (NUCLEI.has(after)) return after;
  }
  return '';
}

function replaced(letters, start, before, after) {
  const fresh = [...after].map((letter, i) => cased(letter, before[i]));
  return [...letters.slice(0, start), ...fresh, ...letters.slice(start + before.length)];
}

function cased(letter, like) {
  return like === like.toUpperCase() ? letter.toUpperCase() : letter;
}

// Onset, nucleus and coda; where `gi` may be read two ways, both, the likelier one first.
function splits(letters) {
  const word = letters.join('').toLowerCase();
  const onset = word.match(/^(qu|gi(?=[aăâeêioôơuưy])|[^aăâeêioôơuưy]*)/)[0];
  const found = [split(letters, onset.length)];
  if (onset === 'gi') found.push(split(letters, 1));
  return found;
}

function split(letters, start) {
  let end = start;
  while (end < letters.length && VOWEL.test(letters[end])) end += 1;
  const part = (from, to) => letters.slice(from, to).join('');
  return { onset: part(0, start), nucleus: part(start, end), coda: part(end) };
}

// Old style: hòa, thúy, khỏe (shared facts, screen section 13).
function tonePlace(letters) {
  const { onset, nucleus, coda } = splits(letters)[0];
  const lower = [...nucleus.toLowerCase()];
  const start = onset.length;
  const special = lower.findLastIndex((letter) => SHAPED.includes(letter));
  if (special >= 0) return start + special;
  if (lower.length === 1) return start;
  if (coda) return start + lower.length - 1;
  return start + (lower.length > 2 ? 1 : 0);
}

export function isSyllable(word) {
  let tone = '';
  const letters = [...word.normalize('NFC')].map((sign) => {
    const { letter, mark } = apart(sign);
    tone = mark || tone;
    return letter.toLowerCase();
  });
  return splits(letters).some(({ onset, nucleus, coda }) => {
    if (!ONSETS.has(onset) || !RIMES.has(nucleus + coda)) return false;
    const stopped = /^(c|ch|p|t)$/.test(coda);
    return !stopped || tone === '' || tone === TONES.s || tone === TONES.j;
  });
}
