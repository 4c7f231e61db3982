// Fetches the page again every so often and puts in the parts that have `data-live`. Without it the page works and stands still.
const seconds = Number(document.body.dataset.refreshSeconds);
const parts = [...document.querySelectorAll('[data-live]')].map(({ id }) => id);
const bar = document.getElementById('refresh');
const on = document.getElementById('refresh-on');
const state = document.getElementById('refresh-state');
const OFF = 'temporal-once-refresh-off';

/** Nothing is taken from under somebody's focus, selection or open details. */
const isInUse = (part) =>
  part.contains(document.activeElement) ||
  (getSelection()?.isCollapsed === false && part.contains(getSelection().anchorNode));

async function refresh() {
  if (!on.checked || document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: 'text/html' } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of parts) {
      const part = document.getElementById(id);
      const fresh = page.getElementById(id);
      if (!fresh || isInUse(part)) continue;
      const open = [...part.querySelectorAll('details')].map((one) => one.open);
      part.replaceChildren(...fresh.childNodes);
      part.querySelectorAll('details').forEach((one, index) => (one.open = open[index] === true));
    }
    // Said only when it changes: a screen reader is not told every five seconds.
    if (state.textContent !== '') state.textContent = '';
  } catch {
    const words = 'Not reached: what you see is older.';
    if (state.textContent !== words) state.textContent = words;
  }
}

if (bar && seconds > 0 && parts.length > 0) {
  bar.hidden = false;
  on.checked = localStorage.getItem(OFF) === null;
  on.addEventListener('change', () => {
    if (!on.checked) return localStorage.setItem(OFF, 'yes');
    localStorage.removeItem(OFF);
    return void refresh();
  });
  // Whoever comes back to the tab sees what is, not what was.
  document.addEventListener('visibilitychange', () => void refresh());
  const again = () => setTimeout(() => void refresh().finally(again), seconds * 1000);
  again();
}
