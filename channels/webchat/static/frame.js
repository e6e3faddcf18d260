// Speaks with the widget that shows the page in a frame on another site. Which
// sites may frame the page is for the browser to check: see frame-ancestors.

export const framed = window.parent !== window;
export const widget = framed && location.hash === '#widget';

// tell sends the widget a word and what belongs to it.
export function tell(word, more = {}) {
  if (widget) window.parent.postMessage({ parley: word, ...more }, '*');
}

// edge puts the focus on the first or the last of what can have it: the widget's
// dialog lets it go round.
function edge(which) {
  const all = [...document.querySelectorAll('button, textarea, a[href], audio, video, [tabindex="0"]')]
    .filter((node) => !node.disabled && node.checkVisibility({ visibilityProperty: true }));
  all.at(which === 'last' ? -1 : 0)?.focus();
}

// listen hands what the widget says to on: hello({shown, token, logout}), shown(),
// hidden(), identify(token) and logout().
export function listen(on) {
  addEventListener('message', (e) => {
    if (e.source !== window.parent || typeof e.data?.parley !== 'string') return;
    switch (e.data.parley) {
      case 'hello': on.hello(e.data); break;
      case 'shown': on.shown(); break;
      case 'hidden': on.hidden(); break;
      case 'identify': on.identify(String(e.data.token)); break;
      case 'logout': on.logout(); break;
      case 'focus': edge(e.data.edge); break;
    }
  });
  const close = () => tell('close');
  const button = document.getElementById('close');
  button.hidden = false;
  button.addEventListener('click', close);
  addEventListener('keydown', (e) => { if (e.key === 'Escape' && !e.isComposing) close(); });
  tell('ready');
}
