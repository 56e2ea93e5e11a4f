/** Starts the page. */
import { render } from 'preact';
import { App } from './views/App.js';

const root = document.getElementById('page');
if (root) render(<App />, root);

// Served with files or deliveries, it asks for them.
if (document.documentElement.dataset.live !== undefined) {
	void import('./state/live.js').then(({ startLive }) => startLive());
}
