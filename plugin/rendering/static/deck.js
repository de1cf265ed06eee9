// The presenter. Without this file the slides are a page to scroll; with it they are shown one by one. Everything that
// it needs is in the page: once loaded, no connection is wanted any more.
(() => {
  'use strict';

  const slides = [...document.querySelectorAll('.deck-slide')];
  const bar = document.querySelector('.deck-bar');
  const source = document.getElementById('speaker');
  const notes = [...source.content.querySelectorAll('.talk-note')];
  const body = document.body;
  const began = Date.now();
  let here = 0;
  let talk = null;

  const KEYS = {
    ArrowRight: 'next', ArrowDown: 'next', PageDown: 'next', Enter: 'next', ' ': 'next', n: 'next',
    ArrowLeft: 'previous', ArrowUp: 'previous', PageUp: 'previous', Backspace: 'previous', p: 'previous',
    Home: 'first', End: 'last', b: 'blank', '.': 'blank', o: 'overview', f: 'full', s: 'speaker', F5: 'full',
  };

  const actions = {
    next: () => go(here + 1),
    previous: () => go(here - 1),
    first: () => go(0),
    last: () => go(slides.length - 1),
    blank: () => { body.classList.toggle('is-blank'); },
    overview: () => { overview(!body.classList.contains('is-overview')); },
    full: () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen().catch(() => {})),
    speaker: openTalk,
  };

  function go(place) {
    here = Math.min(Math.max(place, 0), slides.length - 1);
    body.classList.remove('is-blank');
    slides.forEach((slide, number) => { slide.classList.toggle('is-on', number === here); });
    history.replaceState(null, '', '#slide-' + (here + 1));
    bar.querySelector('.deck-place').textContent = (here + 1) + ' / ' + slides.length;
    fit(slides[here]);
    if (!body.classList.contains('is-overview')) slides[here].focus({ preventScroll: true });
    fillTalk();
  }

  // A slide with much on it is set smaller, until it fits; below a third of the size it scrolls.
  function fit(slide) {
    const page = slide.querySelector('.deck-page');
    for (let scale = 100; scale >= 35; scale -= 5) {
      page.style.setProperty('--deck-scale', String(scale / 100));
      if (page.scrollHeight <= page.clientHeight + 1 && page.scrollWidth <= page.clientWidth + 1) return;
    }
  }

  function overview(on) {
    body.classList.toggle('is-overview', on);
    slides.forEach(fit);
    slides.forEach((slide) => { slide.tabIndex = on ? 0 : -1; });
    slides[here].scrollIntoView({ block: 'center' });
    slides[here].focus({ preventScroll: true });
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.('a, button') && [' ', 'Enter'].includes(event.key)) return;
    const inOverview = body.classList.contains('is-overview');
    if (inOverview && event.key === 'Enter') {
      overview(false);
      go(Math.max(slides.indexOf(event.target.closest('.deck-slide')), 0));
    } else if (event.key === 'Escape' && inOverview) overview(false);
    else {
      const wanted = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!wanted) return;
      actions[wanted]();
    }
    event.preventDefault();
  }

  function onClick(event) {
    const wanted = event.target.closest('[data-do]')?.dataset.do;
    if (wanted) { actions[wanted](); return; }
    const slide = event.target.closest('.deck-slide');
    if (!slide || event.target.closest('a')) return;
    if (body.classList.contains('is-overview')) { overview(false); go(slides.indexOf(slide)); return; }
    if (String(getSelection())) return;
    go(here + (event.clientX < innerWidth / 4 ? -1 : 1));
  }

  function followFinger() {
    let from = null;
    document.addEventListener('touchstart', (event) => { from = event.touches.length === 1 ? event.touches[0] : null; }, { passive: true });
    document.addEventListener('touchend', (event) => {
      if (!from || body.classList.contains('is-overview')) return;
      const way = event.changedTouches[0].clientX - from.clientX;
      const drift = event.changedTouches[0].clientY - from.clientY;
      if (Math.abs(way) > 45 && Math.abs(way) > 2 * Math.abs(drift)) go(here + (way < 0 ? 1 : -1));
    }, { passive: true });
  }

  // The speaker's window is made from what is here, not loaded: it opens without a connection too.
  function openTalk() {
    if (talk && !talk.closed) { talk.focus(); return; }
    talk = open('', 'parcours-speaker', 'popup,width=960,height=640');
    if (!talk) return;
    const view = talk.document;
    view.title = source.dataset.title;
    view.documentElement.lang = document.documentElement.lang;
    const sheet = new talk.CSSStyleSheet();
    sheet.replaceSync([...document.styleSheets].flatMap((one) => [...one.cssRules]).map((rule) => rule.cssText).join('\n'));
    view.adoptedStyleSheets = [sheet];
    view.body.className = body.className + ' is-talk';
    view.body.replaceChildren(view.importNode(source.content.querySelector('.talk'), true));
    view.addEventListener('keydown', onKey);
    view.addEventListener('click', (event) => {
      const wanted = event.target.closest('[data-do]')?.dataset.do;
      if (wanted) actions[wanted]();
    });
    fillTalk();
  }

  function fillTalk() {
    if (!talk || talk.closed) return;
    const view = talk.document;
    const copy = (slide) => (slide ? [view.importNode(slide.querySelector('.deck-page'), true)] : []);
    view.querySelector('.talk-now').replaceChildren(...copy(slides[here]));
    view.querySelector('.talk-next-slide').replaceChildren(...copy(slides[here + 1]));
    view.querySelectorAll('[id]').forEach((one) => one.removeAttribute('id'));
    view.querySelector('.talk-notes').replaceChildren(view.importNode(notes[here], true));
    view.querySelector('.talk-place').textContent = (here + 1) + ' / ' + slides.length;
    tick();
  }

  function tick() {
    if (!talk || talk.closed) return;
    const seconds = Math.floor((Date.now() - began) / 1000);
    const two = (number) => String(number).padStart(2, '0');
    talk.document.querySelector('.talk-time').textContent = new Date().toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
    talk.document.querySelector('.talk-elapsed').textContent = Math.floor(seconds / 60) + ':' + two(seconds % 60);
  }

  body.classList.add('is-showing');
  bar.hidden = false;
  document.addEventListener('keydown', onKey);
  document.addEventListener('click', onClick);
  followFinger();
  addEventListener('resize', () => fit(slides[here]));
  addEventListener('pagehide', () => talk?.close());
  addEventListener('beforeprint', () => slides.forEach(fit));
  setInterval(tick, 1000);
  go((parseInt(location.hash.replace('#slide-', ''), 10) || 1) - 1);
})();
