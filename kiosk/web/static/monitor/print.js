// Prints the page that it stands in.
document.querySelector('[data-print]').addEventListener('click', () => window.print());
