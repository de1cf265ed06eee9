// Everything works without this file. It keeps what is being typed, and takes the focus to what is wrong.
(() => {
  'use strict';

  const PAUSE = 1500;
  const RETRY = 5000;

  document.querySelector('.summary')?.focus();

  const form = document.querySelector('form[data-draft]');
  if (form) keepDraft(form);
  document.querySelectorAll('.slides').forEach(followArrows);
  document.querySelectorAll('form[method="post"]').forEach(sendOnce);

  function keepDraft(form) {
    const state = form.querySelector('.draft-state');
    let timer = 0;
    let changed = false;
    let sending = null;
    let sent = false;

    const body = () => new URLSearchParams(new FormData(form));

    async function keep(leaving) {
      clearTimeout(timer);
      if (!changed || sent) return;
      changed = false;
      sending = new AbortController();
      try {
        const answer = await fetch(form.dataset.draft, {
          method: 'POST', body: body(), keepalive: leaving, credentials: 'same-origin', signal: sending.signal,
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const said = await answer.json();
        state.textContent = said.signed_in ? form.dataset.kept : form.dataset.signedOut;
      } catch (error) {
        if (error.name === 'AbortError') return;
        changed = true;
        state.textContent = form.dataset.offline;
        timer = setTimeout(() => keep(false), RETRY);
      }
    }

    form.addEventListener('input', () => {
      changed = true;
      clearTimeout(timer);
      timer = setTimeout(() => keep(false), PAUSE);
    });
    form.addEventListener('submit', () => {
      sent = true;
      clearTimeout(timer);
      sending?.abort();
      state.textContent = form.dataset.saving;
    });
    addEventListener('pagehide', () => keep(true));
    document.addEventListener('visibilitychange', () => { if (document.hidden) keep(true); });
    // Back from the next page by the browser's own button: the form lives again.
    addEventListener('pageshow', (event) => { if (event.persisted) { sent = false; state.textContent = ''; } });
  }

  // The server stores a form once anyway; this spares the second request.
  function sendOnce(form) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = 'yes';
      setTimeout(() => { delete form.dataset.sent; }, 8000);
    });
    addEventListener('pageshow', () => { delete form.dataset.sent; });
  }

  function followArrows(slides) {
    slides.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step || event.target !== slides) return;
      event.preventDefault();
      slides.scrollBy({ left: step * slides.clientWidth });
    });
  }
})();
