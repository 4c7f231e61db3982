// Copies what stands in `data-copy`. Browsers let pages do so on loopback and behind TLS only: elsewhere there is no button.
for (const button of document.querySelectorAll('button[data-copy]')) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const said = document.getElementById(button.getAttribute('aria-describedby'));
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = 'Copied.';
    } catch {
      said.textContent = 'The browser did not let the page copy it.';
    }
  });
}
