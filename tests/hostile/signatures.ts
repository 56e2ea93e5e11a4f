/** Signatures and tokens that are missing, wrong, doubled or elsewhere. */
import { signPayload } from 'mindhook';
import { type HostileRequest, handled, malformed, one, post, saved, secrets, token } from './making.js';

export const signatures: HostileRequest[] = [
	one('no signature', (body) => post(body, { signature: null }), ['401 signature_missing']),
	one('an empty signature', (body) => post(body, { signature: '' }), ['401 signature_missing']),
	one('a signature of spaces and tabs', (body) => post(body, { signature: ' \t \t ' }), ['401 signature_missing']),
	one('a signature of another secret', (body) => post(body, { signature: signPayload(body, 'guessed') }), [
		'401 signature_mismatch',
	]),
	one(
		"a signature of another endpoint's secret",
		(body) => post(body, { signature: signPayload(body, secrets.receipts) }),
		['401 signature_mismatch'],
	),
	one('a signature of another body', (body) => post(body, { signature: signPayload('{}', secrets.invoices) }), [
		'401 signature_mismatch',
	]),
	one('the secret itself for a signature', (body) => post(body, { signature: secrets.invoices }), [
		'401 signature_mismatch',
	]),
	one(
		'a signature of the body as it would be written again',
		(body) => {
			const spaced = Buffer.from(JSON.stringify(JSON.parse(String(body)), null, 2));
			return post(spaced, { signature: signPayload(JSON.stringify(JSON.parse(String(spaced))), secrets.invoices) });
		},
		['401 signature_mismatch'],
	),
	one(
		'a signature of the body without its line ends',
		(body) => {
			const lines = Buffer.from(`\r\n${body}\r\n`);
			return post(lines, { signature: signPayload(body, secrets.invoices) });
		},
		['401 signature_mismatch'],
	),
	one('63 digits', (body) => post(body, { signature: signPayload(body, secrets.invoices).slice(1) }), [
		'401 signature_mismatch',
	]),
	one('65 digits', (body) => post(body, { signature: `${signPayload(body, secrets.invoices)}0` }), [
		'401 signature_mismatch',
	]),
	one('a signature of 10 KB', (body) => post(body, { signature: signPayload(body, secrets.invoices).repeat(160) }), [
		'401 signature_mismatch',
	]),
	one('64 letters that are no digits', (body) => post(body, { signature: 'g'.repeat(64) }), ['401 signature_mismatch']),
	one('64 zeros', (body) => post(body, { signature: '0'.repeat(64) }), ['401 signature_mismatch']),
	one(
		'a signature with a NUL',
		(body) => post(body, { signature: `${signPayload(body, secrets.invoices)}\x00` }),
		malformed,
	),
	one(
		'digits that only look like hexadecimal ones',
		(body) => post(body, { signature: Buffer.from('\uff10'.repeat(64)).toString('latin1') }),
		['401 signature_mismatch'],
	),
	one(
		'a signature in base64',
		(body) =>
			post(body, {
				signature: Buffer.from(signPayload(body, secrets.invoices), 'hex').toString('base64'),
			}),
		['401 signature_mismatch'],
	),
	one(
		"a signature with sha256= before it, as another platform's",
		(body) => post(body, { signature: `sha256=${signPayload(body, secrets.invoices)}` }),
		['401 signature_mismatch'],
	),
	one('a signature in quotes', (body) => post(body, { signature: `"${signPayload(body, secrets.invoices)}"` }), [
		'401 signature_mismatch',
	]),
	one(
		'a signature in upper case',
		(body) => post(body, { signature: signPayload(body, secrets.invoices).toUpperCase() }),
		saved,
		handled,
	),
	one(
		'a signature with spaces and tabs around it',
		(body) => post(body, { signature: ` \t ${signPayload(body, secrets.invoices)} \t ` }),
		saved,
		handled,
	),
	one(
		'the right signature twice',
		(body) => post(body, { lines: [`X-Signature: ${signPayload(body, secrets.invoices)}`] }),
		['401 signature_repeated'],
	),
	one('the right signature before a wrong one', (body) => post(body, { lines: [`X-Signature: ${'0'.repeat(64)}`] }), [
		'401 signature_repeated',
	]),
	one(
		'the right signature behind an empty one',
		(body) => post(body, { signature: '', lines: [`X-Signature: ${signPayload(body, secrets.invoices)}`] }),
		['401 signature_repeated'],
	),
	one(
		'two signatures in one header, the second right',
		(body) => post(body, { signature: `${'0'.repeat(64)}, ${signPayload(body, secrets.invoices)}` }),
		['401 signature_repeated'],
	),
	one(
		'a signature under a name in capitals',
		(body) => post(body, { signature: null, lines: [`X-SIGNATURE: ${signPayload(body, secrets.invoices)}`] }),
		saved,
		handled,
	),
	one(
		'a signature under a name with an underscore',
		(body) => post(body, { signature: null, lines: [`X_Signature: ${signPayload(body, secrets.invoices)}`] }),
		['401 signature_missing'],
	),
	one(
		'a signature under the name of the older API',
		(body) =>
			post(body, { signature: null, lines: [`X-Mindee-Hmac-Signature: ${signPayload(body, secrets.invoices)}`] }),
		['401 signature_missing'],
	),
	one(
		'a signature in the query string',
		(body) => post(body, { signature: null, target: `/invoices?X-Signature=${signPayload(body, secrets.invoices)}` }),
		['401 signature_missing'],
	),
	one(
		'a body that is signed in another place: the answer does not say what was expected',
		(body) =>
			post(body, {
				signature: '1'.repeat(64),
			}),
		['401 signature_mismatch'],
	),
];

