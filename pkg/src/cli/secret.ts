/** Where the signing secret comes from. */
import { readFile } from 'node:fs/promises';
import { type Arguments, type Io, MachineError, type Option, UsageError } from './command.js';
import { fileError } from './input.js';

export const SECRET_VARIABLE = 'MINDEE_WEBHOOK_SECRET';

/** The options of every command that needs the secret. */
export const secretOptions: Readonly<Record<string, Option>> = {
	'secret-file': {
		placeholder: 'PATH',
		text: 'Read the signing secret from a file; one line break at its end is not part of the secret',
	},
	secret: {
		placeholder: 'SECRET',
		text: 'The signing secret itself. Other users of this machine can see it in the list of processes: better use one of the other ways',
	},
};

export const secretSentence = `The signing secret comes from the environment variable ${SECRET_VARIABLE} or from --secret-file. It is the one that the platform shows for the webhook endpoint.`;

/**
 * The signing secret.
 *
 * @throws UsageError when there is none or it is empty: with an empty secret anyone could sign
 */
export async function signingSecret(args: Arguments, io: Io): Promise<string> {
	const path = args.value('secret-file');
	const argument = args.value('secret');
	if (path !== undefined && argument !== undefined) throw new UsageError('Give --secret or --secret-file, not both.');
	if (path !== undefined) return signingSecretIn(path);
	if (argument !== undefined) {
		io.warn(`--secret can be seen by other users in the list of processes; use ${SECRET_VARIABLE} or --secret-file`);
		return named(argument, '--secret');
	}
	const variable = io.env[SECRET_VARIABLE];
	if (variable === undefined) {
		throw new UsageError(`Where is the signing secret? Set ${SECRET_VARIABLE}, or give --secret-file PATH.`);
	}
	return named(variable, SECRET_VARIABLE);
}

/**
 * Every secret that counts: the one of the environment, and those of all files. Several are accepted while one is replaced by the
 * next.
 *
 * @throws UsageError when one is empty
 */
export async function secretsOf(args: Arguments, io: Io, variable: string, option: string): Promise<string[]> {
	const value = io.env[variable];
	const secrets = value === undefined ? [] : [named(value, variable)];
	for (const path of args.values(option)) secrets.push(await signingSecretIn(path));
	return secrets;
}

function named(secret: string, where: string): string {
	if (secret === '') throw new UsageError(`${where} is empty: anyone could sign with it.`);
	return secret;
}

/** The secret in a file: its text, but for one line break at its end. */
export async function signingSecretIn(path: string): Promise<string> {
	return named(await secretIn(path), `The secret in ${path}`);
}

async function secretIn(path: string): Promise<string> {
	if (path === '-') throw new UsageError('The secret cannot come from the standard input: name a file.');
	let bytes: Uint8Array;
	try {
		bytes = await readFile(path);
	} catch (error) {
		throw new MachineError(`cannot read the secret from ${path}: ${fileError(error)}`);
	}
	try {
		return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes).replace(/\r?\n$/, '');
	} catch {
		throw new UsageError(`The secret in ${path} is not UTF-8 text.`);
	}
}
