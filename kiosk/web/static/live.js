// Follows the kiosk: server-sent events, polling when they fail, and knowing when both are gone.
// A state is shown only when it is newer than what is showing; silence for ten seconds means cut off.

const SILENCE_MS = 10000;
const RETRY_MS = 2000;
const BEAT_MS = 5000;
const TRIES_BEFORE_POLLING = 3;
const POLL_MS = 2000;

export const token = document.querySelector('meta[name="csrf"]').content;

export function post(path, fields = {}) {
  return fetch(path, {
    method: 'POST',
    headers: { 'X-CSRF': token, 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields),
    keepalive: true,
  });
}

// show(state): a newer state. alive(state): any word from the kiosk. cut(isCut): silence began or ended.
// beats: whether this page is the display, whose silence the kiosk watches.
export function follow({ show, alive = () => {}, cut = () => {}, beats = true }) {
  let boot = null;
  let seq = -1;
  const pastBoots = new Set();
  let heardAt = performance.now();
  let isCut = false;
  let failures = 0;
  let stream = null;
  let etag = '';

  function heard() {
    heardAt = performance.now();
    if (isCut) {
      isCut = false;
      cut(false);
    }
  }

  function take(state) {
    heard();
    alive(state);
    if (pastBoots.has(state.boot)) return;
    if (state.boot === boot && state.seq <= seq) return;
    const restarted = boot !== null && state.boot !== boot;
    if (restarted) pastBoots.add(boot);
    boot = state.boot;
    seq = state.seq;
    show(state, restarted);
  }

  function open() {
    if (stream) stream.close();
    stream = new EventSource('/events');
    stream.onmessage = (message) => {
      failures = 0;
      take(JSON.parse(message.data));
    };
    stream.onerror = () => {
      failures += 1;
      // the browser opens a broken stream again by itself, but not one that was refused
      if (stream.readyState === EventSource.CLOSED) setTimeout(reopen, RETRY_MS, stream);
    };
  }

  function reopen(broken) {
    if (broken === stream) open();
  }

  async function poll() {
    if (failures < TRIES_BEFORE_POLLING || document.hidden) return;
    try {
      const answer = await fetch('/state.json', { headers: etag ? { 'If-None-Match': etag } : {} });
      if (answer.status === 304) heard();
      if (!answer.ok) return;
      etag = answer.headers.get('ETag') || '';
      take(await answer.json());
    } catch {
      // no answer is what the watch below is for
    }
  }

  function watch() {
    const silent = performance.now() - heardAt;
    if (silent < SILENCE_MS || document.hidden) return;
    if (!isCut) {
      isCut = true;
      cut(true);
    }
    // a stream may stand open and dead
    if (silent % SILENCE_MS < 1000) open();
  }

  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) open();
    else if (stream) stream.close();
  });
  setInterval(watch, 1000);
  setInterval(poll, POLL_MS);
  if (beats) setInterval(() => post('/beat').catch(() => {}), BEAT_MS);
  addEventListener('pagehide', () => { if (stream) stream.close(); });
  open();
}

// What every page has: the button that calls staff, and no gestures of the browser's own.
export function furnish() {
  const notice = document.querySelector('[data-notice]');
  for (const button of document.querySelectorAll('[data-call-staff]')) {
    button.addEventListener('click', () => {
      post('/call-staff').catch(() => {});
      notice.hidden = false;
      setTimeout(() => { notice.hidden = true; }, 4000);
    });
  }
  for (const gesture of ['contextmenu', 'dragstart', 'gesturestart']) {
    document.addEventListener(gesture, (event) => event.preventDefault());
  }
}
