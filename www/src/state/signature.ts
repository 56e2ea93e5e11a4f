/** The check of a signature. Nothing of it outlasts its panel. */
import { batch, signal } from '@preact/signals';
import { strings as shared, signatureStrings as strings } from '../strings.js';
import type { OpenBody, SignatureReport } from '../worker/calls/signature.js';
import { ask, FileFault } from '../worker/client.js';

/** The file that the signature is to fit; `null` for the payload that is open. */
export const signedFile = signal<File | null>(null);
/** The header's value as typed. */
export const signatureHeader = signal('');
/** The secrets as typed, one a line. */
export const signatureSecrets = signal('');
/** How the check stands; `null` while there is none. */
export const signatureReport = signal<SignatureReport | null>(null);
/** Why there is no report; empty where nothing is wrong. */
export const signatureFault = signal('');

/** Counts checks, so that an answer about an earlier one is known as such. */
let asked = 0;

/** Checks, and where the signature does not fit looks for the reason. */
export async function checkSignature(body: File | OpenBody): Promise<void> {
	const mine = ++asked;
	batch(() => {
		signatureReport.value = null;
		signatureFault.value = '';
	});
	const request = { body, header: signatureHeader.peek(), secrets: signatureSecrets.peek() };
	try {
		let report = await ask('signatureBegin', request);
		if (!report && mine === asked) fail(strings.left);
		while (report && mine === asked) {
			signatureReport.value = report;
			if (report.outcome !== 'searching') return;
			report = await ask('signatureNext', { check: report.check });
		}
		if (report) await ask('signatureEnd', { check: report.check });
	} catch (fault) {
		if (mine !== asked) return;
		const reason = fault instanceof Error ? fault.message : String(fault);
		fail(fault instanceof FileFault ? shared.fileFault(reason) : shared.fault(reason));
	}
}

/** Gives the search up; what was found so far stays. */
export function stopSignature(): void {
	const report = signatureReport.peek();
	asked++;
	if (report?.outcome !== 'searching') return;
	signatureReport.value = { ...report, outcome: 'unexplained', hints: [], untried: ['stopped'] };
	void ask('signatureEnd', { check: report.check });
}

/** Forgets everything, the secrets first. */
export function clearSignature(): void {
	stopSignature();
	batch(() => {
		signatureSecrets.value = '';
		signatureHeader.value = '';
		signedFile.value = null;
		signatureReport.value = null;
		signatureFault.value = '';
	});
}

function fail(reason: string): void {
	signatureFault.value = reason;
}

/** The verdict in one sentence. */
export function verdict({ outcome, secret, secrets, hints, causes }: SignatureReport): string {
	switch (outcome) {
		case 'searching':
			return '';
		case 'fits':
			return strings.fitsWith(secret ?? 0, secrets);
		case 'explained':
			return `${strings.explained} ${causes.map(({ code }) => strings.causes[code][0]).join(' ')}`;
		case 'unexplained':
			return strings.unexplained;
		case 'unreadable':
			return hints.length > 0 ? strings.noSignature : strings.noSecret;
	}
}
