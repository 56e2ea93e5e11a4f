/** The payload fixtures and what is expected of them (tests/fixtures/README.md). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Issue, PayloadKind } from 'mindhook';

const ROOT = 'tests/fixtures/payloads';

export interface ValidExpectation {
	kind: PayloadKind;
	inferenceId: string | null;
	modelId: string | null;
	jobId: string | null;
	fileName: string | null;
	alias: string | null;
	warnings: Partial<Issue>[];
}

export interface BrokenExpectation {
	issues: Partial<Issue>[];
}

export interface Fixture<Expectation> {
	name: string;
	body: Buffer;
	expected: Expectation;
}

function fixtures<Expectation>(folder: string): Fixture<Expectation>[] {
	return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.json') && !name.endsWith('.expected.json'))
		.sort()
		.map((name) => {
			const path = join(ROOT, folder, name);
			const expected = JSON.parse(readFileSync(path.replace(/\.json$/, '.expected.json'), 'utf8')) as Expectation;
			return { name, body: readFileSync(path), expected };
		});
}

export const validPayloads = (): Fixture<ValidExpectation>[] => fixtures('valid');
export const brokenPayloads = (): Fixture<BrokenExpectation>[] => fixtures('broken');

/** What differs between expected and found issues; issues at one place may come in any order. */
export function issueDifferences(expected: Partial<Issue>[], found: readonly Issue[]): string[] {
	const left = [...expected];
	const unexpected: Issue[] = [];
	for (const issue of found) {
		const index = left.findIndex((wanted) =>
			Object.entries(wanted).every(([key, value]) => issue[key as keyof Issue] === value),
		);
		if (index < 0) unexpected.push(issue);
		else left.splice(index, 1);
	}
	const shown = (what: string, issue: Partial<Issue>): string =>
		`${what} ${issue.code} at '${issue.pointer}' line ${issue.line}, column ${issue.column} (${issue.offset}+${issue.length})`;
	return [...left.map((issue) => shown('missing', issue)), ...unexpected.map((issue) => shown('unexpected', issue))];
}
