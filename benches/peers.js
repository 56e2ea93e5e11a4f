/** Everything that is measured against, and the Nodes that it is measured on. */
import { npmInstall } from '../pkg/build/setup.js';
import { at, exclusively, step, unchanged } from '../pkg/build/steps.js';

/** The Nodes of `benches/node_modules`. */
export const MAJORS = ['22', '24'];

/** Installs what the peers need, on first use and after a change. */
export async function installPeers() {
	await exclusively(() =>
		unchanged(
			{
				name: 'benches',
				inputs: ['benches/package.json', 'benches/package-lock.json'],
				outputs: MAJORS.map((major) => `benches/node_modules/node${major}/bin/node`),
			},
			() => step('the peers, Node 22 and Node 24', () => npmInstall(at('benches'))),
		),
	);
}
