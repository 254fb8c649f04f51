// The small mirror that helps aiming: one picture after another, only while it is wanted; none is kept.
const EVERY_MS = 125;
const NONE_MS = 500;

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function fetched() {
  const picture = new Image();
  picture.alt = '';
  picture.src = `/preview.jpg?${Math.round(performance.now())}`;
  try {
    await picture.decode();
    return [picture];
  } catch {
    return []; // there is none now
  }
}

// The answer: a function that is told whether the mirror is wanted.
export function mirror(box) {
  let wanted = false;
  let asking = false;

  async function ask() {
    asking = true;
    while (wanted && !document.hidden) {
      const began = performance.now();
      const pictures = await fetched();
      if (!wanted) break;
      box.replaceChildren(...pictures);
      // the place stays from one visitor to the next, so that the words do not jump
      document.body.dataset.mirror = pictures.length ? 'on' : 'off';
      await pause(pictures.length ? Math.max(0, EVERY_MS - (performance.now() - began)) : NONE_MS);
    }
    box.replaceChildren();
    asking = false;
  }

  return (isWanted) => {
    wanted = isWanted;
    if (wanted && !asking) ask();
  };
}
