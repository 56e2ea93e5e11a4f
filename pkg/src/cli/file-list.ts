/**
 * Which files are meant: files as they are named, folders with all `*.json` in them, patterns. Node's own `fs.glob` begins with
 * Node 22; what a person quotes from their shell needs little of it.
 */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { UsageError } from './command.js';

/**
 * The files that the words name, each once, in the order of the words and sorted within each. What does not exist and is no pattern
 * is kept: reading it will say why not. In folders, hidden entries and `node_modules` are left out.
 *
 * @param onProgress told how many files were found so far
 * @throws UsageError for a folder or pattern without a file
 */
export async function filesOf(
	words: readonly string[],
	onProgress: (count: number) => void = () => {},
): Promise<string[]> {
	const found = new Map<string, string>();
	for (const word of words) {
		const add = (path: string): void => {
			const key = word === '-' ? word : resolve(path);
			if (!found.has(key)) found.set(key, path);
			onProgress(found.size);
		};
		const kind = word === '-' ? 'file' : await kindOf(word);
		if (kind === 'folder') {
			const files = await matchesIn(word, ['**', /^(?!\.).*\.json$/]);
			if (files.length === 0) throw new UsageError(`There is no *.json file in ${word}.`);
			files.forEach(add);
		} else if (kind === 'file' || !isPattern(word)) add(word);
		else {
			const files = (await Promise.all(alternatives(word).map(filesLike))).flat();
			if (files.length === 0) throw new UsageError(`No file matches ${word}.`);
			files.sort().forEach(add);
		}
	}
	return [...found.values()];
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
	try {
		return (await stat(path)).isDirectory() ? 'folder' : 'file';
	} catch {
		return 'nothing';
	}
}

const isPattern = (word: string): boolean => /[*?[{]/.test(word);

/** `a.{json,txt}` → `a.json`, `a.txt`; braces may be nested. */
function alternatives(pattern: string): string[] {
	const inner = /\{([^{}]*)\}/.exec(pattern);
	if (!inner) return [pattern];
	const [whole, list] = inner as unknown as [string, string];
	const begin = pattern.slice(0, inner.index);
	const end = pattern.slice(inner.index + whole.length);
	return list.split(',').flatMap((each) => alternatives(begin + each + end));
}

/** A part of a path that entries of one folder must match; `**` is any number of folders. */
type Part = RegExp | '**' | string;

async function filesLike(pattern: string): Promise<string[]> {
	const words = (sep === '\\' ? pattern.replaceAll('\\', '/') : pattern).split('/');
	let base = '';
	// What has no sign in it need not be searched.
	while (words.length > 1 && !isPattern(words[0] as string)) base += `${words.shift()}/`;
	return matchesIn(base, words.map(partOf));
}

function partOf(word: string): Part {
	if (word === '**') return '**';
	if (!isPattern(word)) return word;
	const source = word.replace(/\[(!?)([^\]]+)\]|[\s\S]/g, (sign, not: string | undefined, set: string | undefined) => {
		if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]^]/g, '\\$&')}]`;
		return sign === '*' ? '.*' : sign === '?' ? '.' : sign.replace(/[\\^$.*+?()[\]{}|]/, '\\$&');
	});
	// As in a shell, a sign does not stand for the dot of a hidden entry.
	try {
		return new RegExp(`^${word.startsWith('.') ? '' : '(?!\\.)'}${source}$`, 'su');
	} catch {
		throw new UsageError(`${word} is no pattern: a range such as [a-z] runs upwards.`);
	}
}

/** The files under a folder whose path matches, sorted. Links to folders are not followed: they may lead in a circle. */
async function matchesIn(folder: string, parts: readonly Part[]): Promise<string[]> {
	const [part, ...rest] = parts as [Part, ...Part[]];
	if (typeof part === 'string' && part !== '**') {
		const path = join(folder, part);
		if (rest.length > 0) return matchesIn(path, rest);
		return (await kindOf(path)) === 'file' ? [path] : [];
	}
	const found: string[] = [];
	if (part === '**') {
		if (rest.length === 0) return matchesIn(folder, ['**', /^(?!\.)/]);
		found.push(...(await matchesIn(folder, rest)));
	}
	// A folder that cannot be read has no matches that anyone could check.
	const entries = await readdir(folder || '.', { withFileTypes: true }).catch(() => []);
	for (const entry of entries) {
		const path = join(folder, entry.name);
		if (part === '**') {
			const hidden = entry.name.startsWith('.') || entry.name === 'node_modules';
			if (entry.isDirectory() && !hidden) found.push(...(await matchesIn(path, parts)));
		} else if (part.test(entry.name)) {
			if (rest.length > 0) found.push(...(await matchesIn(path, rest)));
			else if (!entry.isDirectory() && (await kindOf(path)) === 'file') found.push(path);
		}
	}
	return found.sort();
}
