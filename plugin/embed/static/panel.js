// The panel within the CRM's page. What it knows it keeps in memory: browsers take cookies and storage from frames.
(() => {
  'use strict';

  const place = document.getElementById('panel');
  const crm = document.body.dataset.parent;
  const base = location.pathname;
  const PAUSE = 1500;
  const RENEW_EVERY = 7 * 60 * 1000;
  const PATIENCE = 8000;
  let token = '';
  let asked = null;
  let shown = 'deal';

  class Gone extends Error {}

  const words = (name) => document.querySelector(`template[data-say="${name}"]`).content.cloneNode(true);
  const tell = (message) => { if (crm && parent !== window) parent.postMessage(message, crm); };

  // Only what is whole and of the right kind is an answer of ours.
  async function read(answer) {
    const said = await answer.json().catch(() => ({}));
    return { status: answer.status, html: typeof said.html === 'string' ? said.html : null, said };
  }

  function post(path, body, more = {}) {
    return fetch(`${base}/${path}`, { method: 'POST', credentials: 'omit', cache: 'no-store', body, ...more });
  }

  async function launch(given, quiet) {
    const answer = await read(await post('open', JSON.stringify({ launch: given, quiet }), { headers: { 'Content-Type': 'application/json' } }));
    if (answer.status === 200) {
      token = answer.said.token;
      document.documentElement.lang = answer.said.language;
    }
    return answer;
  }

  // A token that ran out is renewed by the CRM's page, where that listens; what is typed here stays.
  async function renew() {
    if (!crm || parent === window) throw new Gone();
    asked ??= new Promise((answer, refuse) => {
      const late = setTimeout(() => refuse(new Gone()), PATIENCE);
      addEventListener('message', async function hear(event) {
        if (event.source !== parent || event.origin !== crm) return;
        const said = event.data;
        if (!said || typeof said !== 'object' || said.parcours !== 'launch' || typeof said.token !== 'string') return;
        removeEventListener('message', hear);
        clearTimeout(late);
        const opened = await launch(said.token, true).catch(() => ({ status: 0 }));
        if (opened.status === 200) answer(); else refuse(new Gone());
      });
      tell({ parcours: 'launch' });
    }).finally(() => { asked = null; });
    return asked;
  }

  async function ask(path, options = {}) {
    const once = () => fetch(`${base}/${path}`, { credentials: 'omit', cache: 'no-store', ...options, headers: { Authorization: `Bearer ${token}` } });
    let answer = await once();
    if (answer.status === 401) {
      await renew();
      answer = await once();
      if (answer.status === 401) throw new Gone();
    }
    return read(answer);
  }

  function put(html) {
    const found = new DOMParser().parseFromString(html, 'text/html');
    place.replaceChildren(...found.body.childNodes);
    place.removeAttribute('aria-busy');
    const full = place.querySelector('[data-full]');
    if (full) full.hidden = !document.fullscreenEnabled;
    (place.querySelector('.summary') || place.querySelector('h1'))?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  async function show(path) {
    if (path === 'again') path = shown;
    place.setAttribute('aria-busy', 'true');
    try {
      const answer = await ask(path);
      if (answer.html === null) throw new Error(String(answer.status));
      put(answer.html);
      shown = path;
    } catch (error) {
      place.replaceChildren(words(error instanceof Gone ? 'refused' : 'offline'));
    }
    place.removeAttribute('aria-busy');
  }

  const typed = (form) => new URLSearchParams(new FormData(form));

  function complain(form, name) {
    form.querySelector('.draft-state').replaceChildren(words(name));
    form.querySelector('.draft-state').classList.add('form-fault');
  }

  async function send(form) {
    if (form.dataset.sent) return;
    form.dataset.sent = 'yes';
    clearTimeout(draft.timer);
    form.querySelector('.draft-state').replaceChildren(words('saving'));
    try {
      const answer = await ask(form.dataset.send, { method: 'POST', body: typed(form) });
      if (answer.html === null) complain(form, 'busy');
      else put(answer.html);
      if (answer.said.changed) {
        shown = 'deal';
        tell({ parcours: 'changed' });
      }
    } catch (error) {
      complain(form, error instanceof Gone ? 'expired' : 'unsent');
    }
    delete form.dataset.sent;
  }

  async function draft(form) {
    clearTimeout(draft.timer);
    if (!form.isConnected || form.dataset.sent) return;
    const answer = await ask(form.dataset.draft, { method: 'POST', body: typed(form) }).catch(() => null);
    const said = answer?.status === 200 ? answer.said.said : '';
    if (!form.dataset.sent) form.querySelector('.draft-state').textContent = said;
  }

  function turn(step) {
    const slides = place.querySelector('.slides');
    const all = [...slides.children];
    const start = (slide) => slide.offsetLeft - all[0].offsetLeft;
    // While it glides, what counts is where it goes: two presses are two slides.
    const here = slides.dataset.to ?? all.findIndex((slide) => start(slide) + slide.clientWidth / 2 > slides.scrollLeft);
    slides.dataset.to = Math.max(0, Math.min(all.length - 1, Number(here) + step));
    slides.addEventListener('scrollend', () => { delete slides.dataset.to; }, { once: true });
    slides.scrollTo({ left: start(all[slides.dataset.to]) });
  }

  place.addEventListener('click', async (event) => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.show) show(button.dataset.show);
    else if (button.dataset.step) turn(Number(button.dataset.step));
    else if ('full' in button.dataset) place.querySelector('.slides').requestFullscreen().catch(() => {});
    else if (button.dataset.send) {
      const answer = await ask(button.dataset.send, { method: 'POST' }).catch(() => null);
      if (answer?.html) put(answer.html);
    }
  });
  place.addEventListener('submit', (event) => {
    event.preventDefault();
    if (event.target.dataset.send) send(event.target);
  });
  place.addEventListener('input', (event) => {
    const form = event.target.closest('form[data-draft]');
    if (!form) return;
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => draft(form), PAUSE);
  });
  place.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step && event.target.closest('.slides')) turn(step);
  });
  document.addEventListener('visibilitychange', () => {
    const form = document.hidden && place.querySelector('form[data-draft]');
    if (form && draft.timer) draft(form);
  });
  new ResizeObserver(() => {
    tell({ parcours: 'height', value: Math.max(100, Math.min(4000, Math.ceil(place.getBoundingClientRect().height))) });
  }).observe(place);
  setInterval(async () => {
    if (!token || document.hidden) return;
    const answer = await ask('renew', { method: 'POST' }).catch(() => null);
    if (answer?.status === 200) token = answer.said.token;
  }, RENEW_EVERY);

  async function begin() {
    const given = new URLSearchParams(location.hash.slice(1));
    // It is good once: who looks at the address later finds nothing.
    history.replaceState(null, '', location.pathname);
    try {
      const answer = await launch(given.get('launch') || '', Boolean(given.get('page')));
      if (answer.status === 200 && given.get('page')) await show(given.get('page'));
      else if (answer.html !== null) put(answer.html);
      else place.replaceChildren(words(answer.status ? 'refused' : 'offline'));
    } catch {
      place.replaceChildren(words('offline'));
    }
    place.removeAttribute('aria-busy');
    tell({ parcours: 'ready' });
  }

  begin();
})();
