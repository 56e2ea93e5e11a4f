/** `mindhook verify`: whether a body was signed with the secret. */
import { verifySignature } from 'mindhook';
import { type Command, exit, UsageError } from './command.js';
import { inputName, oneInput, readInput } from './input.js';
import { coloured, plain } from './paint.js';
import { secretOptions, secretSentence, signingSecret } from './secret.js';
import { visible } from './visible-text.js';

export const verify: Command = {
	name: 'verify',
	usage: ['mindhook verify --signature HEX [--secret-file PATH] FILE|-'],
	about: [
		'Checks that a body was signed with the secret: that X-Signature is the HMAC-SHA256 over exactly these bytes. Where it is not, some usual causes are tried.',
		secretSentence,
	],
	options: { signature: { placeholder: 'HEX', text: 'The value of the header X-Signature' }, ...secretOptions },
	examples: [['mindhook verify --signature 5bdcc146bf60… payload.json', 'with the secret of the environment']],
	fine: 'the signature fits',
	atFault: 'the signature does not fit',
	async *run(args, io) {
		const path = oneInput(args, 'verify');
		const signature = args.value('signature');
		if (signature === undefined)
			throw new UsageError('Which signature? Give --signature HEX: the value of the header X-Signature.');
		const secret = await signingSecret(args, io);
		const body = await readInput(path, io);
		const paint = io.colour ? coloured : plain;
		const file = visible(inputName(path));
		if (verifySignature(body, signature, secret)) {
			yield `${file}: the signature ${paint('green', 'fits')}\n`;
			return exit.fine;
		}
		yield `${file}: the signature ${paint('red', 'does not fit')}: ${reason(body, signature, secret)}\n`;
		return exit.input;
	},
};

/** Bodies that differ from the signed one by what editors, shells and clients are known to do. */
const changes: readonly (readonly [string, (body: Buffer) => Uint8Array])[] = [
	['the line break at the end of the file is not part of the signed body', (body) => ending(body, /\r?\n$/, '')],
	[
		'the signed body has a line break at its end, the file has none',
		(body) => Buffer.concat([body, Buffer.from('\n')]),
	],
	['the byte order mark at the start of the file is not part of the signed body', (body) => body.subarray(3)],
	[
		'the line breaks were taken out of the body before it was signed',
		(body) => body.filter((byte) => byte !== 10 && byte !== 13),
	],
	['the line ends of the file were changed to CR LF', (body) => ending(body, /\r\n/g, '\n')],
	['the line ends of the file were changed from CR LF', (body) => ending(body, /(?<!\r)\n/g, '\r\n')],
];

// Latin-1 gives each byte a character and back.
const ending = (body: Buffer, from: RegExp, to: string): Buffer =>
	Buffer.from(body.toString('latin1').replace(from, to), 'latin1');

function reason(body: Uint8Array, signature: string, secret: string): string {
	const digits = signature.trim();
	if (!/^[0-9a-f]*$/i.test(digits)) return 'it has other characters than hexadecimal digits.';
	if (digits.length !== 64) return `it has ${digits.length} digits, a signature has 64.`;
	const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
	for (const [what, change] of changes) if (verifySignature(change(bytes), digits, secret)) return `${what}.`;
	const trimmed = secret.trim();
	if (trimmed !== '' && trimmed !== secret && verifySignature(body, digits, trimmed)) {
		return 'it fits without the white space around the secret.';
	}
	return 'the body was changed, or it was signed with another secret.';
}
