// Everything works without this file. It keeps what is being typed, and takes the focus to what is wrong.
(() => {
  'use strict';

  const PAUSE = 1500;
  const RETRY = 5000;

  document.querySelector('.summary')?.focus();
  // On a phone tabs may be wider than the screen: the one where we are comes into view.
  document.querySelectorAll('.tabs ul, .report-tabs ul').forEach((tabs) => {
    const here = tabs.querySelector('[aria-current]');
    if (here) tabs.scrollLeft += here.getBoundingClientRect().left - tabs.getBoundingClientRect().left - (tabs.clientWidth - here.offsetWidth) / 2;
  });

  const form = document.querySelector('form[data-draft]');
  if (form) keepDraft(form);
  document.querySelectorAll('.slides').forEach(followArrows);
  document.querySelectorAll('form[method="post"]').forEach(sendOnce);
  document.querySelectorAll('form[data-unsaved]').forEach(warnOfUnsaved);
  document.querySelectorAll('[data-copy]').forEach(offerToCopy);
  document.querySelectorAll('[data-filter]').forEach(findWhileTyping);
  document.querySelectorAll('[data-print]').forEach(offerToPrint);

  function keepDraft(form) {
    const state = form.querySelector('.draft-state');
    let timer = 0;
    let changed = false;
    let sending = null;
    let sent = false;
    let failed = false;

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
        failed = false;
        state.textContent = said.signed_in ? form.dataset.kept : form.dataset.signedOut;
      } catch (error) {
        if (error.name === 'AbortError') return;
        changed = true;
        failed = true;
        state.textContent = form.dataset.offline;
        timer = setTimeout(() => keep(false), RETRY);
      }
    }

    form.addEventListener('input', () => {
      changed = true;
      clearTimeout(timer);
      timer = setTimeout(() => keep(false), PAUSE);
    });
    form.addEventListener('submit', (event) => {
      if (event.defaultPrevented) return;
      sent = true;
      clearTimeout(timer);
      sending?.abort();
      state.textContent = form.dataset.saving;
    });
    // Without a connection the next page would be the browser's own, and the text gone: first it goes up.
    form.addEventListener('submit', async (event) => {
      if (navigator.onLine && !failed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      changed = true;
      await keep(false);
      if (!failed) form.requestSubmit();
    }, { capture: true });
    addEventListener('online', () => keep(false));
    addEventListener('beforeunload', (event) => { if (failed && changed && !sent) event.preventDefault(); });
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

  // A form that is stored by its buttons alone: whoever leaves it otherwise is asked.
  function warnOfUnsaved(form) {
    let unsaved = false;
    form.addEventListener('input', () => { unsaved = true; });
    form.addEventListener('submit', () => { unsaved = false; });
    addEventListener('beforeunload', (event) => { if (unsaved) event.preventDefault(); });
  }

  // Objections have to be found while the buyer is still speaking: any word, in any order, with or without accents.
  function findWhileTyping(box) {
    const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
    const items = [...box.parentElement.querySelectorAll('.' + box.dataset.filter)];
    const nothing = box.parentElement.querySelector('[data-nothing]');
    box.hidden = false;
    box.querySelector('input').addEventListener('input', (event) => {
      const words = plain(event.target.value).split(/\s+/).filter(Boolean);
      items.forEach((item) => { item.hidden = !words.every((word) => plain(item.textContent).includes(word)); });
      nothing.hidden = items.some((item) => !item.hidden);
    });
    box.querySelector('input').addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
  }

  function offerToCopy(field) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'button', textContent: field.dataset.copy });
    field.after(button);
    button.addEventListener('click', async () => {
      field.select();
      await navigator.clipboard.writeText(field.value);
      button.textContent = field.dataset.copied;
    });
  }

  function offerToPrint(button) {
    button.hidden = false;
    button.addEventListener('click', () => print());
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
