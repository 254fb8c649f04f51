// While a commune is being typed: the likeliest ones, each a button that chooses it.
import { post } from '../live.js';

// long enough to skip most keys of a quick typist, short enough to feel immediate
const PAUSE_MS = 150;

export function places(list, field, own) {
  let asked = 0;
  let timer = 0;

  async function ask() {
    asked += 1;
    const mine = asked;
    const answer = await post(`${own}/found`, { typed: field.value }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    const found = await answer.json();
    if (mine === asked) list.replaceChildren(...found.map(button));
  }

  function button({ code, name, more }) {
    const made = document.createElement('button');
    made.className = 'tile';
    made.name = 'chosen';
    made.value = code;
    made.lang = 'vi';
    made.setAttribute('form', field.form.id);
    const title = document.createElement('span');
    title.textContent = name;
    const below = document.createElement('small');
    below.textContent = more;
    made.append(title, below);
    return made;
  }

  return function changed() {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
}
