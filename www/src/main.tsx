/** Starts the page. */
import { render } from 'preact';
import { App } from './views/App.js';

const root = document.getElementById('page');
if (root) render(<App />, root);
