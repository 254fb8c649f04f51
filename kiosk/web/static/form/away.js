// A page with nothing to do: back to the screen for whoever comes next.
const STAYS_MS = 10000;

setTimeout(() => { location.replace('/'); }, STAYS_MS);