const wrongToken = ['401 token_mismatch'];
const guarded = (name: string, query: string, answers: readonly string[], rest = {}): HostileRequest =>
	one(name, (body) => post(body, { target: `/guarded${query}` }), answers, rest);

export const tokens: HostileRequest[] = [
	guarded('no token', '', wrongToken),
	guarded('an empty token', '?token=', wrongToken),
	guarded('a wrong token', '?token=guessed', wrongToken),
	guarded('a token that only begins right', `?token=${token.slice(0, -1)}`, wrongToken),
	guarded('a token that goes on', `?token=${token}x`, wrongToken),
	guarded('a token in capitals', `?token=${token.toUpperCase()}`, wrongToken),
	guarded('a token with a NUL behind', `?token=${token}%00`, wrongToken),
	guarded('the right token, then a wrong one', `?token=${token}&token=x`, wrongToken),
	guarded('a wrong token, then the right one', `?token=x&token=${token}`, wrongToken),
	guarded('the right token twice', `?token=${token}&token=${token}`, wrongToken),
	guarded('a token as an array', `?token[]=${token}`, wrongToken),
	guarded('a token under a name in capitals', `?Token=${token}`, wrongToken),
	guarded('a token behind a #', `#?token=${token}`, wrongToken),
	guarded('a token of 15 KB', `?token=${'x'.repeat(15_000)}`, wrongToken),
	guarded('a token that is no UTF-8', '?token=%ff%fe%c0%80', wrongToken),
	one(
		'a token in a header',
		(body) => post(body, { target: '/guarded', lines: [`Token: ${token}`, `Authorization: ${token}`] }),
		wrongToken,
	),
	one(
		'the right token and a wrong signature',
		(body) => post(body, { target: `/guarded?token=${token}`, signature: '0'.repeat(64) }),
		['401 signature_mismatch'],
	),
	guarded('the right token among others', `?a=b&token=${token}&c`, saved, handled),
	guarded('the right token in percent signs', `?%74oken=${token.replace('t', '%74')}`, saved, handled),
];
