// The staff menu on the kiosk's screen: digits, and gone when nobody touches it.
const AWAY_MS = 60000;
const field = document.querySelector('input[name="pin"]');
let away;

function touched() {
  clearTimeout(away);
  away = setTimeout(() => location.replace('/'), AWAY_MS);
}

for (const key of document.querySelectorAll('[data-digit]')) {
  key.addEventListener('click', () => {
    if (field.value.length < 6) field.value += key.dataset.digit;
  });
}
document.querySelector('[data-erase]')?.addEventListener('click', () => { field.value = field.value.slice(0, -1); });
document.addEventListener('pointerdown', touched);
touched();
