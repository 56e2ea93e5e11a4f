/** What is laid out how; the only thing that is remembered. */
import { signal } from '@preact/signals';

/** What the right-hand side shows. */
export type Tab = 'fields' | 'text' | 'raw' | 'problems';

/** What the right-hand side shows. */
export const tab = signal<Tab>('fields');
/** Whether something is being dragged over the page. */
export const dragging = signal(false);
