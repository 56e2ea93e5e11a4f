/** `mindhook sign`: the X-Signature of a body. */
import { signPayload } from 'mindhook';
import { type Command, exit } from './command.js';
import { oneInput, readInput } from './input.js';
import { secretOptions, secretSentence, signingSecret } from './secret.js';

export const sign: Command = {
	name: 'sign',
	usage: ['mindhook sign [--secret-file PATH] FILE|-'],
	about: [
		'Prints the value that the header X-Signature has for a body: the HMAC-SHA256 over exactly these bytes, as 64 hexadecimal digits.',
		secretSentence,
	],
	options: secretOptions,
	examples: [
		['mindhook sign payload.json', 'with the secret of the environment'],
		['mindhook sign --secret-file <(pass show mindee) payload.json', 'with a secret that is stored nowhere else'],
		[
			'curl -H "X-Signature: $(mindhook sign p.json)" --data-binary @p.json $URL',
			'a signed request; --data-binary sends the bytes as they are',
		],
	],
	fine: 'the signature was printed',
	atFault: 'does not happen: every body can be signed',
	async *run(args, io) {
		const path = oneInput(args, 'sign');
		const secret = await signingSecret(args, io);
		yield `${signPayload(await readInput(path, io), secret)}\n`;
		return exit.fine;
	},
};
